/**
 * The hand-kept part of the catalogue, laid over the generated rows: quality, models and prices no source has,
 * corrections, currencies. Pure: rows and overlay in, records out. Every mistake throws when the catalogue is built.
 */
import { z } from 'zod';
import { inDollars, picoBuckets } from './currency.js';
import { CAPABILITIES, modelCorrectionSchema, modelRowSchema } from './model.js';
import { bareName, nameKey } from './names.js';
import { CATALOG_TASKS } from './tasks.js';
import { batchOf, unknownTerms, vendorTermsSchema } from './vendor-terms.js';
import { isVendorId } from './vendors.js';
import type {
  Capability,
  ExchangeRate,
  ModelRecord,
  ModelRow,
  PriceBuckets,
  PriceList,
  PricePeriod,
  QualityEvidence,
} from './model.js';
import type { TermsByVendor, VendorTerms, VendorTermsRow } from './vendor-terms.js';
import type { VendorId } from './vendor.js';
import type { CatalogTask } from './tasks.js';

const date = z.iso.date();
const decimal = z.string().regex(/^\d+(\.\d+)?$/);
const moneyBuckets = z.strictObject({
  input: decimal,
  cache_read: decimal.optional(),
  output: decimal,
});
const foreignPeriod = z.strictObject({
  per: z.enum(['million', 'thousand']).default('million'),
  from: date.nullable(),
  base: moneyBuckets,
  tiers: z.array(z.strictObject({ over_tokens: z.int().positive(), prices: moneyBuckets })).default([]),
});

export const overlaySchema = z.strictObject({
  /** Rows that no source has. Prices in USD are pico-USD in `prices`; in another currency per million or thousand tokens. */
  models: z.array(
    modelRowSchema.extend({
      foreign_prices: foreignPeriod.extend({ currency: z.string() }).optional(),
    }),
  ),
  /** What a vendor asks of accounts that it bills in another currency. */
  price_lists: z
    .array(foreignPeriod.extend({ id: z.string(), currency: z.string(), source: z.string(), date }))
    .default([]),
  /** Floating name → the dated one it was last seen to mean. */
  pins: z.array(z.strictObject({ id: z.string(), pin: z.string(), source: z.string(), date })).default([]),
  terms: z.array(vendorTermsSchema).default([]),
  /** Fields of generated rows that a source states wrongly or not at all. */
  corrections: z.array(
    z.strictObject({
      id: z.string(),
      set: modelCorrectionSchema,
      why: z.string(),
    }),
  ),
  /** What writing an hour's cache costs as a multiple of input, where a vendor publishes it so. */
  hour_cache: z.array(
    z.strictObject({ vendor: z.string(), times_input: z.int().positive(), source: z.string(), date }),
  ),
  /** OpenAI models that only the Responses API serves. */
  responses_only: z.array(z.string()),
  currencies: z.array(z.strictObject({ currency: z.string(), per_usd: decimal, date, source: z.string() })),
  /** Quality by model name, whoever serves it. */
  quality: z.array(
    z.strictObject({
      names: z.array(z.string()).min(1),
      overall: z.strictObject({ score: z.number().min(0).max(10), source: z.string(), date }).optional(),
      measured: z
        .array(
          z.strictObject({
            task: z.enum(CATALOG_TASKS),
            benchmark: z.string(),
            percent: z.number().min(0).max(100),
            source: z.string(),
            date,
          }),
        )
        .default([]),
    }),
  ),
});

export type Overlay = z.infer<typeof overlaySchema>;

/**
 * A benchmark's per cent as a score of 10: ten times the square root of the share, to one decimal. The root spreads the
 * models apart where hard benchmarks leave the small ones near zero, and keeps their order.
 */
export function scoreOfPercent(percent: number): number {
  return Math.round(Math.sqrt(percent / 100) * 100) / 10;
}

/** Generated rows and overlay as records, sorted by id. Throws on a duplicate, a dangling id or an unknown vendor. */
export function layOver(rows: readonly ModelRow[], overlay: Overlay): ModelRecord[] {
  const byId = new Map<string, ModelRow>();
  const foreignPrices = new Map<string, Pick<ModelRecord, 'exchange' | 'stated_prices'>>();
  for (const row of rows) addOnce(byId, row);
  for (const { foreign_prices: foreign, ...row } of overlay.models) {
    if (!foreign) {
      addOnce(byId, row);
      continue;
    }
    const rate = rateOf(overlay, foreign.currency, idOf(row));
    const stated = [statedPeriod(foreign)];
    addOnce(byId, { ...row, prices: inDollars(stated, rate) });
    foreignPrices.set(idOf(row), { exchange: rate, stated_prices: stated });
  }
  for (const { id, set } of overlay.corrections) byId.set(id, { ...existing(byId, id), ...set });
  for (const id of overlay.responses_only) {
    const row = existing(byId, id);
    byId.set(id, { ...row, cannot: [...row.cannot, 'chat_completions'] });
  }
  const quality = qualityByKey(overlay);
  const hourCache = new Map(overlay.hour_cache.map(({ vendor, times_input }) => [vendor, times_input]));
  const lists = priceListsById(overlay, byId);
  const pins = new Map(overlay.pins.map(({ id, pin }) => [existing(byId, id) && id, pin]));
  const terms = new Map(overlay.terms.map((row) => [row.vendor, row]));
  return [...byId.values()]
    .map((row) => withPinsPrices(row, byId.get(`${row.vendor}/${pins.get(idOf(row)) ?? ''}`)))
    .map((row) => withHourCache(row, hourCache.get(row.vendor)))
    .map((row) =>
      recordOf(row, quality.get(qualityKey(row.model)), {
        ...(foreignPrices.get(idOf(row)) ?? { exchange: null, stated_prices: null }),
        price_lists: lists.get(idOf(row)) ?? {},
        pin: pins.get(idOf(row)) ?? null,
        ...termsForModel(terms.get(row.vendor), row.model),
      }),
    )
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** The terms of each vendor, for models that the catalogue lacks. Throws on an unknown vendor and on one stated twice. */
export function termsOf(overlay: Overlay): TermsByVendor {
  const byVendor = new Map<VendorId, VendorTerms>();
  for (const row of overlay.terms) {
    if (!isVendorId(row.vendor)) throw new Error(`terms of ${row.vendor}: unknown vendor`);
    if (byVendor.has(row.vendor)) throw new Error(`terms of ${row.vendor} are stated twice`);
    byVendor.set(row.vendor, { ...termsForModel(row, ''), batch: null });
  }
  return byVendor;
}

function termsForModel(row: VendorTermsRow | undefined, model: string): VendorTerms {
  if (!row) return unknownTerms;
  return {
    compliance: row.compliance.map((evidence) => ({ ...evidence, agreed: false })),
    regions: row.regions?.served_in ?? null,
    batch: batchOf(row, model),
    channel: { kind: row.channel, price_factor: '1' },
  };
}

function statedPeriod({ per: unit, from, base, tiers }: z.infer<typeof foreignPeriod>): PricePeriod {
  return {
    from,
    base: picoBuckets(base, unit),
    tiers: tiers.map((tier) => ({ ...tier, prices: picoBuckets(tier.prices, unit) })),
  };
}

function rateOf(overlay: Overlay, currency: string, id: string): ExchangeRate {
  const rate = overlay.currencies.find((one) => one.currency === currency);
  if (!rate) throw new Error(`${id}: no exchange rate for ${currency}`);
  return rate;
}

function priceListsById(overlay: Overlay, byId: Map<string, ModelRow>): Map<string, Record<string, PriceList>> {
  const lists = new Map<string, Record<string, PriceList>>();
  for (const { id, currency, source, date: on, ...foreign } of overlay.price_lists) {
    existing(byId, id);
    const exchange = rateOf(overlay, currency, id);
    lists.set(id, { ...lists.get(id), [currency]: { stated: [statedPeriod(foreign)], exchange, source, date: on } });
  }
  return lists;
}

function recordOf(
  row: ModelRow,
  evidence: readonly QualityEvidence[] = [],
  rest: Pick<ModelRecord, 'exchange' | 'stated_prices' | 'price_lists' | 'pin'> & VendorTerms,
): ModelRecord {
  if (!isVendorId(row.vendor)) throw new Error(`${idOf(row)}: unknown vendor`);
  const byTask: Partial<Record<CatalogTask, number>> = {};
  for (const { task, score } of evidence) if (task !== 'overall') byTask[task] = score;
  return {
    id: idOf(row),
    vendor: row.vendor,
    model: row.model,
    kind: row.kind,
    status: row.status,
    context_window: row.context_window,
    max_output_tokens: row.max_output_tokens,
    capabilities: capabilitiesOf(row),
    quality: evidence.find(({ task }) => task === 'overall')?.score ?? null,
    quality_by_task: byTask,
    quality_evidence: evidence,
    prices: row.prices,
    price_source: row.price_source,
    price_date: row.price_date,
    ...rest,
    served_as: row.served_as,
  };
}

/** A floating name costs what it means: sources are late to notice that it moved. */
function withPinsPrices(row: ModelRow, pinned: ModelRow | undefined): ModelRow {
  if (!pinned || pinned.prices.length === 0) return row;
  const { prices, price_source, price_date } = pinned;
  return { ...row, prices, price_source, price_date };
}

/** Adds the hour's write price wherever the row has one for five minutes. */
function withHourCache(row: ModelRow, timesInput: number | undefined): ModelRow {
  if (timesInput === undefined) return row;
  const widened = (prices: PriceBuckets): PriceBuckets =>
    prices.cache_write_5m === undefined || prices.input === undefined
      ? prices
      : { ...prices, cache_write_1h: prices.input * timesInput };
  return {
    ...row,
    prices: row.prices.map((period) => ({
      ...period,
      base: widened(period.base),
      tiers: period.tiers.map((tier) => ({ ...tier, prices: widened(tier.prices) })),
    })),
  };
}

function capabilitiesOf(row: ModelRow): Record<Capability, boolean | null> {
  // That a model chats is its kind; the overlay names the few that chat elsewhere only.
  const can: readonly Capability[] = row.kind === 'chat' ? [...row.can, 'chat_completions'] : row.can;
  const answer = (capability: Capability) =>
    row.cannot.includes(capability) ? false : can.includes(capability) ? true : null;
  const capabilities = Object.fromEntries(CAPABILITIES.map((name) => [name, answer(name)]));
  return capabilities as Record<Capability, boolean | null>;
}

function qualityByKey(overlay: Overlay): Map<string, QualityEvidence[]> {
  const byKey = new Map<string, QualityEvidence[]>();
  for (const { names, overall, measured } of overlay.quality) {
    const evidence: QualityEvidence[] = measured.map(({ task, benchmark, percent, source, date: on }) => ({
      task,
      basis: 'measured',
      score: scoreOfPercent(percent),
      benchmark,
      measured: percent,
      source,
      date: on,
    }));
    if (overall) evidence.unshift({ task: 'overall', basis: 'estimated', benchmark: null, measured: null, ...overall });
    for (const name of names) {
      if (byKey.has(nameKey(name))) throw new Error(`quality of ${name} is stated twice`);
      byKey.set(nameKey(name), evidence);
    }
  }
  return byKey;
}

/** Hosts prefix a maker and append a variant: quality goes with the last segment of the name. */
function qualityKey(model: string): string {
  return nameKey(bareName(model));
}

function idOf(row: Pick<ModelRow, 'vendor' | 'model'>): string {
  return `${row.vendor}/${row.model}`;
}

function addOnce(byId: Map<string, ModelRow>, row: ModelRow): void {
  if (byId.has(idOf(row))) throw new Error(`${idOf(row)} is stated twice`);
  byId.set(idOf(row), row);
}

function existing(byId: Map<string, ModelRow>, id: string): ModelRow {
  const row = byId.get(id);
  if (!row) throw new Error(`the overlay speaks of ${id}, which the catalogue does not have`);
  return row;
}
