import { z } from 'zod';
import { usageBuckets } from '../attempt/usage.js';
import { rpc, rpcWithBody } from '../make/makers.js';
import { attemptOrder, attemptOutcome } from '../provider/run-attempt.js';

/** Where a stored answer came from. */
export const answerOrigin = z.object({
  vendor: z.string(),
  model: z.string(),
  request_id: z.string(),
  usage: usageBuckets.nullable(),
  finish_reason: z.string().nullable(),
  /** Milliseconds since the epoch. */
  stored_at: z.int(),
});
export type AnswerOrigin = z.infer<typeof answerOrigin>;

/** Is there a stored answer for this tenant, this resolved model and every parameter of the body? */
export const LookUpAnswer = rpcWithBody({
  subject: 'skein.rpc.cache.lookup.v1',
  request: z.object({ tenant: z.string(), vendor: z.string(), model: z.string() }),
  reply: z.object({ key: z.string(), origin: answerOrigin.nullable() }),
  deadlineMs: 500,
});

/** Plays a stored answer to the sink, as frames of an attempt that costs nothing. `not_found` when it has just lapsed. */
export const ReplayAnswer = rpc({
  subject: 'skein.rpc.cache.replay.v1',
  request: z.object({
    key: z.string(),
    order: attemptOrder,
    /** Does the customer want a usage chunk on a stream? Left out: as it was stored. */
    include_usage: z.boolean().optional(),
  }),
  reply: attemptOutcome,
  errors: ['not_found'],
  deadlineMs: 30_000,
  long: { cancelId: (request) => request.order.head.attempt_id },
});

/** Keeps an answer. The body is the whole answer, or its chunks joined by newlines. */
export const StoreAnswer = rpcWithBody({
  subject: 'skein.rpc.cache.store.v1',
  request: z.object({ key: z.string(), origin: answerOrigin, form: z.enum(['whole', 'chunks']) }),
  reply: z.object({ stored: z.boolean() }),
  deadlineMs: 5_000,
});
