/**
 * The one normal form of usage. The buckets are disjoint: each input token is in exactly one of the six input buckets,
 * each output token in `output` or `audio_out`. `reasoning` alone is a part of another bucket: it lies within `output`.
 */
import { z } from 'zod';

const tokens = z.int().nonnegative().default(0);

export const usageBucketsSchema = z
  .strictObject({
    input_uncached: tokens,
    cache_read: tokens,
    cache_write_5m: tokens,
    cache_write_1h: tokens,
    audio_in: tokens,
    image_in: tokens,
    output: tokens,
    reasoning: tokens,
    audio_out: tokens,
  })
  .refine((usage) => usage.reasoning <= usage.output, { error: 'reasoning lies within output and can not exceed it' });

/** Tokens of one attempt, by disjoint bucket. */
export type UsageBuckets = z.infer<typeof usageBucketsSchema>;

/** All buckets zero: for spreading in the buckets a vendor reports. */
export const noUsage: Readonly<UsageBuckets> = Object.freeze({
  input_uncached: 0,
  cache_read: 0,
  cache_write_5m: 0,
  cache_write_1h: 0,
  audio_in: 0,
  image_in: 0,
  output: 0,
  reasoning: 0,
  audio_out: 0,
});

/** Tokens that went in, whatever they cost; the size that price tiers and context windows are measured by. */
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

/** Tokens that came out, reasoning included (once). */
export function outputTokens(usage: UsageBuckets): number {
  return usage.output + usage.audio_out;
}

/** All tokens of an attempt, each counted once. */
export function totalTokens(usage: UsageBuckets): number {
  return inputTokens(usage) + outputTokens(usage);
}
