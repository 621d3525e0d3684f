/** Groups of fields that the rows of vendors.ts name: what is one vendor's alone, and what several of them have. */

/** Fields that only OpenAI and Azure have. Hints of cost and bookkeeping are nobody's loss; the rest is said. */
export const openAiOnly = {
  audio: 'refused',
  function_call: 'refused',
  functions: 'refused',
  modalities: 'refused',
  moderation: 'noticed',
  prediction: 'noticed',
  prompt_cache_key: 'left out',
  prompt_cache_retention: 'left out',
  safety_identifier: 'left out',
  service_tier: 'noticed',
  store: 'left out',
  verbosity: 'noticed',
  web_search_options: 'refused',
} as const;
/** What can be asked of the likelihood of tokens. */
export const noLikelihood = { logit_bias: 'refused', logprobs: 'refused', top_logprobs: 'refused' } as const;
export const penalties = { frequency_penalty: 'noticed', presence_penalty: 'noticed' } as const;
export const openSampling = ['top_k', 'min_p', 'repetition_penalty'];
export const thoughtBack = 'message.reasoning_content';
/** In the body of Anthropic's requests. */
export const anthropicBody = [
  ...['thinking', 'betas', 'context_management', 'output_config', 'container', 'mcp_servers', 'inference_geo', 'speed'],
  ...['cache_control', 'top_k'],
];
/** What Claude reads in messages and tools wherever it is served. */
const claudeFields = [
  ...['message.thinking_blocks', 'message.cache_control', 'message.is_error'],
  ...['part.cache_control', 'tool.cache_control', 'call.cache_control'],
];
export const anthropicFields = [
  ...anthropicBody,
  ...claudeFields,
  ...['message.vendor_blocks', 'message.block_order', 'message.citations', 'part.citations', 'call.caller'],
  ...['eager_input_streaming', 'defer_loading', 'allowed_callers', 'input_examples'].map((field) => `tool.${field}`),
];
export const geminiFields = [
  ...['generationConfig', 'safetySettings', 'cachedContent', 'systemInstruction', 'toolConfig', 'top_k'],
  ...['extra_content', 'is_error', 'images', 'vendor_blocks'].map((field) => `message.${field}`),
  'call.extra_content',
];
/** In the body of Converse's requests. */
export const converseBody = [
  ...['additionalModelRequestFields', 'additionalModelResponseFieldPaths', 'guardrailConfig', 'inferenceConfig'],
  ...['outputConfig', 'performanceConfig', 'promptVariables', 'requestMetadata', 'serviceTier'],
];
export const converseFields = [...converseBody, ...anthropicBody, ...claudeFields];
export const cohereFields = [
  ...['documents', 'safety_mode', 'citation_options', 'strict_tools', 'thinking', 'k', 'top_k'],
  ...[thoughtBack, 'message.citations'],
];
