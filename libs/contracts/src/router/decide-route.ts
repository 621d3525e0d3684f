import { z } from 'zod';
import { features, tiers } from '../classifier/classify.js';
import { requestMetadata, strategies } from '../gateway/metadata.js';
import { rpc } from '../make/makers.js';
import { operation } from '../operation/operations.js';
import { mergePolicy } from './policy-parts.js';

/** How long an attempt may take, in ms. Null: no limit of its own. */
export const attemptLimits = z.object({
  /** To a connection; the worker's own five seconds where nothing is said. */
  connect_ms: z.number().positive().optional(),
  first_byte_ms: z.number().positive().nullable(),
  idle_ms: z.number().positive().nullable(),
  call_ms: z.number().positive(),
});
export type AttemptLimits = z.infer<typeof attemptLimits>;

export const routeCandidate = z.object({
  vendor: z.string(),
  model: z.string(),
  /** Comparable within one plan only; higher is earlier. */
  score: z.number(),
  /** One short sentence for people. */
  reason: z.string(),
  expected: z.object({
    input_tokens: z.int().nonnegative(),
    output_tokens: z.int().nonnegative(),
    /** Null when the price is unknown. */
    cost_nano_usd: z.int().nonnegative().nullable(),
    latency_ms: z.number().nonnegative().nullable(),
  }),
  limits: attemptLimits,
  notices: z.array(z.string()),
  /** Ms after which a second candidate is worth starting beside it: its usual slow case. Null: not known yet. */
  hedge_after_ms: z.number().positive().nullable().optional(),
  /** Bound on the answer where the caller set none, in tokens. */
  max_output_tokens: z.int().positive().optional(),
  /** Share of the prompt that may stay, 0-1: its oldest turns are left out. */
  keep_share: z.number().gt(0).max(1).optional(),
});
export type RouteCandidate = z.infer<typeof routeCandidate>;

/** What becomes of an answer that was not shown yet and is not what was asked for: it stands, or the next is tried. */
export const answerAcceptance = z.object({
  /** No text, no tool call, nothing. */
  empty: z.enum(['next', 'return']),
  /** Stopped by a length that the caller did not set. */
  truncated: z.enum(['next', 'return']),
  /** Stopped by the vendor's content filter. */
  filtered: z.enum(['next', 'return']),
  /** Not the JSON or the tool arguments that the caller's schema demands. */
  invalid: z.enum(['next', 'return']),
});
export type AnswerAcceptance = z.infer<typeof answerAcceptance>;

export const routePlan = z.object({
  revision: z.string(),
  strategy: z.enum(strategies),
  /** Ordered; never empty (an empty set is the error `no_admissible_model`, naming the rule). */
  candidates: z.array(routeCandidate).min(1),
  excluded: z.array(z.object({ vendor: z.string(), model: z.string(), rule: z.string() })),
  /** In the record of a request: how many more were excluded than are named. */
  excluded_more: z.int().positive().optional(),
  /** Is the exact cache asked and filled for this request, were it `temperature: 0`; always; or never? */
  cache: z.enum(['temperature_zero', 'always', 'never']),
  on_mid_stream_failure: z.enum(['error', 'continue', 'restart']),
  on_cancel: z.enum(['cut', 'drain']),
  /** Whole request, in ms. */
  request_ms: z.number().positive(),
  /** Of the same deployment, when nobody else is left: how often, and the bounds of the jittered pause before it, ms. */
  retries: z.object({ most: z.int().nonnegative(), base_ms: z.number().positive(), cap_ms: z.number().positive() }),
  answers: answerAcceptance.extend({
    /** How often a model is asked again, with a correction, for an answer that breaks its schema. */
    re_ask: z.int().nonnegative(),
  }),
  hedging: z.object({
    /** `after_p95`: a second candidate beside a slow first one. `race`: two from the start, because the caller asked. */
    mode: z.enum(['off', 'after_p95', 'race']),
    /** Share of what was spent lately that hedges may cost on top. */
    max_extra_spend: z.number().nonnegative(),
  }),
  /** Tried once when every candidate has failed. */
  last_resort: routeCandidate.nullable(),
  /** The tier the policy saw in it. */
  tier: z.enum(tiers).optional(),
  /** Which rollouts it fell under, and into which arm. */
  rollouts: z
    .array(z.object({ name: z.string(), kind: z.enum(['canary', 'ab', 'shadow']), arm: z.string() }))
    .optional(),
  /** Gets a copy of the request, whose answer nobody sees. */
  shadow: z.array(routeCandidate).optional(),
  /** How the policy lets it be merged with others; absent: not at all. */
  merge: mergePolicy.optional(),
});
export type RoutePlan = z.infer<typeof routePlan>;

/** Features + policy + health → an ordered plan, each candidate with its reason. */
export const DecideRoute = rpc({
  subject: 'skein.rpc.router.decide.v1',
  request: z.object({
    tenant: z.string(),
    key_id: z.string().optional(),
    /** As the customer wrote it: `auto`, a short name, or `vendor/model`. */
    model: z.string(),
    stream: z.boolean(),
    /** Absent: chat. A model must be made for it to be routed to. */
    operation: operation.optional(),
    /** The caller's own bound on the answer, in tokens. */
    max_output_tokens: z.int().positive().nullable(),
    /** Nobody waits for it: vendors whose quota is kept for others are left out. */
    spare_quota_only: z.boolean().optional(),
    features,
    metadata: requestMetadata,
  }),
  reply: routePlan,
  errors: ['no_admissible_model', 'not_found', 'invalid_request', 'unavailable', 'rate_limit_exceeded'],
  deadlineMs: 2_000,
});
export type DecideRouteRequest = z.infer<typeof DecideRoute.request>;
