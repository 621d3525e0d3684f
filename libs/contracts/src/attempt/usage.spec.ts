import { describe, expect, it } from '@jest/globals';
import { addUsage, inputTokens, noUsage, outputTokens, usageBuckets } from './usage.js';

const usage = {
  input_uncached: 1,
  cache_read: 20,
  cache_write_5m: 300,
  cache_write_1h: 4_000,
  audio_in: 50_000,
  image_in: 600_000,
  output: 7_000_000,
  reasoning: 6_500_000,
  audio_out: 80_000_000,
};

describe('usage buckets', () => {
  it('add up with each token counted once, reasoning within output', () => {
    expect(inputTokens(usage)).toBe(654_321);
    expect(outputTokens(usage)).toBe(87_000_000);
  });

  it('add bucket by bucket', () => {
    expect(addUsage(usage, usage)).toEqual(Object.fromEntries(Object.entries(usage).map(([k, v]) => [k, 2 * v])));
    expect(addUsage(usage, noUsage)).toEqual(usage);
  });

  it.each([
    ['negative', { input_uncached: -1 }],
    ['fractional', { output: 1.5 }],
  ])('refuse what is %s', (_case, broken) => {
    expect(usageBuckets.safeParse({ ...noUsage, ...broken }).success).toBe(false);
  });
});
