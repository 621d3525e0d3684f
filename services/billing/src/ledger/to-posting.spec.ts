import { describe, expect, it } from '@jest/globals';
import { AttemptFinished, type AttemptFinishedFact } from '@skein/contracts/attempt';
import { bestOfEachAttempt, toPosting } from './to-posting.js';

const usage = {
  input_uncached: 100,
  cache_read: 20,
  cache_write_5m: 3,
  cache_write_1h: 4,
  audio_in: 5,
  image_in: 6,
  output: 70,
  reasoning: 8,
  audio_out: 9,
};

const fact = (change: Partial<AttemptFinishedFact> = {}): AttemptFinishedFact =>
  AttemptFinished.body.parse({
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
    usage,
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

describe('the posting of a fact', () => {
  it('says who used what, where, and what it cost', () => {
    expect(toPosting(fact())).toEqual({
      attempt_id: 'att_1',
      request_id: 'req_1',
      tenant: 'acme',
      project: 'search',
      key_id: 'ann-1',
      user: 'ann',
      cost_center: 'cc-7',
      kind: 'live',
      vendor: 'openai',
      model: 'gpt-4o-mini',
      task: 'qa',
      outcome: 'finished',
      ...usage,
      usage_source: 'provider',
      cost_nano_usd: 123_456,
      price_revision: 'r1',
      sandboxed: true,
      at: '2025-01-02T03:04:05.000Z',
    });
  });

  it.each(['failed', 'cancelled'] as const)('charges what a %s attempt used', (outcome) => {
    expect(toPosting(fact({ outcome }))).toMatchObject({ outcome, cost_nano_usd: 123_456, output: 70 });
  });

  it('posts nothing for an unknown outcome, whatever the fact guesses', () => {
    expect(toPosting(fact({ outcome: 'unknown' }))).toMatchObject({
      outcome: 'unknown',
      cost_nano_usd: null,
      usage_source: 'none',
      input_uncached: null,
      output: null,
    });
  });

  it('keeps "zero" and "nobody knows" apart', () => {
    expect(toPosting(fact({ cost_nano_usd: 0 })).cost_nano_usd).toBe(0);
    expect(toPosting(fact({ cost_nano_usd: null })).cost_nano_usd).toBeNull();
    expect(toPosting(fact({ usage: null, usage_source: 'none' }))).toMatchObject({ output: null, usage_source: 'none' });
  });

  it('is the same for the same fact', () => {
    expect(toPosting(fact())).toEqual(toPosting(fact()));
  });
});

describe('several facts of one attempt', () => {
  const unknown = toPosting(fact({ outcome: 'unknown' }));
  const finished = toPosting(fact());
  const failed = toPosting(fact({ outcome: 'failed' }));
  const other = toPosting(fact({ attempt_id: 'att_2' }));

  it.each([
    ['a known outcome supersedes an unknown one', [unknown, finished], [finished]],
    ['an unknown one never supersedes', [finished, unknown], [finished]],
    ['the first known one stands', [finished, failed], [finished]],
    ['repetition changes nothing', [unknown, unknown, unknown], [unknown]],
    ['attempts do not touch one another', [unknown, other, finished], [finished, other]],
    ['nothing makes nothing', [], []],
  ])('%s', (_name, postings, expected) => {
    expect(bestOfEachAttempt(postings)).toEqual(expected);
  });
});
