/** How much Claude is to think, from OpenAI's `reasoning_effort`. */
import type { JsonObject } from '@skein/provider-kit';

export const MIN_BUDGET = 1_024;

/** Tokens to think with, for models that take a budget. */
const budgets: Readonly<Record<string, number>> = {
  minimal: MIN_BUDGET,
  low: 2_048,
  medium: 8_192,
  high: 16_384,
  xhigh: 24_576,
  max: 31_999,
};

/** From this generation on, Claude decides itself how long to think, and takes an effort. */
const ADAPTIVE_SINCE = 4.6;

function takesEffort(model: string): boolean {
  const version = /claude-[a-z]+-(\d+)(?:[-.](\d{1,2}))?(?![\d])/.exec(model);
  return version !== null && Number(`${version[1]}.${version[2] ?? 0}`) >= ADAPTIVE_SINCE;
}

/** The words that only OpenAI has, in Anthropic's. */
const effortWords: Readonly<Record<string, string>> = { minimal: 'low' };

export interface Thinking {
  readonly thinking?: JsonObject;
  readonly effort?: string;
  readonly notice?: string;
}

/** What to send for an effort. `maxTokens` bounds thinking and answer together. */
export function thinkFor(effort: unknown, model: string, maxTokens: number): Thinking {
  if (typeof effort !== 'string' || effort === 'none') return {};
  if (takesEffort(model)) return { thinking: { type: 'adaptive' }, effort: effortWords[effort] ?? effort };
  const budget = budgets[effort];
  if (budget === undefined)
    return { notice: `anthropic does not know the reasoning_effort "${effort}"; it was left out` };
  const room = Math.min(budget, maxTokens - MIN_BUDGET);
  if (room < MIN_BUDGET) {
    return { notice: 'max_tokens leaves no room to think; reasoning_effort was left out' };
  }
  return { thinking: { type: 'enabled', budget_tokens: room } };
}
