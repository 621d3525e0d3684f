import { z } from 'zod';
import { answerValidation, attemptEnding, caller, requestKind } from '../attempt/attempt-facts.js';
import { answerHead } from '../attempt/frames.js';
import { usageBuckets, usageSource } from '../attempt/usage.js';
import { wireError } from '../errors/skein-error.js';
import { rpcWithBody } from '../make/makers.js';
import { operation } from '../operation/operations.js';
import { answerAcceptance, attemptLimits } from '../router/decide-route.js';

/** The small envelope beside the customer's bytes: what differs for this attempt. */
export const attemptOrder = z.object({
  request_id: z.string(),
  /** Instance of the sink that takes the frames. */
  sink: z.string(),
  /** What is asked for; the bytes are written in the canonical dialect of it. */
  operation,
  stream: z.boolean(),
  head: answerHead,
  kind: requestKind,
  caller,
  task: z.string().nullable(),
  limits: attemptLimits,
  /** Set when the attempt goes on from where another broke off: what the customer has already seen. */
  continuation: z.object({ text_so_far: z.string() }).nullable(),
  /** Bound on the answer where the caller set none, in tokens. */
  max_output_tokens: z.int().positive().optional(),
  /** Share of the prompt that may stay, 0-1: its oldest turns are left out. */
  keep_share: z.number().gt(0).max(1).optional(),
  /** Which answers may be shown; all of them where nothing is said. */
  acceptance: answerAcceptance.optional(),
});
export type AttemptOrder = z.infer<typeof attemptOrder>;

/** The attempt's one reply, after its fact was acknowledged. */
export const attemptOutcome = z.object({
  outcome: attemptEnding,
  usage: usageBuckets.nullable(),
  usage_source: usageSource,
  cost_nano_usd: z.int().nonnegative().nullable(),
  finish_reason: z.string().nullable(),
  first_byte_ms: z.number().nullable(),
  total_ms: z.number(),
  model_served: z.string().nullable(),
  vendor_request_id: z.string().nullable(),
  error: wireError.nullable(),
  /** What came of checking tool calls and structured texts; absent: there was nothing to check. */
  validation: answerValidation.optional(),
  /** With `answer_invalid`: what the model wrote, for a re-ask. Goes to the conductor alone, never into a fact. */
  rejected: z.string().optional(),
});
export type AttemptOutcome = z.infer<typeof attemptOutcome>;

const attemptContract = (subject: string) =>
  rpcWithBody({
    subject,
    request: attemptOrder,
    reply: attemptOutcome,
    errors: ['worker_busy', 'unavailable'],
    deadlineMs: 600_000,
    long: { cancelId: (order) => order.head.attempt_id },
  });

const contracts = new Map<string, ReturnType<typeof attemptContract>>();

/** One attempt at one vendor: `skein.rpc.provider.<vendor>.attempt.v1`, a queue group per vendor. One value per vendor. */
export function runAttemptAt(vendor: string): ReturnType<typeof attemptContract> {
  let contract = contracts.get(vendor);
  if (contract === undefined) {
    contract = attemptContract(`skein.rpc.provider.${vendor}.attempt.v1`);
    contracts.set(vendor, contract);
  }
  return contract;
}
