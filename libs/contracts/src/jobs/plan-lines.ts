import { z } from 'zod';
import { caller } from '../attempt/attempt-facts.js';
import { rpcWithBody } from '../make/makers.js';
import { batchEndpoints, batchLanes, batchLineError } from './batches.js';

/** Most lines that are planned at a time. */
export const PLAN_MAX_LINES = 1_000;

/** What lines come to in a lane: those it takes and, in real time, those it does not. */
export const lanePlan = z.object({
  /** Lines that would really go this way. */
  lines: z.int().nonnegative(),
  /** To vendors; a batch at a vendor counts as one. */
  calls: z.int().nonnegative(),
  input_tokens: z.int().nonnegative(),
  output_tokens: z.int().nonnegative(),
  /** Nano-USD over lines whose price is known. */
  cost_nano_usd: z.int().nonnegative(),
  /** Until the last answer, ms, by how fast the models have been of late; null where nobody knows. */
  done_in_ms: z.number().nonnegative().nullable(),
});
export type LanePlan = z.infer<typeof lanePlan>;

export const linesPlan = z.object({
  lines: z.int().nonnegative(),
  /** Lines that would refuse the batch. */
  refused: z.array(batchLineError),
  /** Lines that no model can be found for; they would end in the error file. */
  unplanned: z.array(z.object({ line: z.int(), custom_id: z.string(), code: z.string(), message: z.string() })),
  /** Lines whose price nobody knows; they are counted at nothing. */
  unpriced: z.int().nonnegative(),
  lanes: z.record(z.enum(batchLanes), lanePlan),
  /** Why a lane does not take a line. */
  not_taken: z.array(
    z.object({ line: z.int(), custom_id: z.string(), lane: z.enum(['vendor', 'merge']), reason: z.string() }),
  ),
});
export type LinesPlan = z.infer<typeof linesPlan>;

/** What lines of a batch would cost in each lane, without sending anything. The body is an array of lines as a file has them. */
export const PlanLines = rpcWithBody({
  subject: 'skein.rpc.jobs.plan_lines.v1',
  request: z.object({
    caller,
    endpoint: z.enum(batchEndpoints),
    completion_window: z.string(),
    /** Number of the first line in its file. */
    first_line: z.int().positive(),
  }),
  reply: linesPlan,
  errors: ['invalid_request', 'unavailable'],
  deadlineMs: 60_000,
});
