// A run of a job as the conductor takes it. Pure.
import { jobOperations, type JobEndpoint } from '@skein/contracts/jobs';
import { chatRequest } from '@skein/contracts/openai';
import type { CompletionOrder } from '@skein/contracts/orchestrator';
import type { RunnableJob } from './job.js';

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
