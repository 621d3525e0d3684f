/**
 * On which terms a vendor serves: compliance with its evidence, regions, batch discount, channel. Hand-kept, because no
 * price list has them. What is not stated is unknown, and unknown satisfies no demand.
 */
import { z } from 'zod';
import { complianceEvidence } from '@skein/contracts/router';
import type { ComplianceEvidence } from '@skein/contracts/router';
import type { VendorId } from './vendor.js';

const date = z.iso.date();

/** Buckets that a discount can leave at their full price. */
export const DISCOUNTABLE = ['cache_read', 'cache_write_5m', 'cache_write_1h', 'per_request'] as const;

export const batchTermsSchema = z.strictObject({
  percent_off: z.int().min(1).max(99),
  /** Where discounts do not add up, the other one holds. */
  full_price: z.array(z.enum(DISCOUNTABLE)),
  from: date,
  evidence: z.url(),
  date,
});

/** What the vendor's own batch API costs less. */
export type BatchTerms = z.infer<typeof batchTermsSchema>;

export interface ChannelTerms {
  readonly kind: 'direct' | 'reseller';
  /** Decimal by which a price list was multiplied to give the prices of the record. */
  readonly price_factor: string;
}

/** A tag with its evidence; `agreed`: the operator says that the agreement it needs is in force. */
export interface ComplianceTerm extends ComplianceEvidence {
  readonly agreed: boolean;
}

export interface VendorTerms {
  readonly compliance: readonly ComplianceTerm[];
  /** null: unknown. */
  readonly regions: readonly string[] | null;
  readonly batch: BatchTerms | null;
  readonly channel: ChannelTerms;
}

export const vendorTermsSchema = z.strictObject({
  vendor: z.string(),
  compliance: z.array(complianceEvidence).default([]),
  regions: z.strictObject({ served_in: z.array(z.string().min(1)).min(1), evidence: z.url(), date }).optional(),
  batch: batchTermsSchema
    .extend({
      /** Models, by the beginning of their name, that the vendor's batch API does not take. */
      except: z.array(z.string()).default([]),
      /** Only models that begin so; left out: all but the exceptions. */
      only: z.array(z.string()).optional(),
    })
    .optional(),
  channel: z.enum(['direct', 'reseller']).default('direct'),
});

export type VendorTermsRow = z.infer<typeof vendorTermsSchema>;

/** Where nothing is stated of a vendor. */
export const unknownTerms: VendorTerms = Object.freeze({
  compliance: Object.freeze([]),
  regions: null,
  batch: null,
  channel: Object.freeze({ kind: 'direct' as const, price_factor: '1' }),
});

/** Terms by vendor, for models that the catalogue lacks too. */
export type TermsByVendor = ReadonlyMap<VendorId, VendorTerms>;

/** Whether a tag is known to hold: by evidence, and by an agreement where it takes one. Unknown is no. */
export function complies({ compliance }: Pick<VendorTerms, 'compliance'>, tag: ComplianceEvidence['tag']): boolean {
  return compliance.some((term) => term.tag === tag && (term.holds === 'always' || term.agreed));
}

/**
 * Whether a model is known to be served in a region: `eu` is satisfied by `eu` and by `eu-west-1`, `eu-west-1` only by
 * itself. Every place it may run in must lie there; unknown is no.
 */
export function servesRegion({ regions }: Pick<VendorTerms, 'regions'>, region: string): boolean {
  const wanted = region.toLowerCase();
  if (regions === null || regions.length === 0) return false;
  return regions.every((place) => {
    const at = place.toLowerCase();
    return at === wanted || at.startsWith(`${wanted}-`);
  });
}

/** The part of a vendor's batch terms that holds for one of its models. */
export function batchOf({ batch }: VendorTermsRow, model: string): BatchTerms | null {
  if (!batch) return null;
  const { except, only, ...terms } = batch;
  if (except.some((beginning) => model.startsWith(beginning))) return null;
  return only && !only.some((beginning) => model.startsWith(beginning)) ? null : terms;
}
