import { z } from 'zod';
import { caller } from '../attempt/attempt-facts.js';
import { job, rpc } from '../make/makers.js';

/** Most lines of a batch. */
export const BATCH_MAX_LINES = 100_000;

export const batchStatuses = [
  'validating',
  'in_progress',
  'finalizing',
  'completed',
  'failed',
  'expired',
  'cancelling',
  'cancelled',
] as const;
export type BatchStatus = (typeof batchStatuses)[number];

/** What a line asks for; the line's `url` must be its batch's. */
export const batchEndpoints = ['/v1/chat/completions', '/v1/responses', '/v1/embeddings', '/v1/moderations'] as const;

/** Whose client will read the results: the shape of answers and errors in them. */
export const batchDialects = ['openai', 'anthropic'] as const;
export type BatchDialect = (typeof batchDialects)[number];

/**
 * How lines are run. `realtime`: one by one, as any request · `vendor`: by the vendor's own batch API, at its batch price,
 * as long as the window allows · `merge`: many short, alike lines as one call, where the policy allows it · `auto`: by the
 * vendor where that saves money, else merged where the policy says so of `auto`, else in real time.
 */
export const batchLanes = ['realtime', 'vendor', 'merge', 'auto'] as const;
export type BatchLane = (typeof batchLanes)[number];

export const batchLineError = z.object({
  code: z.string(),
  message: z.string(),
  param: z.string().nullable(),
  /** From 1. */
  line: z.int().nullable(),
});
export type BatchLineError = z.infer<typeof batchLineError>;

export const batchView = z.object({
  id: z.string(),
  dialect: z.enum(batchDialects),
  endpoint: z.enum(batchEndpoints),
  lane: z.enum(batchLanes),
  status: z.enum(batchStatuses),
  /** Why it failed before any line was run. */
  errors: z.array(batchLineError),
  input_file_id: z.string(),
  output_file_id: z.string().nullable(),
  error_file_id: z.string().nullable(),
  completion_window: z.string(),
  metadata: z.record(z.string(), z.string()),
  counts: z.object({
    total: z.int(),
    succeeded: z.int(),
    failed: z.int(),
    cancelled: z.int(),
    expired: z.int(),
  }),
  /** Sum over the known attempts of its lines, nano-USD. */
  cost_nano_usd: z.int().nonnegative(),
  /** What merging did for its lines; null where none was merged. */
  merged: z
    .object({
      calls: z.int(),
      /** Lines that were in such a call. */
      lines: z.int(),
      /** Of these, those that had to be run alone after all. */
      redone: z.int(),
      /** What these lines have cost, whatever ran them, nano-USD. */
      cost_nano_usd: z.int().nonnegative(),
      /** What they would have cost one by one, as estimated from their prompts and answers, nano-USD. */
      alone_nano_usd: z.int().nonnegative(),
    })
    .nullable()
    .optional(),
  /** When it became so; ISO 8601, absent for what it never was. */
  times: z.partialRecord(z.enum(batchStatuses), z.string()),
  expires_at: z.string(),
});
export type BatchView = z.infer<typeof batchView>;

/** Accepted means durable. The file is read, checked and run afterwards. */
export const CreateBatch = rpc({
  subject: 'skein.rpc.jobs.create_batch.v1',
  request: z.object({
    caller,
    dialect: z.enum(batchDialects),
    input_file_id: z.string(),
    endpoint: z.enum(batchEndpoints),
    /** A duration such as `24h`. */
    completion_window: z.string(),
    metadata: z.record(z.string(), z.string()),
    lane: z.enum(batchLanes),
    idempotency_key: z.string().nullable(),
  }),
  reply: batchView,
  errors: ['invalid_request', 'not_found', 'idempotency_mismatch', 'unavailable'],
  deadlineMs: 10_000,
});

export const GetBatch = rpc({
  subject: 'skein.rpc.jobs.get_batch.v1',
  request: z.object({ tenant: z.string(), id: z.string() }),
  reply: batchView,
  errors: ['not_found', 'unavailable'],
  deadlineMs: 10_000,
});

export const ListBatches = rpc({
  subject: 'skein.rpc.jobs.list_batches.v1',
  request: z.object({
    tenant: z.string(),
    dialect: z.enum(batchDialects),
    limit: z.int().min(1).max(100),
    /** Id of the last batch of the page before. */
    after: z.string().nullable(),
  }),
  reply: z.object({ batches: z.array(batchView), has_more: z.boolean() }),
  deadlineMs: 10_000,
});

/** Lines under way are cut, lines not begun are never run; what was answered is in the output file. */
export const CancelBatch = rpc({
  subject: 'skein.rpc.jobs.cancel_batch.v1',
  request: z.object({ tenant: z.string(), id: z.string() }),
  reply: batchView,
  errors: ['not_found', 'unavailable'],
  deadlineMs: 10_000,
});

/** Wakes a batch up. The slot 0 reads it in and closes it; all slots run its lines. */
export const RunBatch = job({
  queue: 'skein-batches',
  data: z.object({ batch_id: z.string(), slot: z.int().nonnegative() }),
});
