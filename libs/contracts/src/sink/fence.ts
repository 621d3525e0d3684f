import { z } from 'zod';
import { wireError } from '../errors/skein-error.js';
import { rpc } from '../make/makers.js';

const attemptAddress = z.object({ request_id: z.string(), attempt_no: z.int().positive() });

/**
 * Conductor → sink, before another attempt is started *instead of* this one: from the reply on, its frames are dropped
 * for good. An unknown request is answered `gone: true` (the customer has left, or has everything).
 */
export const fenceAttempt = (sinkInstance: string) =>
  rpc({
    subject: `skein.rpc.sink.${sinkInstance}.fence.v1`,
    request: attemptAddress,
    reply: z.object({
      gone: z.boolean(),
      committed: z.boolean(),
      /** Highest sequence number seen of the attempt, -1 for none. */
      last_seq: z.int(),
      /** Text the customer has been shown, when it was committed. */
      text_so_far: z.string(),
      /** Has anything beyond plain text (a tool call, a refusal, reasoning) been shown? It cannot be continued. */
      only_text: z.boolean(),
    }),
    deadlineMs: 1_000,
    reach: 'instance',
  });

/** Conductor → sink, after a fence of a committed attempt: what goes on from here. */
export const switchAttempt = (sinkInstance: string) =>
  rpc({
    subject: `skein.rpc.sink.${sinkInstance}.switch.v1`,
    request: attemptAddress.extend({
      mode: z.enum(['continue', 'restart', 'error']),
      notice: z.string(),
      error: wireError.nullable(),
    }),
    reply: z.object({ gone: z.boolean() }),
    deadlineMs: 1_000,
    reach: 'instance',
  });

/** Conductor → sink, while two attempts run beside one another: which one has committed, as soon as one has. */
export const awaitCommit = (sinkInstance: string) =>
  rpc({
    subject: `skein.rpc.sink.${sinkInstance}.commit.v1`,
    request: z.object({
      request_id: z.string(),
      /** Milliseconds the sink may wait for a first commit; 0: as it is now. */
      wait_ms: z.number().nonnegative(),
    }),
    reply: z.object({ gone: z.boolean(), attempt_no: z.int().positive().nullable() }),
    deadlineMs: 600_000,
    reach: 'instance',
  });

export type FenceReply = z.infer<ReturnType<typeof fenceAttempt>['reply']>;
export type SwitchRequest = z.infer<ReturnType<typeof switchAttempt>['request']>;
