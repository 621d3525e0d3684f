import { describe, expect, it } from '@jest/globals';
import { AttemptFinished, noUsage, type AttemptFinishedFact } from '@skein/contracts/attempt';
import { driftAlert } from './drift-watch.js';

const HOUR = 3_600_000;

function fact(change: Partial<AttemptFinishedFact>): AttemptFinishedFact {
  return AttemptFinished.body.parse({
    attempt_id: 'att_1',
    request_id: 'req_1',
    attempt_no: 1,
    kind: 'live',
    caller: { tenant: 'acme', project: null, key_id: 'k', user: null, cost_center: null },
    vendor: 'xai',
    model: 'grok-3-mini',
    task: null,
    at: 10 * HOUR,
    outcome: 'finished',
    usage: noUsage,
    usage_source: 'provider',
    cost_nano_usd: 0,
    price_revision: 'r',
    finish_reason: 'stop',
    first_byte_ms: 1,
    total_ms: 2,
    stream: false,
    sandboxed: false,
    model_served: 'grok-4.3',
    drifted: true,
    vendor_request_id: null,
    error: null,
    instance: 'w',
    ...change,
  });
}

describe('an attempt that another model answered', () => {
  it('raises an alert that names both', () => {
    expect(driftAlert(fact({}))).toMatchObject({
      kind: 'model_drifted',
      vendor: 'xai',
      model: 'grok-3-mini',
      message: 'xai/grok-3-mini was answered by grok-4.3',
    });
  });

  it('raises the same alert from every replica for an hour, then another', () => {
    const id = (at: number, attempt_id: string) => driftAlert(fact({ at, attempt_id }))?.id;
    expect(id(10 * HOUR, 'att_1')).toBe(id(11 * HOUR - 1, 'att_2'));
    expect(id(11 * HOUR, 'att_3')).not.toBe(id(10 * HOUR, 'att_1'));
  });

  it('raises none where the asked one answered, or nobody says who did', () => {
    expect(driftAlert(fact({ drifted: undefined }))).toBeNull();
    expect(driftAlert(fact({ model_served: null }))).toBeNull();
  });
});
