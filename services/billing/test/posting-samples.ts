// Attempt facts for specs, with whatever a spec changes.
import { AttemptFinished, type AttemptFinishedFact } from '@skein/contracts/attempt';

export function attemptFact(change: Partial<AttemptFinishedFact> = {}): AttemptFinishedFact {
  return AttemptFinished.body.parse({
    attempt_id: 'att_1',
    request_id: 'req_1',
    attempt_no: 1,
    kind: 'live',
    caller: { tenant: 'acme', project: 'search', key_id: 'ann-1', user: 'ann', cost_center: 'cc-7' },
    vendor: 'openai',
    model: 'gpt-4o-mini',
    task: 'qa',
    at: Date.UTC(2025, 0, 2, 3, 4, 5),
    outcome: 'finished',
    usage: {
      input_uncached: 100,
      cache_read: 20,
      cache_write_5m: 3,
      cache_write_1h: 4,
      audio_in: 5,
      image_in: 6,
      output: 70,
      reasoning: 8,
      audio_out: 9,
    },
    usage_source: 'provider',
    cost_nano_usd: 123_456,
    price_revision: 'r1',
    finish_reason: 'stop',
    first_byte_ms: 10,
    total_ms: 20,
    stream: false,
    sandboxed: true,
    model_served: null,
    vendor_request_id: null,
    error: null,
    instance: 'worker-1',
    ...change,
  });
}
