// Where vendors that speak the OpenAI shape differ from each other on the wire. Read off recorded traffic where there is any;
// doubao, minimax, vllm and unknown vendors follow the plain shape.
import type { Mint } from './ids.js';
import type { Moment } from './wire.js';

export interface Dialect {
  requestIdHeader: string;
  requestId(mint: Mint, now: Date): string;
  completionId(moment: Moment): string;
  /** Where the model's thought appears: nowhere, or in this field of message and delta. */
  thoughtField: 'hidden' | 'reasoning_content' | 'reasoning';
  /** Whether `completion_tokens` leaves the thought out (it is still in `total_tokens`). */
  isThoughtBesideCompletion: boolean;
  /** When a stream carries usage. */
  streamUsage: 'asked' | 'always';
  /** Where it stands: in a last chunk without choices, or in the chunk with the finish reason. */
  usagePlace: 'own_chunk' | 'finish_chunk';
  /** Fields of the OpenAI shape this vendor's chunks lack or add. */
  hasObfuscation: boolean;
  hasRefusal: boolean;
  isKeyless: boolean;
  errors: 'openai' | 'groq' | 'mistral' | 'deepseek' | 'azure' | 'openrouter' | 'perplexity' | 'xai';
  rateHeaders: 'plain' | 'mistral' | 'none';
  /** Whether a stream ends with `data: [DONE]`. */
  hasDone: boolean;
  /** Undated names and what the vendor reports having run. */
  resolved: Readonly<Record<string, string>>;
}

const PLAIN: Dialect = {
  requestIdHeader: 'x-request-id',
  requestId: (mint) => mint.uuid(),
  completionId: ({ mint }) => `chatcmpl-${mint.uuid()}`,
  thoughtField: 'reasoning_content',
  isThoughtBesideCompletion: false,
  streamUsage: 'asked',
  usagePlace: 'own_chunk',
  hasObfuscation: false,
  hasRefusal: false,
  isKeyless: false,
  errors: 'openai',
  rateHeaders: 'none',
  hasDone: true,
  resolved: {},
};

const OPENAI: Dialect = {
  ...PLAIN,
  requestId: (mint) => `req_${mint.hex(32)}`,
  completionId: ({ mint }) => `chatcmpl-${mint.base62(29)}`,
  thoughtField: 'hidden',
  hasObfuscation: true,
  hasRefusal: true,
  rateHeaders: 'plain',
  resolved: {
    'gpt-4o': 'gpt-4o-2024-08-06',
    'gpt-4o-mini': 'gpt-4o-mini-2024-07-18',
    'gpt-4.1': 'gpt-4.1-2025-04-14',
    'gpt-4.1-mini': 'gpt-4.1-mini-2025-04-14',
    'gpt-5': 'gpt-5-2025-08-07',
    'gpt-5-mini': 'gpt-5-mini-2025-08-07',
    o3: 'o3-2025-04-16',
    'o4-mini': 'o4-mini-2025-04-16',
  },
};

const DIALECTS: Readonly<Record<string, Dialect>> = {
  openai: OPENAI,
  azure: {
    ...OPENAI,
    requestIdHeader: 'apim-request-id',
    requestId: (mint) => mint.uuid(),
    errors: 'azure',
    hasObfuscation: false,
  },
  groq: {
    ...PLAIN,
    requestId: (mint) => `req_01${mint.hex(24)}`,
    thoughtField: 'reasoning',
    errors: 'groq',
    rateHeaders: 'plain',
  },
  mistral: {
    ...PLAIN,
    requestIdHeader: 'mistral-correlation-id',
    completionId: ({ mint }) => mint.hex(32),
    streamUsage: 'always',
    usagePlace: 'finish_chunk',
    errors: 'mistral',
    rateHeaders: 'mistral',
  },
  deepseek: {
    ...PLAIN,
    requestIdHeader: 'x-ds-trace-id',
    requestId: (mint) => mint.hex(32),
    completionId: ({ mint }) => mint.uuid(),
    usagePlace: 'finish_chunk',
    errors: 'deepseek',
  },
  xai: {
    ...PLAIN,
    completionId: ({ mint }) => mint.uuid(),
    isThoughtBesideCompletion: true,
    hasRefusal: true,
    errors: 'xai',
  },
  zhipu: {
    ...PLAIN,
    completionId: ({ mint, now }) => now.toISOString().replace(/\D/g, '').slice(0, 14) + mint.hex(16),
    streamUsage: 'always',
    usagePlace: 'finish_chunk',
  },
  openrouter: {
    ...PLAIN,
    requestIdHeader: 'x-generation-id',
    requestId: (mint, now) => `gen-${Math.floor(now.getTime() / 1000)}-${mint.base62(20)}`,
    completionId: ({ requestId }) => requestId,
    thoughtField: 'reasoning',
    streamUsage: 'always',
    usagePlace: 'finish_chunk',
    hasRefusal: true,
    errors: 'openrouter',
  },
  perplexity: { ...PLAIN, streamUsage: 'always', usagePlace: 'finish_chunk', errors: 'perplexity', hasDone: false },
  together: {
    ...PLAIN,
    completionId: ({ mint }) => mint.base62(30),
    thoughtField: 'reasoning',
    streamUsage: 'always',
    usagePlace: 'finish_chunk',
  },
  cerebras: { ...PLAIN, thoughtField: 'reasoning', rateHeaders: 'plain' },
  fireworks: { ...PLAIN, rateHeaders: 'plain' },
  ollama: { ...PLAIN, thoughtField: 'reasoning', isKeyless: true },
  vllm: { ...PLAIN, isKeyless: true },
};

/** How this vendor speaks the OpenAI shape; an unknown vendor speaks it plainly. */
export function dialectOf(vendor: string): Dialect {
  return Object.hasOwn(DIALECTS, vendor) ? (DIALECTS[vendor] ?? PLAIN) : PLAIN;
}

const THINKS =
  /(?:^|\/)(?:o[1-9](?:-|$)|gpt-5(?!.*chat)|gpt-oss|deepseek-reasoner|deepseek-r1|qwq|magistral|kimi-k2-thinking|grok-(?:3-mini|4)|glm-4\.[5-9]|minimax-m\d|doubao-seed)|reason|think/i;
const NEVER_THINKS = /non-reasoning/i;

/** Whether the model thinks before it answers, judged by its name. */
export function isThinkingModel(model: string): boolean {
  return THINKS.test(model) && !NEVER_THINKS.test(model);
}
