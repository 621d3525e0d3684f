/**
 * What an attempt costs: exact integers (BigInt) from tokens to pico-USD, rounded once, half-up, to nano-USD.
 * Pure: the day is passed in.
 */
import { divideHalfUp, toSafeNumber } from './money.js';
import { inputTokens } from '@skein/contracts/attempt';
import type { ExchangeRate, ModelRecord, PriceBuckets } from './model.js';
import type { UsageBuckets } from '@skein/contracts/attempt';

const PICO_PER_NANO = 1000n;

type TokenBucket = Exclude<keyof UsageBuckets, 'reasoning'>;

interface Pricing {
  readonly own: Exclude<keyof PriceBuckets, 'per_request' | 'output_thinking'>;
  /** What stands in for a missing own price: the base price times num/den. */
  readonly otherwise: { readonly price: 'input' | 'output'; readonly num: bigint; readonly den: bigint } | null;
}

/**
 * Which price each bucket takes, and what stands in where a model has none: cached input at the full input price,
 * cache writes at Anthropic's published multiples of it (1.25 for five minutes, 2 for an hour), audio as text.
 * Image tokens have no price of their own at any vendor of the catalogue: they are input.
 * `reasoning` is missing on purpose: it lies within output.
 */
const pricing: Record<TokenBucket, Pricing> = {
  input_uncached: { own: 'input', otherwise: null },
  image_in: { own: 'input', otherwise: null },
  cache_read: { own: 'cache_read', otherwise: { price: 'input', num: 1n, den: 1n } },
  cache_write_5m: { own: 'cache_write_5m', otherwise: { price: 'input', num: 5n, den: 4n } },
  cache_write_1h: { own: 'cache_write_1h', otherwise: { price: 'input', num: 2n, den: 1n } },
  audio_in: { own: 'audio_in', otherwise: { price: 'input', num: 1n, den: 1n } },
  output: { own: 'output', otherwise: null },
  audio_out: { own: 'audio_out', otherwise: { price: 'output', num: 1n, den: 1n } },
};

const buckets = Object.keys(pricing) as readonly TokenBucket[];
const COMMON_DENOMINATOR = 4n;

export interface Cost {
  /** null: the price is unknown. 0 is a price. */
  readonly cost_nano_usd: number | null;
  /** Buckets that had tokens but no price of their own, so that another price stood in. */
  readonly assumed: readonly string[];
  /** The rate behind prices that were stated in another currency. */
  readonly exchange: ExchangeRate | null;
}

/**
 * The prices that hold on a day (ISO date; default: the newest known) for an input of so many tokens.
 * null where the record has none.
 */
export function pricesOf(record: ModelRecord, inputSize = 0, onDate?: string): PriceBuckets | null {
  const day = onDate?.slice(0, 10);
  const period = record.prices.findLast(({ from }) => day === undefined || from === null || from <= day);
  if (!period) return null;
  const tier = period.tiers.findLast(({ over_tokens }) => inputSize > over_tokens);
  return tier ? { ...period.base, ...tier.prices } : period.base;
}

/** Cost of recorded usage. Throws RangeError beyond 2^53 nano-USD (nine million dollars). */
export function computeCost(record: ModelRecord | null, usage: UsageBuckets, onDate?: string): Cost {
  const prices = record && pricesOf(record, inputTokens(usage), onDate);
  if (!record || !prices) return { cost_nano_usd: null, assumed: [], exchange: null };
  const assumed: string[] = [];
  let quarterPico = BigInt(prices.per_request ?? 0) * COMMON_DENOMINATOR;
  for (const bucket of buckets) {
    const tokens = usage[bucket];
    if (tokens === 0) continue;
    const { own, otherwise } = pricing[bucket];
    const ownPrice = own === 'output' && usage.reasoning > 0 ? (prices.output_thinking ?? prices.output) : prices[own];
    if (ownPrice !== undefined) {
      quarterPico += BigInt(tokens) * BigInt(ownPrice) * COMMON_DENOMINATOR;
      continue;
    }
    const standIn = otherwise && prices[otherwise.price];
    if (!otherwise || standIn === undefined || standIn === null) {
      return { cost_nano_usd: null, assumed: [], exchange: record.exchange };
    }
    assumed.push(bucket);
    quarterPico += (BigInt(tokens) * BigInt(standIn) * otherwise.num * COMMON_DENOMINATOR) / otherwise.den;
  }
  const nano = divideHalfUp(quarterPico, PICO_PER_NANO * COMMON_DENOMINATOR);
  return { cost_nano_usd: toSafeNumber(nano), assumed, exchange: record.exchange };
}

/** What a call would cost at the newest prices, in nano-USD; null where a price is unknown. Takes whole tokens. */
export function estimateCost(record: ModelRecord, inTokens: number, outTokens: number): number | null {
  return computeCost(record, {
    input_uncached: inTokens,
    cache_read: 0,
    cache_write_5m: 0,
    cache_write_1h: 0,
    audio_in: 0,
    image_in: 0,
    output: outTokens,
    reasoning: 0,
    audio_out: 0,
  }).cost_nano_usd;
}
