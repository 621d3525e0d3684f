import { z } from 'zod';
import { usageBuckets } from '../attempt/usage.js';
import { attemptSummary, explanation } from '../orchestrator/complete.js';
import { attemptStates } from '../attempt/attempt-machine.js';
import { rpc } from '../make/makers.js';

export const requestRecord = z.object({
  id: z.string(),
  status: z.enum(['running', 'succeeded', 'failed', 'cancelled']),
  tenant: z.string(),
  user: z.string().nullable(),
  task: z.string().nullable(),
  request: z.object({ model: z.string(), stream: z.boolean(), metadata: z.unknown() }),
  explanation: explanation.nullable(),
  attempts: z.array(attemptSummary.extend({ outcome: z.enum(attemptStates) })),
  usage: usageBuckets.nullable(),
  cost_nano_usd: z.int().nonnegative().nullable(),
  cache: z.enum(['hit', 'miss', 'off']).nullable(),
  overhead_ms: z.number().nullable(),
  total_ms: z.number().nullable(),
  error: z.unknown().nullable(),
  trace_id: z.string().nullable(),
  created_at: z.string(),
});
export type RequestRecord = z.infer<typeof requestRecord>;

/** What happened to one request of this tenant. Waits a moment for facts that are still on their way. */
export const GetRequest = rpc({
  subject: 'skein.rpc.records.get.v1',
  request: z.object({ tenant: z.string(), id: z.string() }),
  reply: requestRecord,
  errors: ['not_found', 'unavailable'],
  deadlineMs: 5_000,
});
