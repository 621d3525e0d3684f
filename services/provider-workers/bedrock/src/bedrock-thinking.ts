/** How much a model is to think, from OpenAI's `reasoning_effort`: each maker on Bedrock has a field of its own for it. */
import type { JsonObject } from '@skein/provider-kit';

const MIN_BUDGET = 1_024;
const budgets: Readonly<Record<string, number>> = {
  minimal: MIN_BUDGET,
  low: 2_048,
  medium: 8_192,
  high: 16_384,
  xhigh: 24_576,
  max: 31_999,
};
/** The three efforts that all of them have. */
const efforts: Readonly<Record<string, string>> = {
  minimal: 'low',
  low: 'low',
  medium: 'medium',
  high: 'high',
  xhigh: 'high',
};

/** From this generation on, Claude decides itself how long to think, and takes an effort. */
const ADAPTIVE_SINCE = 4.6;

export interface Thinking {
  /** For `additionalModelRequestFields`. */
  readonly fields: JsonObject;
  readonly notice?: string;
}

const leftOut = (why: string): Thinking => ({ fields: {}, notice: `${why}; reasoning_effort was left out` });

/** What to send for an effort. `maxTokens` bounds thinking and answer together; null where nothing does. */
export function thinkFor(effort: unknown, model: string, maxTokens: number | null): Thinking {
  if (effort === undefined || effort === null || effort === 'none') return { fields: {} };
  const word = typeof effort === 'string' && Object.hasOwn(efforts, effort) ? efforts[effort] : undefined;
  if (word === undefined || typeof effort !== 'string') {
    return leftOut(`bedrock does not know the reasoning_effort "${String(effort)}"`);
  }
  if (model.includes('anthropic.claude')) return claude(effort, model, maxTokens);
  if (model.includes('openai.gpt')) return { fields: { reasoning_effort: word } };
  if (model.includes('qwen.')) return { fields: { reasoning_config: word } };
  if (model.includes('amazon.nova-2')) {
    return { fields: { reasoningConfig: { type: 'enabled', maxReasoningEffort: word } } };
  }
  return leftOut(`bedrock cannot be told how much ${model} is to think`);
}

function claude(effort: string, model: string, maxTokens: number | null): Thinking {
  const version = /claude-[a-z]+-(\d+)(?:[-.](\d{1,2}))?(?!\d)/.exec(model);
  if (version !== null && Number(`${version[1]}.${version[2] ?? 0}`) >= ADAPTIVE_SINCE) {
    const word = effort === 'minimal' ? 'low' : effort;
    return { fields: { thinking: { type: 'adaptive' }, output_config: { effort: word } } };
  }
  const budget = Math.min(budgets[effort] ?? MIN_BUDGET, maxTokens === null ? Infinity : maxTokens - MIN_BUDGET);
  if (budget < MIN_BUDGET) return leftOut('max_tokens leaves no room to think');
  return { fields: { thinking: { type: 'enabled', budget_tokens: budget } } };
}
