/** Prices as vendors state them, in their currency and per their number of tokens, as pico-USD per token. Pure. */
import { divideHalfUp, scaleDecimal, toSafeNumber } from './money.js';
import type { StatedPrice } from '@skein/contracts/router';
import type { ExchangeRate, PriceBuckets, PricePeriod } from './model.js';

const FACTOR_PLACES = 12;
const RATE_PLACES = 6;

/** Decimal places from a price per so many tokens to 10⁻¹² of the currency per token. */
const PLACES: Record<StatedPrice['per'], number> = { million: 6, thousand: 9 };

const TOKEN_BUCKETS = [
  'input',
  'output',
  'cache_read',
  'cache_write_5m',
  'cache_write_1h',
  'audio_in',
  'audio_out',
] as const satisfies readonly (keyof PriceBuckets & keyof StatedPrice)[];

/** The rate of dollars themselves. */
export const DOLLARS: ExchangeRate = Object.freeze({
  currency: 'USD',
  per_usd: '1',
  date: '1970-01-01',
  source: 'USD',
});

/**
 * Buckets of a stated price as 10⁻¹² of its currency per token. Throws RangeError on what is not a decimal, and on what is
 * not a whole number of them: nothing is lost before the conversion.
 */
export function picoBuckets(
  stated: Partial<Pick<StatedPrice, (typeof TOKEN_BUCKETS)[number]>>,
  per: StatedPrice['per'],
): PriceBuckets {
  const buckets: PriceBuckets = {};
  for (const bucket of TOKEN_BUCKETS) {
    const price = stated[bucket];
    if (price === undefined) continue;
    const { value, exact } = scaleDecimal(price, PLACES[per]);
    if (!exact) throw new RangeError(`${price} per ${per} tokens is finer than prices are kept`);
    buckets[bucket] = toSafeNumber(value);
  }
  return buckets;
}

/** Prices in a currency as pico-USD, each rounded half-up once. */
export function inDollars(stated: readonly PricePeriod[], { per_usd: perUsd }: ExchangeRate): PricePeriod[] {
  const divisor = scaleDecimal(perUsd, RATE_PLACES).value;
  return mapPrices(stated, (price) => divideHalfUp(BigInt(price) * 10n ** BigInt(RATE_PLACES), divisor));
}

/** Prices times a decimal factor, each rounded half-up once. */
export function timesFactor(prices: readonly PricePeriod[], factor: string): PricePeriod[] {
  const { value } = scaleDecimal(factor, FACTOR_PLACES);
  return mapPrices(prices, (price) => divideHalfUp(BigInt(price) * value, 10n ** BigInt(FACTOR_PLACES)));
}

function mapPrices(prices: readonly PricePeriod[], change: (price: number) => bigint): PricePeriod[] {
  const changed = (buckets: PriceBuckets): PriceBuckets =>
    Object.fromEntries(Object.entries(buckets).map(([bucket, price]) => [bucket, toSafeNumber(change(price))]));
  return prices.map(({ from, base, tiers }) => ({
    from,
    base: changed(base),
    tiers: tiers.map((tier) => ({ over_tokens: tier.over_tokens, prices: changed(tier.prices) })),
  }));
}
