/**
 * What an attempt costs: exact integers (BigInt) from usage to pico-USD, rounded once, half-up, to nano-USD.
 * Pure: the day is passed in.
 */
import { divideHalfUp, toSafeNumber } from './money.js';
import { inputTokens, noUsage } from '@skein/contracts/attempt';
import type { TokenBucket, UsageBuckets, UsageUnits } from '@skein/contracts/attempt';
import type { ExchangeRate, ModelRecord, PriceBuckets } from './model.js';
import type { BatchTerms } from './vendor-terms.js';

const PICO_PER_NANO = 1000n;
const MS_PER_HOUR = 3_600_000n;

type PricedBucket = Exclude<TokenBucket, 'reasoning'>;
type PriceName = keyof PriceBuckets;

interface Pricing {
  readonly own: Exclude<PriceName, 'output_thinking'>;
  /** What stands in for a missing own price: the base price times num/den. */
  readonly otherwise: { readonly price: 'input' | 'output'; readonly num: bigint; readonly den: bigint } | null;
  /** Whether the stand-in is what vendors charge, so that nothing was assumed. */
  readonly isUsual?: boolean;
}

/**
 * Which price each bucket takes, and what stands in where a model has none: cached input at the full input price,
 * cache writes at Anthropic's published multiples of it (1.25 for five minutes, 2 for an hour), audio as text.
 * Image tokens are input unless a vendor prices them apart.
 * `reasoning` is missing on purpose: it lies within output.
 */
const pricing: Record<PricedBucket, Pricing> = {
  input_uncached: { own: 'input', otherwise: null },
  image_in: { own: 'image_in', otherwise: { price: 'input', num: 1n, den: 1n }, isUsual: true },
  cache_read: { own: 'cache_read', otherwise: { price: 'input', num: 1n, den: 1n } },
  cache_write_5m: { own: 'cache_write_5m', otherwise: { price: 'input', num: 5n, den: 4n } },
  cache_write_1h: { own: 'cache_write_1h', otherwise: { price: 'input', num: 2n, den: 1n } },
  audio_in: { own: 'audio_in', otherwise: { price: 'input', num: 1n, den: 1n } },
  output: { own: 'output', otherwise: null },
  audio_out: { own: 'audio_out', otherwise: { price: 'output', num: 1n, den: 1n } },
};

/** Units beside tokens: the price each takes, and how many of the unit it is for. */
const unitPricing: Record<keyof UsageUnits, { readonly own: PriceName; readonly per: bigint }> = {
  audio_ms: { own: 'per_audio_hour', per: MS_PER_HOUR },
  characters: { own: 'per_character', per: 1n },
  searches: { own: 'per_search', per: 1n },
  images: { own: 'per_image', per: 1n },
};

const buckets = Object.keys(pricing) as readonly PricedBucket[];
const units = Object.keys(unitPricing) as readonly (keyof UsageUnits)[];

/** Everything is added up in this fraction of a pico-USD, so that only the end is rounded: quarters, hundredths, hours. */
const FRACTION = 4n * 100n * MS_PER_HOUR;

/** What changes the price of the same usage. */
export interface CostTerms {
  /** It ran through the vendor's batch API. */
  readonly batch?: boolean;
}

export interface Cost {
  /** null: the price is unknown. 0 is a price. */
  readonly cost_nano_usd: number | null;
  /** Buckets that had tokens but no price of their own, so that another price stood in; `batch` where no discount is known. */
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

/** The batch discount of a record on a day; null where its vendor has none, or had none yet. */
export function batchTermsOf({ batch }: Pick<ModelRecord, 'batch'>, onDate?: string): BatchTerms | null {
  const day = onDate?.slice(0, 10);
  return batch && (day === undefined || batch.from <= day) ? batch : null;
}

/**
 * Cost of recorded usage. A unit that was used and has no price makes the cost unknown only where no tokens were priced
 * either: vendors charge by one or by the other. Throws RangeError beyond 2^53 nano-USD (nine million dollars).
 */
export function computeCost(
  record: ModelRecord | null,
  usage: UsageBuckets,
  onDate?: string,
  terms: CostTerms = {},
): Cost {
  const prices = record && pricesOf(record, inputTokens(usage), onDate);
  if (!record || !prices) return { cost_nano_usd: null, assumed: [], exchange: null };
  const unknown: Cost = { cost_nano_usd: null, assumed: [], exchange: record.exchange };
  const batch = terms.batch ? batchTermsOf(record, onDate) : null;
  const assumed: string[] = [];
  let total = 0n;
  const add = (amount: number, price: number, name: PriceName, num = 1n, den = 1n): void => {
    total += (BigInt(amount) * BigInt(price) * num * shareOf(batch, name) * (FRACTION / 100n)) / den;
  };

  if (prices.per_request !== undefined) add(1, prices.per_request, 'per_request');
  for (const bucket of buckets) {
    const tokens = usage[bucket];
    if (tokens === 0) continue;
    const { own, otherwise, isUsual } = pricing[bucket];
    const ownPrice = own === 'output' && usage.reasoning > 0 ? (prices.output_thinking ?? prices.output) : prices[own];
    if (ownPrice !== undefined) {
      add(tokens, ownPrice, own);
      continue;
    }
    const standIn = otherwise && prices[otherwise.price];
    if (otherwise && standIn !== undefined && standIn !== null) {
      if (!isUsual) assumed.push(bucket);
      add(tokens, standIn, own, otherwise.num, otherwise.den);
    } else if (!isPricedByUnit(prices, usage.units)) return unknown;
  }
  for (const unit of units) {
    const amount = usage.units?.[unit] ?? 0;
    const { own, per } = unitPricing[unit];
    const price = prices[own];
    if (amount === 0) continue;
    if (price !== undefined) add(amount, price, own, 1n, per);
    else if (prices.input === undefined && prices.output === undefined) return unknown;
  }
  if (terms.batch && !batch) assumed.push('batch');
  return {
    cost_nano_usd: toSafeNumber(divideHalfUp(total, PICO_PER_NANO * FRACTION)),
    assumed,
    exchange: record.exchange,
  };
}

/** Per cent of a price that is charged. */
function shareOf(batch: BatchTerms | null, name: PriceName): bigint {
  if (!batch || batch.full_price.some((full) => full === name)) return 100n;
  return BigInt(100 - batch.percent_off);
}

/** A vendor that charges by the second or character may tell tokens too, which then cost nothing. */
function isPricedByUnit(prices: PriceBuckets, used: UsageUnits | undefined): boolean {
  return units.some((unit) => (used?.[unit] ?? 0) > 0 && prices[unitPricing[unit].own] !== undefined);
}

/** What a call would cost at the newest prices, in nano-USD; null where a price is unknown. Takes whole tokens. */
export function estimateCost(record: ModelRecord, inTokens: number, outTokens: number): number | null {
  const prices = pricesOf(record, inTokens);
  if (!prices) return null;
  const { input, output, per_request = 0 } = prices;
  if ((inTokens > 0 && input === undefined) || (outTokens > 0 && output === undefined)) return null;
  const pico = inTokens * (input ?? 0) + outTokens * (output ?? 0) + per_request;
  // Asked for each candidate of each request: numbers do, as long as they are exact.
  if (Number.isSafeInteger(pico + 500)) return (pico + 500 - ((pico + 500) % 1000)) / 1000;
  return computeCost(record, { ...noUsage, input_uncached: inTokens, output: outTokens }).cost_nano_usd;
}
