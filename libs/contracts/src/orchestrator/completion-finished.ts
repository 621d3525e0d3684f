import { z } from 'zod';
import { caller, requestKind } from '../attempt/attempt-facts.js';
import { wireError } from '../errors/skein-error.js';
import { requestMetadata } from '../gateway/metadata.js';
import { fact } from '../make/makers.js';
import { operation } from '../operation/operations.js';
import { attemptSummary, explanation } from './complete.js';

const body = z.object({
  request_id: z.string(),
  kind: requestKind,
  /** Absent: chat. */
  operation: operation.optional(),
  caller,
  status: z.enum(['succeeded', 'failed', 'cancelled']),
  requested_model: z.string(),
  stream: z.boolean(),
  task: z.string().nullable(),
  metadata: requestMetadata,
  cache: z.enum(['hit', 'miss', 'off']),
  explanation: explanation.nullable(),
  attempts: z.array(attemptSummary),
  /** Milliseconds. Overhead is what the mesh added to the vendor's own time. */
  overhead_ms: z.number().nullable(),
  total_ms: z.number(),
  error: wireError.nullable(),
  trace_id: z.string().nullable(),
  /** Milliseconds since the epoch. */
  at: z.int(),
  traceparent: z.string().optional(),
});

const head = body.omit({ explanation: true });

/** What became of a request, stated by its sink when it is over. Feeds records and reports; money is in the attempts. */
export const CompletionFinished = fact({
  subject: 'skein.fact.completion.finished.v1',
  body,
  tail: { name: 'explanation', checkHead: (value) => head.safeParse(value) },
  idOf: (body) => `${body.request_id}:finished`,
});
export type CompletionFinishedFact = z.infer<typeof CompletionFinished.body>;
