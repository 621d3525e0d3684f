import { z } from 'zod';
import { caller } from '../attempt/attempt-facts.js';
import { attemptSummary } from '../orchestrator/complete.js';
import { priorities, requestMetadata } from '../gateway/metadata.js';
import { job, rpc } from '../make/makers.js';

export const jobStatuses = ['queued', 'scheduled', 'running', 'succeeded', 'failed', 'cancelled', 'expired'] as const;
export type JobStatus = (typeof jobStatuses)[number];

/** What a customer submits; unknown fields are refused, the `body` is the endpoint's own request and passed on as it is. */
export const jobSubmission = z.strictObject({
  endpoint: z.enum(['/v1/chat/completions']),
  body: z.record(z.string(), z.unknown()),
  /** ISO 8601 moment, or a duration such as `30s`, `15m`, `6h`. */
  deadline: z.string().optional(),
  priority: z.enum(priorities).optional(),
  /** Before the first run: milliseconds, or a duration such as `10s`. */
  delay: z.union([z.number().nonnegative(), z.string()]).optional(),
  metadata: requestMetadata.optional(),
  /** Try an attempt again whose outcome is unknown. Default true. */
  retry_unknown: z.boolean().optional(),
});
export type JobSubmission = z.infer<typeof jobSubmission>;

export const jobView = z.object({
  id: z.string(),
  object: z.literal('job'),
  status: z.enum(jobStatuses),
  endpoint: z.string(),
  result: z.object({ status_code: z.int(), body: z.unknown() }).nullable(),
  error: z.unknown().nullable(),
  attempts: z.array(attemptSummary),
  /** Sum over known attempts, nano-USD; null while nothing is known. */
  cost_nano_usd: z.int().nonnegative().nullable(),
  priority: z.enum(priorities),
  metadata: requestMetadata,
  /** ISO 8601. */
  created_at: z.string(),
  started_at: z.string().nullable(),
  finished_at: z.string().nullable(),
  deadline: z.string().nullable(),
});
export type JobView = z.infer<typeof jobView>;

/** Accepted means durable: the row and its outbox entry are committed before the reply. */
export const SubmitJob = rpc({
  subject: 'skein.rpc.jobs.submit.v1',
  request: z.object({ caller, submission: jobSubmission, idempotency_key: z.string().nullable() }),
  reply: z.object({ job: jobView, created: z.boolean() }),
  errors: ['invalid_request', 'idempotency_mismatch', 'unavailable'],
  deadlineMs: 10_000,
});

export const GetJob = rpc({
  subject: 'skein.rpc.jobs.get.v1',
  request: z.object({ tenant: z.string(), id: z.string() }),
  reply: jobView,
  errors: ['not_found'],
  deadlineMs: 5_000,
});

export const ListJobs = rpc({
  subject: 'skein.rpc.jobs.list.v1',
  request: z.object({
    tenant: z.string(),
    status: z.enum(jobStatuses).nullable(),
    limit: z.int().min(1).max(100),
    /** Id of the last job of the page before. */
    after: z.string().nullable(),
  }),
  reply: z.object({ jobs: z.array(jobView), has_more: z.boolean() }),
  deadlineMs: 5_000,
});

/** Cancels what has not ended; an ended job is returned as it is. */
export const CancelJob = rpc({
  subject: 'skein.rpc.jobs.cancel.v1',
  request: z.object({ tenant: z.string(), id: z.string() }),
  reply: jobView,
  errors: ['not_found'],
  deadlineMs: 5_000,
});

/** BullMQ carries the id; the row is the truth. */
export const RunJob = job({
  queue: 'skein-jobs',
  data: z.object({ job_id: z.string(), traceparent: z.string().optional() }),
});
