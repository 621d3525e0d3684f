import { z } from 'zod';

const tokens = z.int().nonnegative();

const tokenBuckets = z.object({
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
export type TokenBucket = keyof z.infer<typeof tokenBuckets>;

/** What is charged otherwise than by tokens; a unit that is absent was not used. */
export const usageUnits = z.object({
  /** Unicode characters spoken. */
  characters: z.int().nonnegative().optional(),
  /** Milliseconds of sound heard. */
  audio_ms: z.int().nonnegative().optional(),
  searches: z.int().nonnegative().optional(),
  images: z.int().nonnegative().optional(),
});
export type UsageUnits = z.infer<typeof usageUnits>;

/**
 * Usage in one normal form: disjoint buckets in tokens. `reasoning` lies within `output`; everything else adds up to the
 * vendor's total. What is no token stands beside them in `units`.
 */
export const usageBuckets = tokenBuckets.extend({ units: usageUnits.optional() });
export type UsageBuckets = z.infer<typeof usageBuckets>;

/** Where the numbers come from. Zero is a number; `none` means nobody knows. */
export const usageSource = z.enum(['provider', 'estimated', 'none']);
export type UsageSource = z.infer<typeof usageSource>;

export const noUsage: Readonly<Record<TokenBucket, number>> = {
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

/** Adds two usages bucket by bucket, unit by unit. */
export function addUsage(a: UsageBuckets, b: UsageBuckets): UsageBuckets {
  const units = addUnits(a.units, b.units);
  return {
    ...(units !== undefined && { units }),
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

const unitNames = ['characters', 'audio_ms', 'searches', 'images'] as const satisfies readonly (keyof UsageUnits)[];

function addUnits(a: UsageUnits | undefined, b: UsageUnits | undefined): UsageUnits | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  const sum: UsageUnits = {};
  for (const unit of unitNames) {
    if (a[unit] !== undefined || b[unit] !== undefined) sum[unit] = (a[unit] ?? 0) + (b[unit] ?? 0);
  }
  return sum;
}
