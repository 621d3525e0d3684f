// Usage as each OpenAI-shaped vendor writes it.
import type { Answer, Ask } from './ask.js';
import { outputTokens } from './ask.js';
import { dialectOf } from './openai-dialects.js';

interface Counts {
  prompt: number;
  completion: number;
  total: number;
  cached: number;
  reasoning: number;
}

type Extras = (counts: Counts) => Record<string, unknown>;

const OPENAI_EXTRAS: Extras = ({ cached, reasoning }) => ({
  prompt_tokens_details: { cached_tokens: cached, audio_tokens: 0 },
  completion_tokens_details: {
    reasoning_tokens: reasoning,
    audio_tokens: 0,
    accepted_prediction_tokens: 0,
    rejected_prediction_tokens: 0,
  },
});
const PLAIN_EXTRAS: Extras = ({ cached, reasoning }) => ({
  prompt_tokens_details: { cached_tokens: cached },
  ...(reasoning > 0 ? { completion_tokens_details: { reasoning_tokens: reasoning } } : {}),
});

const EXTRAS: Readonly<Record<string, Extras>> = {
  openai: OPENAI_EXTRAS,
  azure: OPENAI_EXTRAS,
  groq: (counts) => ({
    queue_time: 0.02,
    prompt_time: counts.prompt / 10_000,
    completion_time: counts.completion / 300,
    total_time: counts.prompt / 10_000 + counts.completion / 300,
    ...PLAIN_EXTRAS(counts),
  }),
  mistral: ({ cached }) => ({ prompt_tokens_details: { cached_tokens: cached } }),
  deepseek: (counts) => ({
    ...PLAIN_EXTRAS(counts),
    prompt_cache_hit_tokens: counts.cached,
    prompt_cache_miss_tokens: counts.prompt - counts.cached,
  }),
  xai: ({ prompt, cached, reasoning }) => ({
    prompt_tokens_details: { text_tokens: prompt, audio_tokens: 0, image_tokens: 0, cached_tokens: cached },
    completion_tokens_details: {
      reasoning_tokens: reasoning,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
    num_sources_used: 0,
  }),
  openrouter: ({ prompt, completion, cached, reasoning }) => ({
    cost: (prompt * 1 + completion * 5) / 1_000_000,
    is_byok: false,
    prompt_tokens_details: { cached_tokens: cached, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: reasoning },
  }),
  perplexity: () => ({ search_context_size: 'low' }),
  together: ({ cached }) => ({ cached_tokens: cached }),
};

/** The `usage` object for these answers to the ask. */
export function openaiUsage(ask: Ask, answers: readonly Answer[]): Record<string, unknown> {
  const produced = answers.reduce((sum, answer) => sum + outputTokens(answer), 0);
  const reasoning = answers.reduce((sum, answer) => sum + answer.thoughtTokens, 0);
  const isBeside = dialectOf(ask.vendor).isThoughtBesideCompletion;
  const counts: Counts = {
    prompt: ask.inputTokens,
    completion: isBeside ? produced - reasoning : produced,
    total: ask.inputTokens + produced,
    cached: ask.cachedTokens,
    reasoning,
  };
  const extras = Object.hasOwn(EXTRAS, ask.vendor) ? EXTRAS[ask.vendor] : PLAIN_EXTRAS;
  return {
    prompt_tokens: counts.prompt,
    completion_tokens: counts.completion,
    total_tokens: counts.total,
    ...extras?.(counts),
  };
}
