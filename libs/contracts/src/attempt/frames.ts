import { z } from 'zod';
import { usageBuckets, usageSource } from './usage.js';

/** Who is answering: what response headers need before the first chunk. */
export const answerHead = z.object({
  attempt_id: z.string(),
  attempt_no: z.int().positive(),
  vendor: z.string(),
  model: z.string(),
  /** Why this candidate (one short sentence of the plan). */
  reason: z.string(),
  cache: z.enum(['hit', 'miss', 'off']),
  notices: z.array(z.string()),
});
export type AnswerHead = z.infer<typeof answerHead>;

/** Body of a `notice` frame: the head of the answer first, then whatever the customer should be told. */
export const noticeFrame = z.discriminatedUnion('notice', [
  z.object({ notice: z.literal('head'), head: answerHead }),
  z.object({ notice: z.literal('text'), text: z.string() }),
]);
export type NoticeFrame = z.infer<typeof noticeFrame>;

/** Body of a `usage` frame: the same figures as in the fact, so that header, record and ledger agree. */
export const usageFrame = z.object({
  head: answerHead,
  usage: usageBuckets.nullable(),
  usage_source: usageSource,
  cost_nano_usd: z.int().nonnegative().nullable(),
  finish_reason: z.string().nullable(),
  first_byte_ms: z.number().nullable(),
  /** Milliseconds the vendor took. */
  total_ms: z.number(),
});
export type UsageFrame = z.infer<typeof usageFrame>;
