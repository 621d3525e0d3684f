// A run of a job as the conductor takes it, and as the record of it is stated. Pure.
import { jobOperations, type JobEndpoint } from '@skein/contracts/jobs';
import { chatRequest } from '@skein/contracts/openai';
import type { CompletionFinishedFact, CompletionOrder } from '@skein/contracts/orchestrator';
import type { RunnableJob } from './job.js';
import type { CompletedRun } from './run-completion.js';

/** What a run is of: a job, or a line of a batch. */
export type OrderedWork = Pick<RunnableJob, 'body' | 'caller' | 'metadata' | 'retryUnknown'> & {
  /** Default: chat. */
  readonly endpoint?: JobEndpoint;
};

/** Fields an order has of a body: those of a chat, of which the other operations have the model only. */
const orderedFields = chatRequest.pick({
  model: true,
  stream: true,
  temperature: true,
  max_tokens: true,
  max_completion_tokens: true,
});

/** The order of one run, under a request id of its own. */
export function toOrder(job: OrderedWork, requestId: string, sink: string): CompletionOrder {
  const operation = jobOperations[job.endpoint ?? '/v1/chat/completions'];
  const body = orderedFields.parse(job.body);
  return {
    request_id: requestId,
    sink,
    operation,
    model: body.model,
    stream: body.stream === true,
    temperature: body.temperature ?? null,
    max_output_tokens: body.max_completion_tokens ?? body.max_tokens ?? null,
    ...(operation !== 'chat' && { input_tokens: roughTokens(job.body) }),
    kind: 'job',
    caller: job.caller,
    metadata: job.metadata,
    cache: 'policy',
    on_unknown: job.retryUnknown ? 'next' : 'stop',
  };
}

/** Bytes over four: near enough for what is expected of its cost. */
function roughTokens(body: OrderedWork['body']): number {
  return Math.ceil(Buffer.byteLength(JSON.stringify(body)) / 4);
}

export interface StatedRun extends CompletedRun {
  readonly order: CompletionOrder;
  readonly totalMs: number;
  readonly at: Date;
  readonly traceparent: string | undefined;
  readonly traceId: string | null;
}

/** What became of a run, for records and reports. */
export function toCompletionFinished({
  order,
  conductor,
  answer,
  totalMs,
  at,
  traceparent,
  traceId,
}: StatedRun): CompletionFinishedFact {
  const attempts = conductor?.attempts ?? [];
  const vendorMs = attempts.reduce((sum, attempt) => sum + attempt.total_ms, 0);
  return {
    request_id: order.request_id,
    kind: order.kind,
    caller: order.caller,
    status: answer.status,
    requested_model: order.model,
    stream: order.stream,
    task: conductor?.explanation?.features.task ?? null,
    metadata: order.metadata,
    cache: conductor?.cache ?? answer.head?.cache ?? 'off',
    explanation: conductor?.explanation ?? null,
    attempts,
    overhead_ms: conductor === null ? null : Math.max(0, totalMs - vendorMs),
    total_ms: totalMs,
    error: conductor?.error ?? answer.error?.toWire() ?? null,
    trace_id: traceId,
    at: at.getTime(),
    ...(traceparent !== undefined && { traceparent }),
  };
}

/** The answer of a run that the conductor wants kept, with where it came from; null when there is none to keep. */
export function toCacheEntry({ order, conductor, answer, at }: StatedRun) {
  const payload = answer.kept?.form === 'whole' ? answer.kept.payloads[0] : undefined;
  if (answer.status !== 'succeeded' || conductor?.store_as == null || answer.head === null || payload === undefined)
    return null;
  return {
    payload,
    entry: {
      key: conductor.store_as,
      form: 'whole' as const,
      origin: {
        vendor: answer.head.vendor,
        model: answer.head.model,
        request_id: order.request_id,
        usage: answer.usage?.usage ?? null,
        finish_reason: answer.usage?.finish_reason ?? null,
        stored_at: at.getTime(),
      },
    },
  };
}
