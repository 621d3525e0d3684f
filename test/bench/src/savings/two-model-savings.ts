/**
 * What `balanced` saves between two models whose right answers are known: a policy that calls a prompt hard over a bound of
 * the score, decided by the room's own function. The bound is fitted on one half of the prompts and judged on the other.
 */
import { createCatalog, unknownTerms, type ModelRecord } from '@skein/catalog';
import type { Features } from '@skein/contracts/classifier';
import { policyDocument, type DecideRouteRequest } from '@skein/contracts/router';
import { decideRoute, type Situation } from '@skein/router';
import { compilePolicy } from '../../../../services/router/dist/src/compile-policy.js';
import { readFleet } from '../../../../services/router/dist/src/fleet.js';
import { revisionOf } from '../../../../services/router/dist/src/read-policy.js';

/** A prompt, its features, and how each model did: shares of right, 0-1, or scores. */
export interface JudgedPrompt {
  readonly prompt: string;
  readonly features: Features;
  readonly weak: number;
  readonly strong: number;
}

/** How hard a prompt is taken to be, 0-1. */
export type Hardness = (judged: JudgedPrompt) => number;

export interface Savings {
  /** Share of prompts that went to the strong model. */
  readonly strongShare: number;
  /** Mean score over that of the strong model alone. */
  readonly quality: number;
  /** Cost over that of the strong model alone, 0-1. */
  readonly cost: number;
}

/** List prices of the pair when the outcomes were made, USD per million tokens. */
const WEAK = { model: 'mixtral-8x7b-instruct', price: [0.24, 0.24], quality: 6 } as const;
const STRONG = { model: 'gpt-4-1106-preview', price: [10, 30], quality: 9 } as const;

const catalog = createCatalog([record('groq', WEAK), record('openai', STRONG)], []);

/** The smallest share of strong calls whose quality reaches `target` of the strong model's, fitted and judged apart. */
export function savingsAt(target: number, judged: readonly JudgedPrompt[], hardness: Hardness): Savings {
  const fold = (keep: 0 | 1) => judged.filter((_one, index) => index % 2 === keep);
  const halves = [0, 1] as const;
  const results = halves.map((half) => {
    const bound = fitBound(target, fold(half), hardness);
    return judge(fold(half === 0 ? 1 : 0), hardness, bound);
  });
  const mean = (pick: (savings: Savings) => number) =>
    results.reduce((sum, one) => sum + pick(one), 0) / results.length;
  return {
    strongShare: mean((one) => one.strongShare),
    quality: mean((one) => one.quality),
    cost: mean((one) => one.cost),
  };
}

function fitBound(target: number, judged: readonly JudgedPrompt[], hardness: Hardness): number {
  const ranked = judged.map((one) => ({ one, hard: hardness(one) })).sort((a, b) => b.hard - a.hard);
  const wanted = target * judged.reduce((sum, { strong }) => sum + strong, 0);
  let score = judged.reduce((sum, { weak }) => sum + weak, 0);
  for (const { one, hard } of ranked) {
    if (score >= wanted) return hard;
    score += one.strong - one.weak;
  }
  return -1;
}

function judge(judged: readonly JudgedPrompt[], hardness: Hardness, bound: number): Savings {
  const situation = situationWith(bound);
  let score = 0;
  let cost = 0;
  let strong = 0;
  let best = 0;
  let dearest = 0;
  for (const one of judged) {
    const complexity = { score: Math.min(1, Math.max(0, hardness(one))), tier: 'standard' as const };
    const plan = decideRoute(requestOf({ ...one.features, complexity }), situation);
    const isStrong = plan.candidates[0]?.model === STRONG.model;
    const costOf = (model: string) =>
      plan.candidates.find((candidate) => candidate.model === model)?.expected.cost_nano_usd ?? 0;
    score += isStrong ? one.strong : one.weak;
    cost += costOf(isStrong ? STRONG.model : WEAK.model);
    strong += isStrong ? 1 : 0;
    best += one.strong;
    dearest += costOf(STRONG.model);
  }
  return { strongShare: strong / judged.length, quality: score / best, cost: cost / dearest };
}

function situationWith(bound: number): Situation {
  const rules =
    bound < 0 ? [{ tier: 'reasoning' as const }] : [{ tier: 'reasoning' as const, over_score: Math.min(1, bound) }];
  const policy = policyDocument.parse({
    name: 'two models',
    strategy: 'balanced',
    default: [`openai/${STRONG.model}`, `groq/${WEAK.model}`],
    // What is not hard needs no more than the weak model has.
    tiers: { rules: [...rules, { tier: 'simple' }], enough: { simple: WEAK.quality, reasoning: 10 } },
  });
  const { compiled } = compilePolicy(revisionOf(policy), catalog);
  if (compiled === null) throw new Error('the policy of the evaluation does not compile');
  const modes = new Map([
    ['openai', 'live' as const],
    ['groq', 'live' as const],
  ]);
  return {
    compiled,
    fleet: readFleet(modes, 'auto', (vendor) => modes.has(vendor)),
    healthOf: () => undefined,
    now: 0,
  };
}

const requestOf = (features: Features): DecideRouteRequest => ({
  tenant: 'evaluation',
  model: 'auto',
  stream: false,
  max_output_tokens: null,
  features: { ...features, abstained: true, declared: null },
  metadata: {},
});

function record(
  vendor: 'openai' | 'groq',
  { model, price, quality }: { model: string; price: readonly [number, number]; quality: number },
): ModelRecord {
  const [input, output] = price.map((usd) => Math.round(usd * 1_000_000));
  if (input === undefined || output === undefined) throw new Error('a price has two sides');
  const unknown = { tools: null, vision: null, audio_in: null, video_in: null, documents: null, json_schema: null };
  return {
    id: `${vendor}/${model}`,
    vendor,
    model,
    kind: 'chat',
    status: 'active',
    context_window: null,
    max_output_tokens: null,
    capabilities: { ...unknown, reasoning: null, temperature: null, chat_completions: true },
    quality,
    quality_by_task: {},
    quality_evidence: [],
    prices: [{ from: null, base: { input, output }, tiers: [] }],
    price_source: null,
    price_date: null,
    exchange: null,
    stated_prices: null,
    price_lists: {},
    pin: null,
    served_as: [],
    ...unknownTerms,
  };
}
