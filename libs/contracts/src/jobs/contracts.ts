import { z } from 'zod';
import { caller } from '../attempt/attempt-facts.js';
import { job, rpc } from '../make/makers.js';
import { jobEndpoints, jobListing, jobStatuses, jobSubmission, jobView } from './job.js';

/** Accepted means durable: the row is committed before the reply. */
export const SubmitJob = rpc({
  subject: 'skein.rpc.jobs.submit.v1',
  request: z.object({ caller, submission: jobSubmission, idempotency_key: z.string().nullable() }),
  reply: z.object({ job: jobView, created: z.boolean() }),
  errors: ['invalid_request', 'not_found', 'idempotency_mismatch', 'rate_limit_exceeded', 'unavailable'],
  deadlineMs: 10_000,
});

export const GetJob = rpc({
  subject: 'skein.rpc.jobs.get.v1',
  request: z.object({ tenant: z.string(), id: z.string() }),
  reply: jobView,
  errors: ['not_found'],
  deadlineMs: 5_000,
});

/** Which jobs of a tenant; a field that is null says nothing. */
export const jobFilter = z.object({
  status: z.enum(jobStatuses).nullable(),
  endpoint: z.enum(jobEndpoints).nullable(),
  /** Code of the error a job ended with: the reason of a dead letter. */
  reason: z.string().nullable(),
  /** ISO 8601. */
  created_after: z.string().nullable(),
  created_before: z.string().nullable(),
});
export type JobFilter = z.infer<typeof jobFilter>;

/** Newest first. */
export const ListJobs = rpc({
  subject: 'skein.rpc.jobs.list.v1',
  request: jobFilter.extend({
    tenant: z.string(),
    limit: z.int().min(1).max(100),
    /** Id of the last job of the page before. */
    after: z.string().nullable(),
  }),
  reply: z.object({ jobs: z.array(jobListing), has_more: z.boolean() }),
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

/**
 * Sends dead letters round again: jobs that failed, expired or were cancelled wait anew, with all their runs before them and
 * what they had come to kept. One by its id, or up to `limit` by a filter. `conflict` for a job that has not ended so, or
 * whose request is kept no longer.
 */
export const RedriveJobs = rpc({
  subject: 'skein.rpc.jobs.redrive.v1',
  request: z.object({
    tenant: z.string(),
    which: z.union([z.object({ id: z.string() }), jobFilter.extend({ limit: z.int().min(1).max(10_000) })]),
  }),
  reply: z.object({ redriven: z.array(z.string()) }),
  errors: ['not_found', 'conflict', 'invalid_request'],
  deadlineMs: 10_000,
});

export const jobEventView = z.object({
  /** Grows from event to event of a job; where to go on from. */
  id: z.string(),
  /** `job.<status>`, `job.retry`, or `chunk`: a piece of a streamed answer. */
  type: z.string(),
  data: z.unknown(),
});
export type JobEventView = z.infer<typeof jobEventView>;

/** What happened to a job after the event `after`: at once when there is something, else within `wait_ms`. */
export const ReadJobEvents = rpc({
  subject: 'skein.rpc.jobs.events.v1',
  request: z.object({
    tenant: z.string(),
    id: z.string(),
    after: z.string().nullable(),
    wait_ms: z.int().min(0).max(20_000),
  }),
  /** `ended`: nothing will follow what is told here. */
  reply: z.object({ events: z.array(jobEventView), ended: z.boolean() }),
  errors: ['not_found', 'invalid_request'],
  deadlineMs: 25_000,
});

/** How the queue stands, as a tenant may know it. */
export const ReadQueue = rpc({
  subject: 'skein.rpc.jobs.queue.v1',
  request: z.object({ tenant: z.string() }),
  reply: z.object({
    /** Jobs of the tenant. */
    queued: z.int(),
    scheduled: z.int(),
    running: z.int(),
    dead_letters: z.int(),
    /** Jobs of the tenant begun per second, over the last minutes. */
    drain_per_second: z.number(),
    /** Until a job submitted now would begin, ms; null when nobody can tell. */
    estimated_wait_ms: z.number().nullable(),
    /** Of the whole mesh: jobs that can run at once, and that do. */
    slots: z.int(),
    busy: z.int(),
    /** Models and vendors whose jobs wait because their circuits are open. */
    held: z.array(z.string()),
  }),
  deadlineMs: 5_000,
});

/** BullMQ carries the id; the row is the truth. */
export const RunJob = job({
  queue: 'skein-jobs',
  data: z.object({ job_id: z.string(), traceparent: z.string().optional() }),
});
