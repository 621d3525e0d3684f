/**
 * What a deployment has been through lately: a pure fold of attempts into slices of time, the old ones falling out at the
 * far end. Outcomes are kept for five minutes, latencies, which change slowly and are missed when gone, for an hour.
 */
import { mergeHistograms, noLatencies, percentile, withLatency, type Histogram } from './latency-histogram.js';

/** One attempt as health sees it. */
export interface Observation {
  readonly outcome: 'answered' | 'error';
  readonly rateLimited: boolean;
  /** Ms to the first byte, on streams that finished; null otherwise. */
  readonly firstByteMs: number | null;
  /** Ms in all, of unstreamed and streamed answers that finished; null otherwise. */
  readonly totalMs: number | null;
  /** The moment before which the vendor asked not to be called again; null when it did not. */
  readonly retryAt: number | null;
}

interface OutcomeSlice {
  readonly startsAt: number;
  readonly attempts: number;
  readonly errors: number;
  readonly rateLimited: number;
}

interface LatencySlice {
  readonly startsAt: number;
  readonly firstByte: Histogram;
  readonly total: Histogram;
}

export interface HealthWindow {
  readonly outcomes: readonly OutcomeSlice[];
  readonly latencies: readonly LatencySlice[];
  /** Errors since the last answer, whenever they were. */
  readonly consecutiveErrors: number;
}

export const emptyWindow: HealthWindow = { outcomes: [], latencies: [], consecutiveErrors: 0 };

interface Span {
  readonly sliceMs: number;
  readonly keepMs: number;
}

export const outcomeSpan: Span = { sliceMs: 30_000, keepMs: 5 * 60_000 };
export const latencySpan: Span = { sliceMs: 5 * 60_000, keepMs: 60 * 60_000 };

/** A tail is not known from fewer samples. */
export const SAMPLES_FOR_P95 = 20;

/** The window after one more attempt, at `now` (ms since the epoch). */
export function foldAttempt(window: HealthWindow, observation: Observation, now: number): HealthWindow {
  const isError = observation.outcome === 'error';
  return {
    outcomes: intoNewest(window.outcomes, outcomeSpan, now, noOutcomes, (slice) => ({
      startsAt: slice.startsAt,
      attempts: slice.attempts + 1,
      errors: slice.errors + (isError ? 1 : 0),
      rateLimited: slice.rateLimited + (observation.rateLimited ? 1 : 0),
    })),
    latencies: foldLatencies(window.latencies, observation, now),
    consecutiveErrors: isError ? window.consecutiveErrors + 1 : 0,
  };
}

function foldLatencies(
  latencies: readonly LatencySlice[],
  { firstByteMs, totalMs }: Observation,
  now: number,
): readonly LatencySlice[] {
  if (firstByteMs === null && totalMs === null) return latencies;
  return intoNewest(latencies, latencySpan, now, noLatencySlice, (slice) => ({
    startsAt: slice.startsAt,
    firstByte: firstByteMs === null ? slice.firstByte : withLatency(slice.firstByte, firstByteMs),
    total: totalMs === null ? slice.total : withLatency(slice.total, totalMs),
  }));
}

/** The window with what opened its circuit forgotten: one that closes starts with a clean slate. */
export function forgetBadTimes(window: HealthWindow, now: number): HealthWindow {
  const latencies = isMuchSlower(window, now) ? window.latencies.slice(0, -1) : window.latencies;
  return { latencies, outcomes: [], consecutiveErrors: 0 };
}

/** So much slower than usual that it is of no use. */
export const slowRules = { timesUsualP95: 3, leastMs: 500, recentSamples: 10 } as const;

/**
 * Has the first byte of late (this slice of five minutes) usually come later than three times the slow case of the hour
 * before? Not told from few samples, nor below half a second.
 */
export function isMuchSlower({ latencies }: HealthWindow, now: number): boolean {
  const recent = latencies.at(-1);
  if (recent === undefined || recent.startsAt !== now - (now % latencySpan.sliceMs)) return false;
  const median = percentile(recent.firstByte, 0.5, slowRules.recentSamples);
  if (median === null || median <= slowRules.leastMs) return false;
  const before = latencies.slice(0, -1).filter(isWithin(latencySpan, now));
  const usual = percentile(mergeHistograms(before.map(({ firstByte }) => firstByte)), 0.95, SAMPLES_FOR_P95);
  return usual !== null && median > slowRules.timesUsualP95 * usual;
}

export interface WindowSummary {
  readonly attempts: number;
  readonly errors: number;
  readonly rate_limited: number;
  readonly consecutive_errors: number;
  readonly first_byte_p50_ms: number | null;
  readonly first_byte_p95_ms: number | null;
  readonly total_p50_ms: number | null;
  readonly total_p95_ms: number | null;
}

/** What the window says at `now`. */
export function summarize(window: HealthWindow, now: number): WindowSummary {
  const outcomes = window.outcomes.filter(isWithin(outcomeSpan, now));
  const latencies = window.latencies.filter(isWithin(latencySpan, now));
  const firstByte = mergeHistograms(latencies.map((slice) => slice.firstByte));
  const total = mergeHistograms(latencies.map((slice) => slice.total));
  return {
    ...countOutcomes(outcomes),
    consecutive_errors: window.consecutiveErrors,
    first_byte_p50_ms: percentile(firstByte, 0.5, 1),
    first_byte_p95_ms: percentile(firstByte, 0.95, SAMPLES_FOR_P95),
    total_p50_ms: percentile(total, 0.5, 1),
    total_p95_ms: percentile(total, 0.95, SAMPLES_FOR_P95),
  };
}

/** Attempts and errors of the last five minutes. */
export function outcomesAt(window: HealthWindow, now: number): { readonly attempts: number; readonly errors: number } {
  return countOutcomes(window.outcomes.filter(isWithin(outcomeSpan, now)));
}

/** Has everything fallen out of the window? */
export function isForgotten(window: HealthWindow, now: number): boolean {
  return !window.outcomes.some(isWithin(outcomeSpan, now)) && !window.latencies.some(isWithin(latencySpan, now));
}

function countOutcomes(slices: readonly OutcomeSlice[]) {
  let attempts = 0;
  let errors = 0;
  let rate_limited = 0;
  for (const slice of slices) {
    attempts += slice.attempts;
    errors += slice.errors;
    rate_limited += slice.rateLimited;
  }
  return { attempts, errors, rate_limited };
}

const noOutcomes = (startsAt: number): OutcomeSlice => ({ startsAt, attempts: 0, errors: 0, rateLimited: 0 });
const noLatencySlice = (startsAt: number): LatencySlice => ({ startsAt, firstByte: noLatencies, total: noLatencies });

const isWithin =
  ({ keepMs }: Span, now: number) =>
  ({ startsAt }: { readonly startsAt: number }): boolean =>
    startsAt > now - keepMs;

/** Replaces the slice of `now` by a grown one, opening it where needed and letting old ones fall out. */
function intoNewest<Slice extends { readonly startsAt: number }>(
  slices: readonly Slice[],
  span: Span,
  now: number,
  open: (startsAt: number) => Slice,
  grow: (slice: Slice) => Slice,
): readonly Slice[] {
  const startsAt = now - (now % span.sliceMs);
  const newest = slices.at(-1);
  // A clock that was set back goes on filling the newest slice.
  if (newest !== undefined && newest.startsAt >= startsAt) return [...slices.slice(0, -1), grow(newest)];
  return [...slices.filter(isWithin(span, now)), grow(open(startsAt))];
}
