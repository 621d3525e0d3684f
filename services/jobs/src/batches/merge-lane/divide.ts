// What a merged call came to, divided over its requests so that the parts add up to it. Pure.
import type { UsageBuckets } from '@skein/contracts/attempt';
import type { AttemptSummary } from '@skein/contracts/orchestrator';

/**
 * Divides a whole number in proportion to weights, by the largest remainder: the parts are whole, add up to it exactly, and
 * none is a whole one off. Where all weights are nothing, they count alike.
 */
export function divide(whole: number, weights: readonly number[]): number[] {
  if (weights.length === 0) return [];
  const sum = weights.reduce((total, weight) => total + BigInt(weight), 0n);
  const counted = sum === 0n ? weights.map(() => 1n) : weights.map(BigInt);
  const over = sum === 0n ? BigInt(weights.length) : sum;
  const parts = counted.map((weight, place) => {
    const share = BigInt(whole) * weight;
    return { place, part: share / over, rest: share % over };
  });
  const given = parts.reduce((total, { part }) => total + part, 0n);
  const first = [...parts].sort((a, b) => (a.rest === b.rest ? a.place - b.place : a.rest > b.rest ? -1 : 1));
  const extra = new Set(first.slice(0, Number(BigInt(whole) - given)).map(({ place }) => place));
  return parts.map(({ part, place }) => Number(part) + (extra.has(place) ? 1 : 0));
}

/** Each request's part of an attempt that was made for all of them, in the order of `weights`. */
export function divideAttempt(attempt: AttemptSummary, weights: readonly number[]): AttemptSummary[] {
  const cost = attempt.cost_nano_usd === null ? null : divide(attempt.cost_nano_usd, weights);
  const usage = attempt.usage === null ? null : divideUsage(attempt.usage, weights);
  return weights.map((_weight, index) => ({
    ...attempt,
    usage: usage?.[index] ?? null,
    cost_nano_usd: cost?.[index] ?? null,
    merged: { of: weights.length, no: index + 1, call_nano_usd: attempt.cost_nano_usd },
  }));
}

function divideUsage({ units, ...tokens }: UsageBuckets, weights: readonly number[]): UsageBuckets[] {
  const divideAll = <Amounts extends object>(amounts: Amounts): Amounts[] => {
    const parts = Object.entries(amounts).map(([name, amount]) => [name, divide(Number(amount), weights)] as const);
    return weights.map(
      (_weight, index) => Object.fromEntries(parts.map(([name, part]) => [name, part[index]])) as Amounts,
    );
  };
  const dividedUnits = units === undefined ? null : divideAll(units);
  return divideAll(tokens).map((part, index) => {
    const own = dividedUnits?.[index];
    return own === undefined ? part : { ...part, units: own };
  });
}
