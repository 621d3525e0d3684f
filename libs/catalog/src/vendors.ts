/**
 * The table of vendors: total over VendorId, so that an id without a row does not compile.
 * A new OpenAI-shaped vendor is an id in vendor.ts and a row here.
 * Token factors are medians of recorded completions against o200k, with a margin for admission.
 */
import { VENDOR_IDS } from './vendor.js';
import type { Vendor, VendorId, VendorQuirks } from './vendor.js';

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
  tokenFactor: 1.05,
};

type Row = Omit<Vendor, 'id' | 'baseUrlVariable' | 'quirks'> & { quirks: Partial<VendorQuirks> };

const rows: Record<VendorId, Row> = {
  openai: {
    ...compatible('OPENAI', 'maker', 'https://api.openai.com/v1', 'openai'),
    adapter: 'openai',
    quirks: { maxTokensField: 'max_completion_tokens', tokenFactor: 1 },
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
    },
  },
  azure: {
    ...compatible('AZURE', 'host', null, 'azure.ai.openai'),
    // It tells what it found in the prompt in a first chunk without choices, and refuses prompts with an error within a 200.
    quirks: {
      maxTokensField: 'max_completion_tokens',
      keyHeader: 'api-key',
      requestIdHeader: 'apim-request-id',
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
    },
  },
  groq: {
    ...compatible('GROQ', 'host', 'https://api.groq.com/openai/v1', 'groq'),
    quirks: {
      maxTokensField: 'max_completion_tokens',
      streamUsagePaths: ['usage', 'x_groq.usage'],
      reasoningField: 'reasoning',
      tokenFactor: 1.08,
    },
  },
  xai: {
    ...compatible('XAI', 'maker', 'https://api.x.ai/v1', 'x_ai'),
    quirks: {
      maxTokensField: 'max_completion_tokens',
      reasoningField: 'reasoning_content',
      completionIncludesReasoning: false,
    },
  },
  deepseek: {
    ...compatible('DEEPSEEK', 'maker', 'https://api.deepseek.com', 'deepseek'),
    quirks: {
      seedField: null,
      cacheHitFields: ['prompt_cache_hit_tokens', 'prompt_tokens_details.cached_tokens'],
      reasoningField: 'reasoning_content',
    },
  },
  qwen: {
    ...compatible('QWEN', 'maker', 'https://dashscope-intl.aliyuncs.com/compatible-mode/v1', 'qwen'),
    quirks: { reasoningField: 'reasoning_content' },
  },
  zhipu: {
    ...compatible('ZHIPU', 'maker', 'https://api.z.ai/api/paas/v4', 'zhipu'),
    quirks: { seedField: null, reasoningField: 'reasoning_content' },
  },
  doubao: {
    ...compatible('DOUBAO', 'maker', 'https://ark.cn-beijing.volces.com/api/v3', 'doubao'),
    verified: false,
    quirks: { seedField: null, reasoningField: 'reasoning_content' },
  },
  moonshot: {
    ...compatible('MOONSHOT', 'maker', 'https://api.moonshot.ai/v1', 'moonshot_ai'),
    verified: false,
    quirks: {
      seedField: null,
      streamUsagePaths: ['usage', 'choices.0.usage'],
      cacheHitFields: ['cached_tokens', 'prompt_tokens_details.cached_tokens'],
      reasoningField: 'reasoning_content',
    },
  },
  minimax: {
    ...compatible('MINIMAX', 'maker', 'https://api.minimax.io/v1', 'minimax'),
    verified: false,
    quirks: { seedField: null, reasoningField: 'reasoning_content' },
  },
  together: {
    ...compatible('TOGETHER', 'host', 'https://api.together.ai/v1', 'together'),
    quirks: {
      cacheHitFields: ['cached_tokens', 'prompt_tokens_details.cached_tokens'],
      reasoningField: 'reasoning',
    },
  },
  fireworks: {
    ...compatible('FIREWORKS', 'host', 'https://api.fireworks.ai/inference/v1', 'fireworks'),
    verified: false,
    quirks: { reasoningField: 'reasoning_content' },
  },
  openrouter: {
    ...compatible('OPENROUTER', 'host', 'https://openrouter.ai/api/v1', 'openrouter'),
    quirks: { reasoningField: 'reasoning' },
  },
  perplexity: {
    ...compatible('PERPLEXITY', 'maker', 'https://api.perplexity.ai', 'perplexity'),
    quirks: { seedField: null, supportsStreamUsageOption: false, streamUsage: 'running', doneMarker: false },
  },
  cerebras: {
    ...compatible('CEREBRAS', 'host', 'https://api.cerebras.ai/v1', 'cerebras'),
    quirks: { maxTokensField: 'max_completion_tokens', reasoningField: 'reasoning' },
  },
  ollama: {
    ...compatible('OLLAMA', 'host', 'http://127.0.0.1:11434/v1', 'ollama'),
    keyVariable: null,
    optionalKeyVariable: 'OLLAMA_API_KEY',
    quirks: { reasoningField: 'reasoning' },
  },
  vllm: {
    ...compatible('VLLM', 'host', null, 'vllm'),
    keyVariable: null,
    optionalKeyVariable: 'VLLM_API_KEY',
    verified: false,
    quirks: { reasoningField: 'reasoning_content' },
  },
  custom: {
    ...compatible('CUSTOM', 'host', null, 'custom'),
    keyVariable: null,
    optionalKeyVariable: 'CUSTOM_API_KEY',
    verified: false,
    quirks: {},
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
      quirks: Object.freeze({ ...openAiShape, ...rows[id].quirks }),
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
