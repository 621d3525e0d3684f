/**
 * The table of vendors: total over VendorId, so that an id without a row does not compile.
 * A new OpenAI-shaped vendor is an id in vendor.ts and a row here.
 * Token factors are medians of recorded completions against o200k, with a margin for admission.
 */
import {
  anthropicFields,
  cohereFields,
  converseFields,
  geminiFields,
  noLikelihood,
  openAiOnly,
  openSampling,
  penalties,
  thoughtBack,
} from './vendor-fields.js';
import { VENDOR_IDS } from './vendor.js';
import type { LackRule, Vendor, VendorId, VendorQuirks } from './vendor.js';

const openAiShape: VendorQuirks = {
  maxTokensField: 'max_tokens',
  seedField: 'seed',
  supportsStreamUsageOption: true,
  streamUsagePaths: ['usage'],
  streamUsage: 'final',
  cacheHitFields: ['prompt_tokens_details.cached_tokens'],
  completionIncludesReasoning: true,
  reasoningField: null,
  doneMarker: true,
  keyHeader: 'authorization',
  requestIdHeader: 'x-request-id',
  lacks: {},
  takes: [],
  parts: ['text', 'refusal', 'image_url', 'input_audio', 'file'],
  toolMedia: false,
  schemas: 'json_schema',
  toolDemand: 'any or named',
  singleCalls: true,
  responses: 'none',
  tokenFactor: 1.05,
};

/** A row may take back what a group it names says: `undefined` is no lack. */
type RowLacks = Readonly<Record<string, LackRule | undefined>>;
type RowQuirks = Partial<Omit<VendorQuirks, 'lacks'>> & { readonly lacks?: RowLacks };
type Row = Omit<Vendor, 'id' | 'baseUrlVariable' | 'quirks'> & { quirks: RowQuirks };

function lacksOf(lacks: RowLacks = {}): VendorQuirks['lacks'] {
  const kept = Object.entries(lacks).filter((entry): entry is [string, LackRule] => entry[1] !== undefined);
  return Object.freeze(Object.fromEntries(kept));
}

const rows: Record<VendorId, Row> = {
  openai: {
    ...compatible('OPENAI', 'maker', 'https://api.openai.com/v1', 'openai'),
    adapter: 'openai',
    quirks: { maxTokensField: 'max_completion_tokens', responses: 'own tools', tokenFactor: 1 },
  },
  anthropic: {
    ...compatible('ANTHROPIC', 'maker', 'https://api.anthropic.com', 'anthropic'),
    adapter: 'anthropic',
    quirks: {
      seedField: null,
      supportsStreamUsageOption: false,
      cacheHitFields: ['cache_read_input_tokens'],
      doneMarker: false,
      tokenFactor: 1.25,
      takes: anthropicFields,
    },
  },
  google: {
    ...compatible('GOOGLE', 'maker', 'https://generativelanguage.googleapis.com', 'gcp.gemini'),
    adapter: 'google',
    quirks: {
      supportsStreamUsageOption: false,
      streamUsagePaths: ['usageMetadata'],
      streamUsage: 'running',
      cacheHitFields: ['cachedContentTokenCount'],
      completionIncludesReasoning: false,
      doneMarker: false,
      takes: geminiFields,
      singleCalls: false,
    },
  },
  vertex: {
    ...compatible('VERTEX', 'host', null, 'gcp.vertex_ai'),
    adapter: 'vertex',
    quirks: {
      supportsStreamUsageOption: false,
      streamUsagePaths: ['usageMetadata'],
      streamUsage: 'running',
      cacheHitFields: ['cachedContentTokenCount'],
      completionIncludesReasoning: false,
      doneMarker: false,
      takes: geminiFields,
      singleCalls: false,
    },
  },
  bedrock: {
    ...compatible('BEDROCK', 'host', null, 'aws.bedrock'),
    regional: { variable: 'BEDROCK_REGION', baseUrl: 'https://bedrock-runtime.{region}.amazonaws.com' },
    adapter: 'bedrock',
    quirks: {
      seedField: null,
      supportsStreamUsageOption: false,
      streamUsagePaths: ['metadata.usage'],
      cacheHitFields: ['cacheReadInputTokens'],
      doneMarker: false,
      tokenFactor: 1.25,
      takes: converseFields,
      singleCalls: false,
    },
  },
  cohere: {
    ...compatible('COHERE', 'maker', 'https://api.cohere.com', 'cohere'),
    adapter: 'cohere',
    quirks: {
      supportsStreamUsageOption: false,
      streamUsagePaths: ['delta.usage'],
      cacheHitFields: ['cached_tokens'],
      doneMarker: false,
      tokenFactor: 1.1,
      takes: cohereFields,
      singleCalls: false,
    },
  },
  azure: {
    ...compatible('AZURE', 'host', null, 'azure.ai.openai'),
    // It tells what it found in the prompt in a first chunk without choices, and refuses prompts with an error within a 200.
    quirks: {
      maxTokensField: 'max_completion_tokens',
      keyHeader: 'api-key',
      requestIdHeader: 'apim-request-id',
      responses: 'own tools',
      tokenFactor: 1,
    },
  },
  mistral: {
    ...compatible('MISTRAL', 'maker', 'https://api.mistral.ai/v1', 'mistral_ai'),
    // Unknown fields are refused with 422; usage comes in the last chunk unasked.
    quirks: {
      seedField: 'random_seed',
      supportsStreamUsageOption: false,
      cacheHitFields: ['prompt_tokens_details.cached_tokens', 'num_cached_tokens'],
      tokenFactor: 1.08,
      lacks: { ...openAiOnly, ...noLikelihood, prediction: undefined, prompt_cache_key: undefined, user: 'left out' },
      parts: ['text', 'image_url', 'input_audio', 'document_url', 'thinking', 'reference', 'file'],
      takes: ['message.prefix', 'safe_prompt', 'prompt_mode'],
    },
  },
  groq: {
    ...compatible('GROQ', 'host', 'https://api.groq.com/openai/v1', 'groq'),
    quirks: {
      maxTokensField: 'max_completion_tokens',
      streamUsagePaths: ['usage', 'x_groq.usage'],
      reasoningField: 'reasoning',
      tokenFactor: 1.08,
      lacks: { ...openAiOnly, ...noLikelihood, n: 'refused', service_tier: undefined },
      takes: ['message.reasoning', 'reasoning_format', 'include_reasoning'],
      parts: ['text', 'image_url'],
    },
  },
  xai: {
    ...compatible('XAI', 'maker', 'https://api.x.ai/v1', 'x_ai'),
    quirks: {
      maxTokensField: 'max_completion_tokens',
      reasoningField: 'reasoning_content',
      completionIncludesReasoning: false,
      responses: 'own tools',
      lacks: { ...openAiOnly, logit_bias: 'refused' },
      takes: [thoughtBack],
      parts: ['text', 'image_url', 'file'],
    },
  },
  deepseek: {
    ...compatible('DEEPSEEK', 'maker', 'https://api.deepseek.com', 'deepseek'),
    quirks: {
      seedField: null,
      cacheHitFields: ['prompt_cache_hit_tokens', 'prompt_tokens_details.cached_tokens'],
      reasoningField: 'reasoning_content',
      responses: 'functions',
      // Before calls of tools its thoughts must come back; elsewhere they are passed over.
      lacks: { ...openAiOnly, logit_bias: 'refused', n: 'refused', user: 'left out' },
      takes: [thoughtBack, 'thinking', 'message.prefix'],
      parts: ['text'],
      schemas: 'json_object',
      singleCalls: false,
    },
  },
  qwen: {
    ...compatible('QWEN', 'maker', 'https://dashscope-intl.aliyuncs.com/compatible-mode/v1', 'qwen'),
    quirks: {
      reasoningField: 'reasoning_content',
      lacks: { ...openAiOnly, logit_bias: 'refused', modalities: undefined, audio: undefined },
      takes: [
        ...openSampling,
        thoughtBack,
        'part.cache_control',
        'message.partial',
        'enable_thinking',
        'thinking_budget',
      ],
      parts: ['text', 'image_url', 'input_audio', 'video_url', 'video'],
    },
  },
  zhipu: {
    ...compatible('ZHIPU', 'maker', 'https://api.z.ai/api/paas/v4', 'zhipu'),
    quirks: {
      seedField: null,
      reasoningField: 'reasoning_content',
      lacks: { ...openAiOnly, ...noLikelihood, ...penalties, n: 'refused' },
      takes: [thoughtBack, 'thinking'],
      parts: ['text', 'image_url', 'video_url', 'file_url', 'input_audio'],
      schemas: 'json_object',
      toolDemand: 'none',
      singleCalls: false,
    },
  },
  doubao: {
    ...compatible('DOUBAO', 'maker', 'https://ark.cn-beijing.volces.com/api/v3', 'doubao'),
    verified: false,
    quirks: {
      seedField: null,
      reasoningField: 'reasoning_content',
      lacks: { ...openAiOnly, n: 'refused' },
      takes: [thoughtBack, 'thinking'],
      parts: ['text', 'image_url', 'video_url'],
    },
  },
  moonshot: {
    ...compatible('MOONSHOT', 'maker', 'https://api.moonshot.ai/v1', 'moonshot_ai'),
    verified: false,
    quirks: {
      seedField: null,
      streamUsagePaths: ['usage', 'choices.0.usage'],
      cacheHitFields: ['cached_tokens', 'prompt_tokens_details.cached_tokens'],
      reasoningField: 'reasoning_content',
      lacks: {
        ...openAiOnly,
        logit_bias: 'refused',
        prediction: undefined,
        prompt_cache_key: undefined,
        safety_identifier: undefined,
      },
      takes: [thoughtBack, 'thinking', 'message.partial'],
      parts: ['text', 'image_url', 'video_url'],
      singleCalls: false,
    },
  },
  minimax: {
    ...compatible('MINIMAX', 'maker', 'https://api.minimax.io/v1', 'minimax'),
    verified: false,
    quirks: {
      seedField: null,
      reasoningField: 'reasoning_content',
      lacks: { ...openAiOnly, ...noLikelihood, ...penalties, n: 'refused' },
      takes: [thoughtBack, 'message.reasoning_details', 'reasoning_split', 'thinking'],
      parts: ['text', 'image_url', 'video_url'],
      schemas: 'words',
      toolDemand: 'none',
      singleCalls: false,
    },
  },
  together: {
    ...compatible('TOGETHER', 'host', 'https://api.together.ai/v1', 'together'),
    quirks: {
      cacheHitFields: ['cached_tokens', 'prompt_tokens_details.cached_tokens'],
      reasoningField: 'reasoning',
      lacks: { ...openAiOnly, user: 'left out' },
      takes: [...openSampling, 'message.reasoning', 'reasoning'],
      parts: ['text', 'image_url', 'video_url', 'audio_url'],
      singleCalls: false,
    },
  },
  fireworks: {
    ...compatible('FIREWORKS', 'host', 'https://api.fireworks.ai/inference/v1', 'fireworks'),
    verified: false,
    quirks: {
      reasoningField: 'reasoning_content',
      lacks: { ...openAiOnly },
      takes: [...openSampling, thoughtBack, 'thinking'],
      parts: ['text', 'image_url'],
    },
  },
  openrouter: {
    ...compatible('OPENROUTER', 'host', 'https://openrouter.ai/api/v1', 'openrouter'),
    quirks: {
      reasoningField: 'reasoning',
      responses: 'own tools',
      lacks: {},
      takes: [
        ...openSampling,
        'top_a',
        'message.reasoning',
        'message.reasoning_details',
        'message.cache_control',
        'part.cache_control',
        'tool.cache_control',
        'cache_control',
        'reasoning',
        'provider',
        'models',
        'route',
        'plugins',
        'transforms',
      ],
      parts: ['text', 'refusal', 'image_url', 'input_audio', 'file', 'video_url'],
    },
  },
  perplexity: {
    ...compatible('PERPLEXITY', 'maker', 'https://api.perplexity.ai', 'perplexity'),
    quirks: {
      seedField: null,
      supportsStreamUsageOption: false,
      streamUsage: 'running',
      doneMarker: false,
      lacks: {
        ...openAiOnly,
        ...noLikelihood,
        web_search_options: undefined,
        n: 'refused',
        tools: 'refused',
        tool_choice: 'left out',
        user: 'left out',
      },
      takes: ['top_k'],
      parts: ['text', 'image_url', 'file_url', 'pdf_url'],
      singleCalls: false,
    },
  },
  cerebras: {
    ...compatible('CEREBRAS', 'host', 'https://api.cerebras.ai/v1', 'cerebras'),
    quirks: {
      maxTokensField: 'max_completion_tokens',
      reasoningField: 'reasoning',
      lacks: { ...openAiOnly, ...penalties, logit_bias: 'refused', n: 'refused', service_tier: undefined },
      takes: ['message.reasoning'],
      parts: ['text', 'image_url'],
    },
  },
  ollama: {
    ...compatible('OLLAMA', 'host', 'http://127.0.0.1:11434/v1', 'ollama'),
    keyVariable: null,
    optionalKeyVariable: 'OLLAMA_API_KEY',
    quirks: {
      reasoningField: 'reasoning',
      lacks: { ...openAiOnly, logit_bias: 'refused', n: 'refused', user: 'left out' },
      takes: ['message.reasoning', 'message.reasoning_content', 'think'],
      parts: ['text', 'image_url'],
      toolMedia: true,
      toolDemand: 'none',
      singleCalls: false,
    },
  },
  vllm: {
    ...compatible('VLLM', 'host', null, 'vllm'),
    keyVariable: null,
    optionalKeyVariable: 'VLLM_API_KEY',
    verified: false,
    quirks: { reasoningField: 'reasoning_content', responses: 'own tools', takes: ['*'], parts: null },
  },
  custom: {
    ...compatible('CUSTOM', 'host', null, 'custom'),
    keyVariable: null,
    optionalKeyVariable: 'CUSTOM_API_KEY',
    verified: false,
    quirks: { responses: 'own tools', takes: ['*'], parts: null },
  },
};

function compatible(
  variable: string,
  role: Vendor['role'],
  defaultBaseUrl: string | null,
  genAiProviderName: string,
): Omit<Row, 'quirks'> {
  return {
    adapter: 'openai-compatible',
    role,
    defaultBaseUrl,
    regional: null,
    keyVariable: `${variable}_API_KEY`,
    optionalKeyVariable: null,
    genAiProviderName,
    verified: true,
  };
}

/** Every vendor, in the order of VENDOR_IDS. */
export const vendors: readonly Vendor[] = Object.freeze(
  VENDOR_IDS.map((id) =>
    Object.freeze({
      ...rows[id],
      id,
      baseUrlVariable: `${id.toUpperCase()}_BASE_URL`,
      quirks: Object.freeze({ ...openAiShape, ...rows[id].quirks, lacks: lacksOf(rows[id].quirks.lacks) }),
    }),
  ),
);

const byId = new Map<string, Vendor>(vendors.map((vendor) => [vendor.id, vendor]));

/** Whether a text is the id of a known vendor. */
export function isVendorId(text: string): text is VendorId {
  return byId.has(text);
}

/** The row of a vendor. */
export function vendorById(id: VendorId): Vendor {
  const vendor = byId.get(id);
  if (!vendor) throw new RangeError(`unknown vendor: ${id}`);
  return vendor;
}
