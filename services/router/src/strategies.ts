/** How `auto` orders what passed the walls: one function per strategy, each giving a score (higher is earlier). */
import type { Strategy } from '@skein/contracts/gateway';
import type { Estimate } from './deployment.js';

interface Weights {
  readonly quality: number;
  readonly cost: number;
  readonly latency: number;
}

/** What a strategy heeds beside the figures of the candidates. */
export interface Wishes {
  /** The policy's own, for `custom`. */
  readonly weights: Weights;
  readonly qualityFloor: number;
  /** Quality beyond which more is worth nothing to this request. */
  readonly enough: number;
  /** High priority: what it costs does not weigh. */
  readonly ignoresCost: boolean;
}

/** Scores all estimates of one plan; the result runs parallel to them. */
type Scoring = (estimates: readonly Estimate[], wishes: Wishes) => number[];

/** Weights of `balanced`, whatever the policy says: `custom` is the name for the policy's own. */
const BALANCED = { quality: 0.5, cost: 0.3, latency: 0.2 } as const;

/** Keeps what reaches the floor before what does not, whatever the prices. */
const ABOVE = 2;

/** At the same price the better goes first; too little to outweigh any difference in price that matters. */
const AMONG_EQUALS = 1e-12;

const scorings: Record<Strategy, Scoring> = {
  /** The cheapest whose quality is known to reach the floor; behind them the rest, the cheapest first. */
  cost_first: (estimates, { qualityFloor }) => {
    const cheapness = downward(estimates.map(({ costNanoUsd }) => costNanoUsd));
    return estimates.map(
      ({ quality }, index) =>
        (quality !== null && quality >= qualityFloor ? ABOVE : 0) +
        (cheapness[index] ?? 0) +
        (quality ?? 0) * AMONG_EQUALS,
    );
  },
  /** The list as it is written, then quality. */
  quality_first: (estimates) =>
    estimates.map(({ contender, quality }) =>
      contender.origin === 'listed' ? 2 - Math.min(contender.place, 99) / 100 : (quality ?? 0) / 10,
    ),
  balanced: (estimates, wishes) => weigh(estimates, BALANCED, wishes),
  custom: (estimates, wishes) => weigh(estimates, wishes.weights, wishes),
  /** The fastest of late; those nobody has tried come last, in the order of the list. */
  latency_first: (estimates) => downward(estimates.map(({ latencyMs }) => latencyMs)),
};

/** Scores what passed the walls by a strategy. Scores compare within one plan only. */
export function scoreBy(strategy: Strategy, estimates: readonly Estimate[], wishes: Wishes): number[] {
  return scorings[strategy](estimates, wishes);
}

function weigh(
  estimates: readonly Estimate[],
  stated: Weights,
  { enough, ignoresCost }: Pick<Wishes, 'enough' | 'ignoresCost'>,
): number[] {
  const weights = ignoresCost ? { ...stated, cost: 0 } : stated;
  const quality = upward(estimates.map((estimate) => estimate.quality && Math.min(estimate.quality, enough)));
  const cost = downward(estimates.map(({ costNanoUsd }) => costNanoUsd));
  // A latency nobody has measured counts as the best, so that it gets measured and does not stay unknown for ever.
  const latency = downward(estimates.map(({ latencyMs }) => latencyMs)).map((share) => (share === 0 ? 1 : share));
  const total = weights.quality + weights.cost + weights.latency || 1;
  return estimates.map(
    (_estimate, index) =>
      (weights.quality * (quality[index] ?? 0) +
        weights.cost * (cost[index] ?? 0) +
        weights.latency * (latency[index] ?? 0)) /
      total,
  );
}

/** Spreads known values over 0.05–1, the largest at 1; the unknown get 0. */
function upward(values: readonly (number | null)[]): number[] {
  return spread(values, (value, low, high) => (value - low) / (high - low));
}

/** As `upward`, the smallest at 1. */
function downward(values: readonly (number | null)[]): number[] {
  return spread(values, (value, low, high) => (high - value) / (high - low));
}

/** A known value is always worth a little more than an unknown one. */
const LEAST = 0.05;

function spread(
  values: readonly (number | null)[],
  share: (value: number, low: number, high: number) => number,
): number[] {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value === null) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return values.map((value) => {
    if (value === null) return 0;
    return high === low ? 1 : LEAST + (1 - LEAST) * share(value, low, high);
  });
}
