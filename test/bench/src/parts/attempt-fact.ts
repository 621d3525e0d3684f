import { noUsage, type AttemptFinishedFact } from '@skein/contracts/attempt';

let counter = 0;

/** What a finished attempt states; no two are alike. */
export function nextFact(): AttemptFinishedFact {
  counter += 1;
  return {
    attempt_id: `att_${process.pid}_${counter}`,
    request_id: `req_${process.pid}_${counter}`,
    attempt_no: 1,
    kind: 'live',
    caller: { tenant: 'bench', project: null, key_id: 'bench', user: null, cost_center: null },
    vendor: 'openai',
    model: 'gpt-bench',
    task: 'qa',
    at: Date.now(),
    outcome: 'finished',
    usage: { ...noUsage },
    usage_source: 'provider',
    cost_nano_usd: 1,
    price_revision: 'bench',
    finish_reason: 'stop',
    first_byte_ms: 1,
    total_ms: 1,
    stream: false,
    sandboxed: false,
    model_served: 'gpt-bench',
    vendor_request_id: 'chatcmpl-bench',
    error: null,
    instance: 'bench-caller',
  };
}
