import { z } from 'zod';
import { caller } from '../attempt/attempt-facts.js';
import { rpc, rpcWithBody } from '../make/makers.js';
import { attemptSummary } from '../orchestrator/complete.js';

/** Most requests of one batch at a vendor: what one message can carry there and back. */
export const VENDOR_BATCH_MAX = 500;

/** Vendors whose batch API our workers speak. */
export const batchVendors = ['openai', 'groq', 'anthropic', 'google', 'mistral'] as const;
export type BatchVendor = (typeof batchVendors)[number];

/** One request of a batch at a vendor; its body is the one at its place in the JSON array beside. */
export const vendorBatchItem = z.object({ attempt_id: z.string(), request_id: z.string(), caller });
export type VendorBatchItem = z.infer<typeof vendorBatchItem>;

const batchOf = z.object({
  /** Our own id of it, by which it is found again when nobody lived to note the vendor's. */
  mark: z.string(),
  model: z.string(),
  items: z.array(vendorBatchItem).min(1).max(VENDOR_BATCH_MAX),
});

export const vendorBatchStates = ['running', 'ended', 'failed', 'unknown'] as const;

/** What came of one request, as its line is written down. */
export const vendorBatchResult = z.object({
  attempt: attemptSummary,
  /** The canonical answer; null where there is none. */
  body: z.unknown().nullable(),
});
export type VendorBatchResult = z.infer<typeof vendorBatchResult>;

/** One value per vendor, however often it is asked for. */
const perVendor = <Contract>(make: (vendor: string) => Contract): ((vendor: string) => Contract) => {
  const made = new Map<string, Contract>();
  return (vendor) => {
    let contract = made.get(vendor);
    if (contract === undefined) made.set(vendor, (contract = make(vendor)));
    return contract;
  };
};

/** Gives requests to a vendor's own batch API. Their starts are stated before, so that no call is unknown. */
export const submitVendorBatchAt = perVendor((vendor) =>
  rpcWithBody({
    subject: `skein.rpc.provider.${vendor}.submit_batch.v1`,
    request: batchOf,
    reply: z.object({ vendor_batch_id: z.string() }),
    errors: ['invalid_request', 'vendor_failed', 'unavailable'],
    deadlineMs: 120_000,
  }),
);

/** Which batch is asked after. */
export const vendorBatchLook = z.object({
  mark: z.string(),
  vendor_batch_id: z.string().nullable(),
  /** By these it is known where a vendor keeps no mark; needed without its id alone. */
  attempt_ids: z.array(z.string()).max(VENDOR_BATCH_MAX),
  /** When it was written down, before the vendor was told; milliseconds since the epoch. */
  submitted_at: z.int(),
});
export type VendorBatchLook = z.infer<typeof vendorBatchLook>;

/**
 * How a batch stands at the vendor; without its id there, it is looked for. `unknown`: the vendor has none. `running` without
 * an id: the vendor keeps no marks, and has one under way that may be it.
 */
export const lookAtVendorBatchAt = perVendor((vendor) =>
  rpc({
    subject: `skein.rpc.provider.${vendor}.look_at_batch.v1`,
    request: vendorBatchLook,
    reply: z.object({ state: z.enum(vendorBatchStates), vendor_batch_id: z.string().nullable() }),
    errors: ['vendor_failed', 'unavailable'],
    deadlineMs: 60_000,
  }),
);

/** Fetches what an ended batch came to, and states what each request used, at the batch price, before it replies. */
export const collectVendorBatchAt = perVendor((vendor) =>
  rpcWithBody({
    subject: `skein.rpc.provider.${vendor}.collect_batch.v1`,
    request: batchOf.extend({ vendor_batch_id: z.string() }),
    /** Requests that the vendor did not come to are missing. */
    reply: z.object({ results: z.array(vendorBatchResult) }),
    errors: ['vendor_failed', 'vendor_malformed', 'unavailable'],
    deadlineMs: 300_000,
  }),
);

/** Asks the vendor to stop. What it has done by then is still to be collected. */
export const cancelVendorBatchAt = perVendor((vendor) =>
  rpc({
    subject: `skein.rpc.provider.${vendor}.cancel_batch.v1`,
    request: z.object({ vendor_batch_id: z.string() }),
    reply: z.object({}),
    errors: ['vendor_failed', 'unavailable'],
    deadlineMs: 60_000,
  }),
);
