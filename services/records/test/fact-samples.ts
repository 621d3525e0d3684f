// Facts for specs: one attempt of one request, with whatever a spec changes.
import {
  AttemptFinished,
  AttemptStarted,
  type AttemptFinishedFact,
  type AttemptStartedFact,
} from '@skein/contracts/attempt';
import { CompletionFinished, type CompletionFinishedFact } from '@skein/contracts/orchestrator';

const caller = { tenant: 'acme', project: null, key_id: 'k', user: 'ann', cost_center: null };
const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

export const usage = {
  input_uncached: 10,
  cache_read: 0,
  cache_write_5m: 0,
  cache_write_1h: 0,
  audio_in: 0,
  image_in: 0,
  output: 3,
  reasoning: 0,
  audio_out: 0,
};

export function attemptStarted(change: Partial<AttemptStartedFact> = {}): AttemptStartedFact {
  return AttemptStarted.body.parse({
    attempt_id: 'att_1',
    request_id: 'req_1',
    attempt_no: 1,
    kind: 'live',
    caller,
    vendor: 'openai',
    model: 'gpt-4o-mini',
    task: 'qa',
    at: 1_000,
    traceparent: TRACE,
    ...change,
  });
}

export function attemptFinished(change: Partial<AttemptFinishedFact> = {}): AttemptFinishedFact {
  return AttemptFinished.body.parse({
    ...attemptStarted(),
    outcome: 'finished',
    usage,
    usage_source: 'provider',
    cost_nano_usd: 5,
    price_revision: 'r1',
    finish_reason: 'stop',
    first_byte_ms: 100,
    total_ms: 400,
    stream: false,
    sandboxed: true,
    model_served: null,
    vendor_request_id: null,
    error: null,
    instance: 'w',
    ...change,
  });
}

export function completionFinished(change: Partial<CompletionFinishedFact> = {}): CompletionFinishedFact {
  return CompletionFinished.body.parse({
    request_id: 'req_1',
    kind: 'live',
    caller,
    status: 'succeeded',
    requested_model: 'auto',
    stream: true,
    task: 'qa',
    metadata: {},
    cache: 'miss',
    explanation: null,
    attempts: [],
    overhead_ms: 3,
    total_ms: 500,
    error: null,
    trace_id: '0af7651916cd43dd8448eb211c80319c',
    at: 1_600,
    ...change,
  });
}
