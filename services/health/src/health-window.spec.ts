import { describe, expect, it } from '@jest/globals';
import {
  emptyWindow,
  foldAttempt,
  forgetBadTimes,
  isForgotten,
  latencySpan,
  outcomeSpan,
  SAMPLES_FOR_P95,
  summarize,
  type HealthWindow,
  type Observation,
} from './health-window.js';

const NOW = 1_700_000_000_000;
const answer = (ms: number): Observation => ({
  outcome: 'answered',
  rateLimited: false,
  firstByteMs: ms,
  totalMs: ms * 10,
  retryAt: null,
});
const error: Observation = { outcome: 'error', rateLimited: false, firstByteMs: null, totalMs: null, retryAt: null };
const limited: Observation = { ...error, rateLimited: true };

const folded = (observations: readonly Observation[], stepMs = 0, from: HealthWindow = emptyWindow): HealthWindow =>
  observations.reduce((window, observation, index) => foldAttempt(window, observation, NOW + index * stepMs), from);

describe('the window', () => {
  it('counts attempts, errors and rate limits', () => {
    expect(summarize(folded([answer(5), error, limited, answer(5)]), NOW)).toMatchObject({
      attempts: 4,
      errors: 2,
      rate_limited: 1,
    });
  });

  it('counts errors since the last answer, however long ago they were', () => {
    const window = folded([answer(5), error, error, error]);
    expect(summarize(window, NOW + 10 * outcomeSpan.keepMs)).toMatchObject({ attempts: 0, consecutive_errors: 3 });
    expect(summarize(folded([error, error, answer(5)]), NOW).consecutive_errors).toBe(0);
  });

  it('lets outcomes fall out after five minutes, slice by slice', () => {
    const window = folded([error, error, error, error], outcomeSpan.keepMs / 2);
    expect(summarize(window, NOW + 1.5 * outcomeSpan.keepMs).errors).toBe(2);
  });

  it('keeps latencies when the outcomes are long gone', () => {
    const window = folded([answer(100)]);
    expect(summarize(window, NOW + 4 * outcomeSpan.keepMs).first_byte_p50_ms).not.toBeNull();
    expect(summarize(window, NOW + 2 * latencySpan.keepMs).first_byte_p50_ms).toBeNull();
    expect(isForgotten(window, NOW + 4 * outcomeSpan.keepMs)).toBe(false);
    expect(isForgotten(window, NOW + 2 * latencySpan.keepMs)).toBe(true);
  });

  it('holds no more than its span, whatever passes through it', () => {
    const window = folded(
      Array.from({ length: 2_000 }, () => answer(20)),
      10_000,
    );
    expect(window.outcomes.length).toBeLessThanOrEqual(outcomeSpan.keepMs / outcomeSpan.sliceMs + 1);
    expect(window.latencies.length).toBeLessThanOrEqual(latencySpan.keepMs / latencySpan.sliceMs + 1);
  });

  it('does not change the window it is given', () => {
    const before = folded([answer(10)]);
    const seen = JSON.stringify(before);
    foldAttempt(before, error, NOW);
    expect(JSON.stringify(before)).toBe(seen);
  });

  it('goes on when the clock is set back', () => {
    const window = foldAttempt(folded([answer(10)]), error, NOW - 3_600_000);
    expect(summarize(window, NOW)).toMatchObject({ attempts: 2, errors: 1 });
  });

  it('forgets outcomes and keeps latencies when a circuit closes', () => {
    expect(summarize(forgetBadTimes(folded([answer(100), error, error]), NOW), NOW)).toMatchObject({
      attempts: 0,
      errors: 0,
      consecutive_errors: 0,
      first_byte_p50_ms: expect.any(Number),
    });
  });
});

describe('percentiles', () => {
  it.each([1, 7, 42, 350, 2_400, 45_000])('are right to about a tenth at %d ms', (ms) => {
    const summary = summarize(folded(Array.from({ length: 30 }, () => answer(ms))), NOW);
    expect((summary.first_byte_p50_ms ?? 0) / ms).toBeGreaterThan(0.88);
    expect((summary.first_byte_p50_ms ?? 0) / ms).toBeLessThan(1.12);
  });

  it('tell the usual from the slow', () => {
    const observations = [
      ...Array.from({ length: 90 }, () => answer(100)),
      ...Array.from({ length: 10 }, () => answer(2_000)),
    ];
    const summary = summarize(folded(observations), NOW);
    expect(summary.first_byte_p50_ms).toBeLessThan(120);
    expect(summary.first_byte_p95_ms).toBeGreaterThan(1_700);
    expect(summary.total_p95_ms).toBeGreaterThan(17_000);
  });

  it('say nothing of the tail from too few samples', () => {
    const few = summarize(folded(Array.from({ length: SAMPLES_FOR_P95 - 1 }, () => answer(100))), NOW);
    expect(few.first_byte_p95_ms).toBeNull();
    expect(few.first_byte_p50_ms).not.toBeNull();
    expect(
      summarize(folded(Array.from({ length: SAMPLES_FOR_P95 }, () => answer(100))), NOW).first_byte_p95_ms,
    ).not.toBeNull();
  });

  it('count an answer that took longer than the scale as its end', () => {
    expect(summarize(folded([answer(10 ** 9)]), NOW).first_byte_p50_ms).toBeGreaterThan(600_000);
  });
});
