/** The tier a policy sees in a request: its own rules first, then the table it names. Bounds are data, not code. */
import type { Features, Tier } from '@skein/contracts/classifier';
import { declaredTasks } from '@skein/contracts/gateway';
import type { TierPolicy, TierRule, TierTable } from '@skein/contracts/router';

/** Tokens above which a prompt needs a large window, in every table. */
const LARGE: TierRule = { tier: 'long-context', over_tokens: 50_000 };

/** A word is about 1.33 tokens: a hundred words, a thousand words. */
const SHORT_TOKENS = 133;
const LONG_TOKENS = 1_330;

interface Table {
  readonly rules: readonly TierRule[];
  /** Where no rule fits; null: the classifier's word. */
  readonly otherwise: Tier | null;
}

export const tierTableRules: Record<TierTable, Table> = {
  classifier: { rules: [], otherwise: null },
  /** Under 4K tokens a fast model, over 8K an advanced one. */
  by_size: {
    rules: [LARGE, { tier: 'reasoning', over_tokens: 8_000 }, { tier: 'simple', under_tokens: 4_000 }],
    otherwise: 'standard',
  },
  /** Light, standard or reasoning, large context, by tokens (50, 200), turns (10, 50) and task. */
  by_turns: {
    rules: [
      LARGE,
      { tier: 'long-context', over_turns: 50 },
      {
        tier: 'long-context',
        over_tokens: 200,
        tasks: ['document_summary', 'document_analysis', 'long_context', 'code', 'coding', 'code_generation'],
      },
      {
        tier: 'simple',
        under_tokens: 50,
        under_turns: 10,
        tasks: ['qa', 'text', 'conversation', 'customer_service', 'fast_response', 'classification', 'extraction'],
      },
      { tier: 'simple', under_tokens: 50, under_turns: 10, tasks: ['structured_extraction', 'structured_data'] },
      { tier: 'reasoning', tasks: ['analysis', 'math', 'math_reasoning', 'reasoning', 'deep_reasoning'] },
    ],
    otherwise: 'standard',
  },
  /** Short extraction is fast work, a reasoning task or a thousand words is reasoning; the classifier has the rest. */
  by_words: {
    rules: [
      LARGE,
      { tier: 'reasoning', tasks: ['reasoning', 'deep_reasoning'] },
      { tier: 'reasoning', over_tokens: LONG_TOKENS },
      {
        tier: 'simple',
        under_tokens: SHORT_TOKENS,
        tasks: ['extraction', 'structured_extraction', 'structured_data'],
      },
    ],
    otherwise: null,
  },
};

/** The rules of a policy in the order they are asked. */
export function rulesOf({ rules, table }: TierPolicy): readonly TierRule[] {
  return [...rules, ...tierTableRules[table].rules];
}

/** The tier of a request by a policy's rules (from `rulesOf`), its table's word, else the classifier's. */
export function tierOf(features: Features, rules: readonly TierRule[], table: TierTable): Tier {
  for (const rule of rules) if (fits(rule, features)) return rule.tier;
  return tierTableRules[table].otherwise ?? features.complexity.tier;
}

function fits(rule: TierRule, { tokens, turns, complexity, declared, task, abstained }: Features): boolean {
  if (rule.under_tokens !== undefined && tokens >= rule.under_tokens) return false;
  if (rule.over_tokens !== undefined && tokens <= rule.over_tokens) return false;
  if (rule.under_turns !== undefined && turns >= rule.under_turns) return false;
  if (rule.over_turns !== undefined && turns <= rule.over_turns) return false;
  if (rule.under_score !== undefined && complexity.score >= rule.under_score) return false;
  if (rule.over_score !== undefined && complexity.score <= rule.over_score) return false;
  if (rule.tasks === undefined) return true;
  if (declared !== null) return rule.tasks.includes(declared) || rule.tasks.includes(declaredTasks[declared]);
  return !abstained && rule.tasks.includes(task);
}
