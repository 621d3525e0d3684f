import { z } from 'zod';
import { attemptEnding, caller, requestKind } from '../attempt/attempt-facts.js';
import { usageBuckets, usageSource } from '../attempt/usage.js';
import { features } from '../classifier/classify.js';
import { wireError } from '../errors/skein-error.js';
import { requestMetadata } from '../gateway/metadata.js';
import { rpcWithBody } from '../make/makers.js';
import { operation } from '../operation/operations.js';
import { routePlan } from '../router/decide-route.js';
import { sheddable } from './sheddable.js';

/** A completion as its sink orders it; the body beside it is the customer's request as sent. */
export const completionOrder = z.object({
  request_id: z.string(),
  sink: z.string(),
  operation,
  /** As the customer wrote it. */
  model: z.string(),
  stream: z.boolean(),
  temperature: z.number().nullable(),
  max_output_tokens: z.int().positive().nullable(),
  /** The sink's estimate of what is sent, for operations whose prompt nobody classifies. */
  input_tokens: z.int().nonnegative().optional(),
  kind: requestKind,
  caller,
  metadata: requestMetadata,
  /** The caller's word on the exact cache, over the policy's. */
  cache: z.enum(['policy', 'exact', 'off']),
  /** After an attempt that a vendor may have answered and charged for, unseen: try the next candidate, or stop. */
  on_unknown: z.enum(['next', 'stop']),
  /** The sink judges the answer itself: one that was cut short or breaks its schema is given to it as it is. */
  judged_by_sink: z.boolean().optional(),
  /** Nobody waits for it: it goes only where a vendor has more quota left than the policy keeps for others. */
  spare_quota_only: z.boolean().optional(),
});
export type CompletionOrder = z.infer<typeof completionOrder>;

export const attemptSummary = z.object({
  id: z.string(),
  vendor: z.string(),
  model: z.string(),
  outcome: attemptEnding,
  first_byte_ms: z.number().nullable(),
  total_ms: z.number(),
  usage: usageBuckets.nullable(),
  usage_source: usageSource,
  cost_nano_usd: z.int().nonnegative().nullable(),
  error: wireError.nullable(),
  /** What the vendor says answered, and whether that is another model than was asked for. */
  model_served: z.string().nullable().optional(),
  drifted: z.boolean().optional(),
  /** One call that answered several requests: usage and cost above are this one's part of it. */
  merged: z
    .object({
      /** How many it answered, and which of them this is, from 1. */
      of: z.int().positive(),
      no: z.int().positive(),
      /** Of the whole call; the parts add up to it. */
      call_nano_usd: z.int().nonnegative().nullable(),
    })
    .optional(),
});
export type AttemptSummary = z.infer<typeof attemptSummary>;

/** Why the request went where it went: stored with each request, and what `explain` answers. */
export const explanation = z.object({
  features,
  plan: routePlan,
  /** What was left out for want of room when the request was conducted; absent where nothing was. */
  shed: z.array(z.enum(sheddable)).optional(),
});
export type Explanation = z.infer<typeof explanation>;

export const completionResult = z.object({
  status: z.enum(['succeeded', 'failed', 'cancelled']),
  error: wireError.nullable(),
  cache: z.enum(['hit', 'miss', 'off']),
  /** Set when the sink should hand the finished answer to the cache. */
  store_as: z.string().nullable(),
  attempts: z.array(attemptSummary),
  /** What the prompt was taken for: the explanation's word, for whoever has no need of all of it. */
  task: z.string().nullable().optional(),
  explanation: explanation.nullable(),
});
export type CompletionResult = z.infer<typeof completionResult>;

/** Sink → conductor: run this request. Frames go straight to the sink; the reply says how it went. */
export const Complete = rpcWithBody({
  subject: 'skein.rpc.orchestrator.complete.v1',
  request: completionOrder,
  reply: completionResult,
  errors: ['no_admissible_model', 'not_found', 'invalid_request', 'rate_limit_exceeded', 'all_attempts_failed'],
  deadlineMs: 600_000,
  replyTail: 'explanation',
  long: { cancelId: (order) => order.request_id },
});

/** Classify and decide, without running anything. */
export const ExplainRoute = rpcWithBody({
  subject: 'skein.rpc.orchestrator.explain.v1',
  request: completionOrder
    .pick({
      model: true,
      stream: true,
      max_output_tokens: true,
      metadata: true,
    })
    .extend({ key_id: z.string().optional(), tenant: z.string() }),
  reply: z.object({ features, plan: routePlan.nullable(), error: wireError.nullable() }),
  deadlineMs: 5_000,
});
