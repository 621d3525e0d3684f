import { z } from 'zod';

const tokens = z.int().nonnegative();

/**
 * Usage in one normal form: disjoint buckets in tokens. `reasoning` lies within `output`; everything else adds up to the
 * vendor's total.
 */
export const usageBuckets = z.object({
  input_uncached: tokens,
  cache_read: tokens,
  cache_write_5m: tokens,
  cache_write_1h: tokens,
  audio_in: tokens,
  image_in: tokens,
  output: tokens,
  reasoning: tokens,
  audio_out: tokens,
});
export type UsageBuckets = z.infer<typeof usageBuckets>;

/**
 * What is charged by another unit than tokens: milliseconds of audio transcribed, characters spoken, searches reranked,
 * images made. Absent: none of it was used.
 */
export const usageUnits = z
  .object({ audio_ms: tokens, characters: tokens, searches: tokens, images: tokens })
  .partial();
export type UsageUnits = z.infer<typeof usageUnits>;

/** Where the numbers come from. Zero is a number; `none` means nobody knows. */
export const usageSource = z.enum(['provider', 'estimated', 'none']);
export type UsageSource = z.infer<typeof usageSource>;

export const noUsage: UsageBuckets = {
  input_uncached: 0,
  cache_read: 0,
  cache_write_5m: 0,
  cache_write_1h: 0,
  audio_in: 0,
  image_in: 0,
  output: 0,
  reasoning: 0,
  audio_out: 0,
};

/** Tokens the vendor read, whatever their price. */
export function inputTokens(usage: UsageBuckets): number {
  return (
    usage.input_uncached +
    usage.cache_read +
    usage.cache_write_5m +
    usage.cache_write_1h +
    usage.audio_in +
    usage.image_in
  );
}

/** Tokens the vendor wrote, reasoning and audio included. */
export function outputTokens(usage: UsageBuckets): number {
  return usage.output + usage.audio_out;
}

/** Adds two usages bucket by bucket. */
export function addUsage(a: UsageBuckets, b: UsageBuckets): UsageBuckets {
  return {
    input_uncached: a.input_uncached + b.input_uncached,
    cache_read: a.cache_read + b.cache_read,
    cache_write_5m: a.cache_write_5m + b.cache_write_5m,
    cache_write_1h: a.cache_write_1h + b.cache_write_1h,
    audio_in: a.audio_in + b.audio_in,
    image_in: a.image_in + b.image_in,
    output: a.output + b.output,
    reasoning: a.reasoning + b.reasoning,
    audio_out: a.audio_out + b.audio_out,
  };
}
