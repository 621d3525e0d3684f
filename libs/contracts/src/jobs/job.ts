import { z } from 'zod';
import { priorities, requestMetadata } from '../gateway/metadata.js';
import type { Operation } from '../operation/operations.js';
import { attemptSummary, explanation } from '../orchestrator/complete.js';

export const jobStatuses = ['queued', 'scheduled', 'running', 'succeeded', 'failed', 'cancelled', 'expired'] as const;
export type JobStatus = (typeof jobStatuses)[number];

/** Calls that can be had as a job. Their `body` is the call's own request. */
export const jobEndpoints = [
  '/v1/chat/completions',
  '/v1/messages',
  '/v1/embeddings',
  '/v1/moderations',
  '/v1/rerank',
] as const;
export type JobEndpoint = (typeof jobEndpoints)[number];

/** What the mesh does for each. Its body is canonical by then: the gateway speaks the dialects. */
export const jobOperations: Readonly<Record<JobEndpoint, Operation>> = {
  '/v1/chat/completions': 'chat',
  '/v1/messages': 'chat',
  '/v1/embeddings': 'embeddings',
  '/v1/moderations': 'moderation',
  '/v1/rerank': 'rerank',
};

/** Where a job's ends are called out: an endpoint of the tenant (`wh_…`), or a URL, which becomes one. */
export const jobWebhook = z.union([z.string().min(1), z.strictObject({ url: z.string().min(1) })]);

/** What a customer submits; unknown fields are refused, the `body` is the endpoint's own request and passed on as it is. */
export const jobSubmission = z.strictObject({
  endpoint: z.enum(jobEndpoints),
  body: z.record(z.string(), z.unknown()),
  /** ISO 8601 moment, or a duration such as `30s`, `15m`, `6h`. */
  deadline: z.string().optional(),
  priority: z.enum(priorities).optional(),
  /** Before the first run: milliseconds, or a duration such as `10s`. */
  delay: z.union([z.number().nonnegative(), z.string()]).optional(),
  metadata: requestMetadata.optional(),
  webhook: jobWebhook.optional(),
  /** With every vendor tried in vain: fail after the usual number of runs (default), or stay a job until the deadline. */
  on_exhausted: z.enum(['fail', 'job']).optional(),
  /** Try an attempt again whose outcome is unknown. Default true. */
  retry_unknown: z.boolean().optional(),
});
export type JobSubmission = z.infer<typeof jobSubmission>;

export const jobView = z.object({
  id: z.string(),
  object: z.literal('job'),
  status: z.enum(jobStatuses),
  endpoint: z.enum(jobEndpoints),
  result: z.object({ status_code: z.int(), body: z.unknown() }).nullable(),
  error: z.unknown().nullable(),
  attempts: z.array(attemptSummary),
  /** Sum over known attempts, nano-USD; null while nothing is known. */
  cost_nano_usd: z.int().nonnegative().nullable(),
  priority: z.enum(priorities),
  metadata: requestMetadata,
  /** How often it was begun. */
  runs: z.int().nonnegative(),
  /** Of those, how many failed and counted. */
  failed_runs: z.int().nonnegative(),
  /** Why its last run went where it went. */
  explanation: explanation.nullable(),
  /** ISO 8601. */
  created_at: z.string(),
  started_at: z.string().nullable(),
  finished_at: z.string().nullable(),
  deadline: z.string().nullable(),
  /** Not run before this moment: of a delay, or of a retry. */
  not_before: z.string().nullable(),
  /** When it is expected to begin, at the rate of the last minutes; null when it waits for nothing, or nobody can tell. */
  estimated_start: z.string().nullable(),
  /** Request and answer are kept no longer; what became of the job is. */
  payload_expired: z.boolean(),
});
export type JobView = z.infer<typeof jobView>;

/** A job in a list: everything but its answer, which can be large. */
export const jobListing = jobView.omit({ result: true, explanation: true });
export type JobListing = z.infer<typeof jobListing>;
