import { z } from 'zod';
import { wireError } from '../errors/skein-error.js';
import { fact } from '../make/makers.js';
import { usageBuckets, usageSource } from './usage.js';
import { vendorQuota } from './vendor-quota.js';

/** Who asked, as every attempt and every posting carries it. */
export const caller = z.object({
  tenant: z.string(),
  project: z.string().nullable(),
  key_id: z.string(),
  user: z.string().nullable(),
  cost_center: z.string().nullable(),
});
export type Caller = z.infer<typeof caller>;

/** What asked: someone waiting, a durable job, a stage of a workflow, or nobody: a copy whose answer nobody sees. */
export const requestKind = z.enum(['live', 'job', 'workflow', 'shadow']);
export type RequestKind = z.infer<typeof requestKind>;

/** The dated rate by which a price in another currency became USD. */
export const exchangeRate = z.object({
  currency: z.string(),
  /** Units of the currency per USD, decimal. */
  per_usd: z.string(),
  date: z.string(),
  source: z.string(),
});

const attemptIdentity = z.object({
  attempt_id: z.string(),
  request_id: z.string(),
  attempt_no: z.int().positive(),
  kind: requestKind,
  caller,
  vendor: z.string(),
  model: z.string(),
  task: z.string().nullable(),
  /** Milliseconds since the epoch. */
  at: z.int(),
  traceparent: z.string().optional(),
});

/** Published before the vendor is called: awaited for jobs and workflows, not for live calls. */
export const AttemptStarted = fact({
  subject: 'skein.fact.attempt.started.v1',
  body: attemptIdentity,
  idOf: (body) => `${body.attempt_id}:started`,
});
export type AttemptStartedFact = z.infer<typeof AttemptStarted.body>;

const checked = z.object({ valid: z.int().nonnegative(), invalid: z.int().nonnegative() });

/**
 * What came of checking an answer against the schemas that were asked for: its calls of tools, and its structured texts
 * (one a choice). Absent: there was nothing to check.
 */
export const answerValidation = z.object({
  tool_calls: checked,
  structured: checked,
  /** The first failures. Paths and rules only, never what the model wrote. */
  failed: z.array(
    z.object({
      what: z.enum(['tool_call', 'structured']),
      /** Of the tool; null for a structured answer. */
      name: z.string().nullable(),
      /** A JSON pointer into the arguments or the answer; empty: the whole of it. */
      path: z.string(),
      problem: z.string(),
    }),
  ),
});
export type AnswerValidation = z.infer<typeof answerValidation>;

export const attemptEnding = z.enum(['finished', 'failed', 'cancelled', 'unknown']);
export type AttemptEnding = z.infer<typeof attemptEnding>;

/**
 * What an attempt came to, stated by the worker, which knows what was used; `unknown` is stated by the conductor when it
 * lost the worker, and a later fact supersedes it.
 */
export const AttemptFinished = fact({
  subject: 'skein.fact.attempt.finished.v1',
  body: attemptIdentity.extend({
    outcome: attemptEnding,
    usage: usageBuckets.nullable(),
    usage_source: usageSource,
    /** Null when the price is unknown or nothing is known of the usage. */
    cost_nano_usd: z.int().nonnegative().nullable(),
    price_revision: z.string(),
    /** The rate behind the cost, where the price is stated in another currency than USD. */
    exchange: exchangeRate.nullable().optional(),
    finish_reason: z.string().nullable(),
    first_byte_ms: z.number().nullable(),
    total_ms: z.number(),
    stream: z.boolean(),
    sandboxed: z.boolean(),
    model_served: z.string().nullable(),
    /** True where `model_served` is another model than was asked for. */
    drifted: z.boolean().optional(),
    vendor_request_id: z.string().nullable(),
    error: wireError.nullable(),
    /** The process that states it. */
    instance: z.string(),
    /** Which of the vendor's keys: its place in the worker's list and a hash. */
    key: z.string().nullable().optional(),
    /** Where the vendor was called, in the vendor's words. */
    region: z.string().nullable().optional(),
    /** What the vendor said is left of its rate limits, on answers alone. */
    quota: vendorQuota.nullable().optional(),
    /** Absent: there was nothing to check. */
    validation: answerValidation.optional(),
  }),
  idOf: (body) => `${body.attempt_id}:${body.outcome === 'unknown' ? 'unknown' : 'finished'}`,
});
export type AttemptFinishedFact = z.infer<typeof AttemptFinished.body>;
