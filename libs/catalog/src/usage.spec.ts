import { describe, expect, it } from '@jest/globals';
import { inputTokens, noUsage, outputTokens, totalTokens, usageBucketsSchema } from './usage.js';

describe('usage buckets', () => {
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

  it('add up to the total with each token counted once, reasoning within output', () => {
    expect(inputTokens(usage)).toBe(654_321);
    expect(outputTokens(usage)).toBe(87_000_000);
    expect(totalTokens(usage)).toBe(87_654_321);
  });

  it('count what a vendor does not report as none', () => {
    expect(usageBucketsSchema.parse({ input_uncached: 5, output: 2 })).toEqual({
      ...noUsage,
      input_uncached: 5,
      output: 2,
    });
  });

  it.each([
    ['negative', { input_uncached: -1 }],
    ['fractional', { output: 1.5 }],
    ['unknown', { prompt_tokens: 3 }],
    ['reasoning beyond output', { output: 2, reasoning: 3 }],
  ])('refuse what is %s', (_, broken) => {
    expect(usageBucketsSchema.safeParse(broken).success).toBe(false);
  });
});
