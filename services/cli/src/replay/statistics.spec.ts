import { describe, expect, it } from '@jest/globals';
import { percentile, summarise, type Sample } from './statistics.js';

const sample = (over: Partial<Sample> = {}): Sample => ({
  task: 'code',
  model: 'openai/gpt-5',
  inputTokens: 10,
  outputTokens: 20,
  costNano: 1n,
  totalMs: 100,
  firstTokenMs: null,
  cacheHit: false,
  failedOver: false,
  failure: null,
  ...over,
});

describe('percentile', () => {
  it.each([
    [[7], 0.5, 7],
    [[7], 0.95, 7],
    [[4, 1, 3, 2], 0.5, 2],
    [[10, 9, 8, 7, 6, 5, 4, 3, 2, 1], 0.95, 10],
    [Array.from({ length: 100 }, (_, index) => index + 1), 0.95, 95],
    [Array.from({ length: 101 }, (_, index) => index + 1), 0.95, 96],
  ])('of %j at %d is a value that was measured', (values, share, expected) => {
    expect(percentile(values, share)).toBe(expected);
  });

  it('of nothing is nothing', () => {
    expect(percentile([], 0.5)).toBeNull();
  });

  it('sorts by number and leaves its input as it was', () => {
    const values = [100, 9, 20];
    expect(percentile(values, 0.5)).toBe(20);
    expect(values).toEqual([100, 9, 20]);
  });
});

describe('summarise', () => {
  it('adds costs to the last nano-dollar, beyond what a float holds', () => {
    const huge = 9_007_199_254_740_993n;
    expect(summarise([sample({ costNano: huge }), sample()]).all.costNano).toBe(huge + 1n);
  });

  it('keeps groups apart and their sums equal to the whole', () => {
    const summary = summarise([
      sample({ task: 'code', model: 'a/x' }),
      sample({ task: 'qa', model: 'a/x', costNano: 5n, cacheHit: true }),
      sample({ task: 'qa', model: 'b/y', failedOver: true }),
    ]);
    expect([...summary.byTask.keys()]).toEqual(['code', 'qa']);
    expect(summary.byTask.get('qa')).toMatchObject({ requests: 2, costNano: 6n, cacheHits: 1, failovers: 1 });
    expect(summary.byModel.get('a/x')).toMatchObject({ requests: 2, inputTokens: 20, outputTokens: 40 });
    for (const groups of [summary.byTask, summary.byModel]) {
      expect([...groups.values()].reduce((cost, group) => cost + group.costNano, 0n)).toBe(summary.all.costNano);
    }
  });

  it('counts failures with their reasons and leaves them out of latencies and sums', () => {
    const failed = (failure: string) =>
      sample({ failure, costNano: null, totalMs: 9_999, inputTokens: 0, outputTokens: 0 });
    const { all, failures } = summarise([sample(), failed('slow'), failed('cut'), failed('cut')]);
    expect(all).toMatchObject({ requests: 4, failed: 3, unpriced: 0, latencyMs: { p50: 100, p95: 100 } });
    expect([...failures]).toEqual([
      ['cut', 2],
      ['slow', 1],
    ]);
  });

  it('says how many answers have no known price instead of calling them free', () => {
    expect(summarise([sample({ costNano: null }), sample({ costNano: 0n })]).all).toMatchObject({
      unpriced: 1,
      costNano: 0n,
    });
  });

  it('takes first-token times from streamed answers only', () => {
    expect(summarise([sample({ firstTokenMs: 30 }), sample()]).all.firstTokenMs).toEqual({ p50: 30, p95: 30 });
    expect(summarise([sample()]).all.firstTokenMs).toBeNull();
  });
});
