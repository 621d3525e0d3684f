/** How hard a prompt is: a score that ranks prompts, and the tier a policy may key on. */
import type { Features } from '@skein/contracts/classifier';
import type { DeclaredTask, Task } from '@skein/contracts/gateway';
import { countBurdens } from './count-burdens.js';

/** Bounds in tokens and turns, as the practice this router follows states them. */
export const tierBounds = {
  simpleTokens: 50,
  standardTokens: 200,
  /** A thousand words: whatever the task, there is much to hold together. */
  muchTokens: 1_300,
  longContextTokens: 50_000,
  simpleTurns: 10,
  standardTurns: 50,
} as const;

/** What a task asks of a model beyond its length, 0–1. */
const demand: Record<Task, number> = {
  classification: 0.1,
  extraction: 0.15,
  translation: 0.25,
  rewriting: 0.25,
  qa: 0.3,
  summarization: 0.3,
  writing: 0.45,
  multimodal: 0.5,
  analysis: 0.65,
  code: 0.7,
  math_reasoning: 0.75,
};

/** Tasks that are work of several steps as soon as they are more than a few lines long. */
const takesSteps: ReadonlySet<Task> = new Set(['code', 'math_reasoning', 'analysis', 'multimodal']);
/** Tasks that a small model does at any length under a page. */
const staysSimple: ReadonlySet<Task> = new Set(['qa', 'extraction', 'classification', 'translation', 'rewriting']);
/** Declared names that ask for a reasoning model in so many words. */
const asksReasoning: ReadonlySet<DeclaredTask> = new Set(['reasoning', 'deep_reasoning']);

const MARKS_OF_EFFORT =
  /\b(?:step[- ]by[- ]step|prove|proof|derive|justify|explain why|trade-?offs?|optimi[sz]e|edge cases?|constraints?|must (?:not )?be|at least|at most|exactly|efficient|architecture|complexity|hypothes[ie]s|rigorous)\b|逐步|一步一步|证明|推导|论证|为什么|优化|约束|至少|至多|恰好|架构|复杂度|严谨/gi;

export interface ComplexitySigns {
  readonly task: Task;
  readonly declared: DeclaredTask | null;
  readonly tokens: number;
  readonly turns: number;
  /** What is asked now; its first and last few thousand characters are enough. */
  readonly ask: string;
  readonly tools: boolean;
}

/** Rates a prompt. The score is monotone in tokens, turns, marks of effort and the task's demand. */
export function rateComplexity(signs: ComplexitySigns): Features['complexity'] {
  return { score: scoreOf(signs), tier: tierOf(signs) };
}

/** Tokens at which length begins to count, and what length and burdens add up to in a prompt as hard as they come. */
const LEAST_TOKENS = 16;
const MOST_BURDEN = 24;

function scoreOf({ task, declared, tokens, turns, ask, tools }: ComplexitySigns): number {
  // Each doubling of the length weighs the same, and as much as a doubling of any kind of burden.
  const length = Math.log2(Math.max(tokens, LEAST_TOKENS) / LEAST_TOKENS);
  const burden = clamp((length + countBurdens(ask)) / MOST_BURDEN);
  const effort = clamp((ask.match(MARKS_OF_EFFORT)?.length ?? 0) / 4);
  const history = clamp(turns / tierBounds.standardTurns);
  const wish = declared !== null && asksReasoning.has(declared) ? 0.15 : 0;
  const raw = 0.75 * burden + 0.04 * demand[task] + 0.11 * effort + 0.05 * history + (tools ? 0.05 : 0) + wish;
  return Math.round(clamp(raw) * 10_000) / 10_000;
}

function tierOf({ task, declared, tokens, turns }: ComplexitySigns): Features['complexity']['tier'] {
  if (tokens > tierBounds.longContextTokens) return 'long-context';
  if (declared !== null && asksReasoning.has(declared)) return 'reasoning';
  if (tokens > tierBounds.muchTokens || turns > tierBounds.standardTurns) return 'reasoning';
  if (tokens > tierBounds.standardTokens && takesSteps.has(task)) return 'reasoning';
  if (tokens < tierBounds.simpleTokens && turns < tierBounds.simpleTurns && staysSimple.has(task)) return 'simple';
  return 'standard';
}

const clamp = (value: number): number => Math.min(1, Math.max(0, value));
