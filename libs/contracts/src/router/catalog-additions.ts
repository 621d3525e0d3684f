import { z } from 'zod';
import { complianceTags } from '../gateway/metadata.js';

const decimal = z.string().regex(/^\d+(\.\d+)?$/, 'must be a decimal in quotes');
const date = z.iso.date();

/** What a model of the catalogue is for: the endpoint that serves it. */
export const modelKinds = ['chat', 'embedding', 'transcription', 'speech', 'moderation', 'rerank', 'image'] as const;
export type ModelKind = (typeof modelKinds)[number];

/** Money per `per` tokens in `currency`, as a vendor's price list states it. */
export const statedPrice = z.strictObject({
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/)
    .default('USD'),
  per: z.enum(['million', 'thousand']).default('million'),
  /** First day of validity (UTC); null: since ever. */
  from: date.nullable().default(null),
  input: decimal,
  output: decimal.optional(),
  cache_read: decimal.optional(),
  cache_write_5m: decimal.optional(),
  cache_write_1h: decimal.optional(),
  audio_in: decimal.optional(),
  audio_out: decimal.optional(),
});
export type StatedPrice = z.infer<typeof statedPrice>;

/** Evidence behind a compliance tag. `by_agreement`: it holds once the operator has that agreement with the vendor. */
export const complianceEvidence = z.strictObject({
  tag: z.enum(complianceTags),
  holds: z.enum(['always', 'by_agreement']).default('always'),
  evidence: z.url(),
  date,
});
export type ComplianceEvidence = z.infer<typeof complianceEvidence>;

/** A model the release does not know, or knows otherwise: what is left out comes from `like`, else from the record of that id, else is unknown. */
export const addedModel = z.strictObject({
  /** `vendor/model`. */
  id: z.string().regex(/^[a-z]+\/.+$/, 'must be vendor/model'),
  like: z.string().optional(),
  kind: z.enum(modelKinds).optional(),
  context_window: z.int().positive().optional(),
  max_output_tokens: z.int().positive().optional(),
  can: z.array(z.string()).optional(),
  cannot: z.array(z.string()).optional(),
  /** 0–10. */
  quality: z.number().gt(0).max(10).optional(),
  quality_by_task: z.record(z.string(), z.number().gt(0).max(10)).optional(),
  /** Ascending by `from`. */
  prices: z.array(statedPrice).min(1).optional(),
  regions: z.array(z.string().min(1)).optional(),
  compliance: z.array(complianceEvidence).optional(),
  /** The dated name under which it is called. */
  pin: z.string().min(1).optional(),
});
export type AddedModel = z.infer<typeof addedModel>;

/** What an operator knows better than the release: laid over the catalogue of every process as soon as it is applied. */
export const catalogAdditions = z.strictObject({
  models: z.array(addedModel).default([]),
  /** By vendor: whose price list holds there, and the decimal by which it is multiplied (`"0.7"`: 30 % less). */
  channels: z
    .record(z.string(), z.strictObject({ kind: z.enum(['direct', 'reseller']), price_factor: decimal }))
    .default({}),
  /** By vendor: the currency it bills in, where it has a price list in that currency. */
  bills_in: z.record(z.string(), z.string()).default({}),
  /** By vendor: agreements the operator has, for tags that hold `by_agreement`. */
  agreements: z.record(z.string(), z.array(z.enum(complianceTags))).default({}),
  /** By vendor: where its deployments of this mesh run. */
  regions: z.record(z.string(), z.array(z.string().min(1))).default({}),
  /** By currency: the rate that replaces the release's. */
  currencies: z.record(z.string(), z.strictObject({ per_usd: decimal, date, source: z.string().min(1) })).default({}),
});
export type CatalogAdditions = z.infer<typeof catalogAdditions>;
