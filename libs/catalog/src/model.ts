/**
 * The shape of a model record. `null` always means unknown, never "no" and never 0.
 * Prices are integer pico-USD per token ($1 per million tokens = 1,000,000); those that begin with `per_` are integer
 * pico-USD per what their name says.
 */
import { z } from 'zod';
import { modelKinds } from '@skein/contracts/router';
import type { BatchTerms, ChannelTerms, ComplianceTerm } from './vendor-terms.js';
import type { CatalogTask } from './tasks.js';
import type { VendorId } from './vendor.js';

export const CAPABILITIES = [
  'tools',
  'vision',
  'audio_in',
  'video_in',
  'documents',
  'json_schema',
  'reasoning',
  'temperature',
  'chat_completions',
] as const;

export type Capability = (typeof CAPABILITIES)[number];

const price = z.int().nonnegative();
const date = z.iso.date();

export const priceBucketsSchema = z.strictObject({
  input: price.optional(),
  cache_read: price.optional(),
  cache_write_5m: price.optional(),
  cache_write_1h: price.optional(),
  audio_in: price.optional(),
  image_in: price.optional(),
  output: price.optional(),
  /** All output of an attempt that reasoned, where the vendor charges thinking mode at another price. */
  output_thinking: price.optional(),
  audio_out: price.optional(),
  per_request: price.optional(),
  /** Of audio read; by the hour, because vendors' prices per hour are no whole number of pico-USD a second. */
  per_audio_hour: price.optional(),
  per_character: price.optional(),
  per_search: price.optional(),
  per_image: price.optional(),
});

/** Pico-USD by bucket; a bucket that is absent has no price of its own. */
export type PriceBuckets = z.infer<typeof priceBucketsSchema>;

export const pricePeriodSchema = z.strictObject({
  /** First day of validity (UTC); null: since ever. */
  from: date.nullable(),
  base: priceBucketsSchema,
  /** Once an attempt's input exceeds `over_tokens`, all its tokens cost these prices. Ascending. */
  tiers: z.array(z.strictObject({ over_tokens: z.int().positive(), prices: priceBucketsSchema })).default([]),
});

export type PricePeriod = z.infer<typeof pricePeriodSchema>;

/** What may be stated of a model, and corrected by the overlay. */
const statements = {
  /** What it is for, and so the endpoint that serves it. */
  kind: z.enum(modelKinds),
  status: z.enum(['active', 'deprecated', 'unknown']),
  context_window: z.int().positive().nullable(),
  max_output_tokens: z.int().positive().nullable(),
  can: z.array(z.enum(CAPABILITIES)),
  cannot: z.array(z.enum(CAPABILITIES)),
  /** Ascending by date; empty: price unknown. */
  prices: z.array(pricePeriodSchema),
  price_source: z.string().nullable(),
  price_date: date.nullable(),
  /** Other names by which the vendor serves this very model at this price. */
  served_as: z.array(z.string()),
};

export const modelCorrectionSchema = z.strictObject(statements).partial();

/** A model as the data files hold it. */
export const modelRowSchema = z.strictObject({
  vendor: z.string(),
  model: z.string().min(1),
  ...statements,
  context_window: statements.context_window.default(null),
  max_output_tokens: statements.max_output_tokens.default(null),
  can: statements.can.default([]),
  cannot: statements.cannot.default([]),
  prices: statements.prices.default([]),
  price_source: statements.price_source.default(null),
  price_date: statements.price_date.default(null),
  served_as: statements.served_as.default([]),
});

export type ModelRow = z.infer<typeof modelRowSchema>;

/** What stands behind a quality score: a benchmark's published figure, or an estimate that says so. */
export interface QualityEvidence {
  readonly task: CatalogTask | 'overall';
  readonly basis: 'measured' | 'estimated';
  readonly score: number;
  readonly benchmark: string | null;
  /** Per cent, as published; null for an estimate. */
  readonly measured: number | null;
  readonly source: string;
  readonly date: string;
}

/** The dated rate by which a price in another currency became USD. */
export interface ExchangeRate {
  readonly currency: string;
  /** Units of the currency per USD, decimal. */
  readonly per_usd: string;
  readonly date: string;
  readonly source: string;
}

/** The same model's prices as its vendor states them in another currency, for accounts that are billed in it. */
export interface PriceList {
  /** In 10⁻¹² of the currency per token. */
  readonly stated: readonly PricePeriod[];
  readonly exchange: ExchangeRate;
  readonly source: string;
  readonly date: string;
}

export interface ModelRecord {
  /** `vendor/model`. */
  readonly id: string;
  readonly vendor: VendorId;
  readonly model: string;
  readonly kind: ModelRow['kind'];
  /** `unknown`: a source prices it, none says whether it is still served. */
  readonly status: 'active' | 'deprecated' | 'unknown';
  readonly context_window: number | null;
  readonly max_output_tokens: number | null;
  readonly capabilities: Readonly<Record<Capability, boolean | null>>;
  /** 0–10 over all tasks. */
  readonly quality: number | null;
  /** 0–10 by task, only where measured. */
  readonly quality_by_task: Readonly<Partial<Record<CatalogTask, number>>>;
  readonly quality_evidence: readonly QualityEvidence[];
  readonly prices: readonly PricePeriod[];
  readonly price_source: string | null;
  readonly price_date: string | null;
  readonly exchange: ExchangeRate | null;
  /** What `prices` were converted from by `exchange`, in 10⁻¹² of its currency per token; null where they are stated in USD. */
  readonly stated_prices: readonly PricePeriod[] | null;
  /** By currency. */
  readonly price_lists: Readonly<Record<string, PriceList>>;
  readonly batch: BatchTerms | null;
  readonly channel: ChannelTerms;
  /** Where it is served, as the operator of the deployment or the vendor says; null: unknown. */
  readonly regions: readonly string[] | null;
  readonly compliance: readonly ComplianceTerm[];
  /** The dated name that a floating name means; null where the name floats unknown, or not at all. */
  readonly pin: string | null;
  readonly served_as: readonly string[];
}
