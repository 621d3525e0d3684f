import { z } from 'zod';
import { features } from '../classifier/classify.js';
import { requestMetadata, strategies } from '../gateway/metadata.js';
import { rpc } from '../make/makers.js';

/** How long an attempt may take, in ms. Null: no limit of its own. */
export const attemptLimits = z.object({
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
});
export type RouteCandidate = z.infer<typeof routeCandidate>;

export const routePlan = z.object({
  revision: z.string(),
  strategy: z.enum(strategies),
  /** Ordered; never empty (an empty set is the error `no_admissible_model`, naming the rule). */
  candidates: z.array(routeCandidate).min(1),
  excluded: z.array(z.object({ vendor: z.string(), model: z.string(), rule: z.string() })),
  /** Is the exact cache asked and filled for this request, were it `temperature: 0`; always; or never? */
  cache: z.enum(['temperature_zero', 'always', 'never']),
  on_mid_stream_failure: z.enum(['error', 'continue', 'restart']),
  on_cancel: z.enum(['cut', 'drain']),
  /** Whole request, in ms. */
  request_ms: z.number().positive(),
});
export type RoutePlan = z.infer<typeof routePlan>;

/** Features + policy + health → an ordered plan, each candidate with its reason. */
export const DecideRoute = rpc({
  subject: 'skein.rpc.router.decide.v1',
  request: z.object({
    tenant: z.string(),
    /** As the customer wrote it: `auto`, a short name, or `vendor/model`. */
    model: z.string(),
    stream: z.boolean(),
    /** The caller's own bound on the answer, in tokens. */
    max_output_tokens: z.int().positive().nullable(),
    features,
    metadata: requestMetadata,
  }),
  reply: routePlan,
  errors: ['no_admissible_model', 'not_found', 'invalid_request', 'unavailable'],
  deadlineMs: 2_000,
});
export type DecideRouteRequest = z.infer<typeof DecideRoute.request>;
