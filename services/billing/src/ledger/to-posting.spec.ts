import { describe, expect, it } from '@jest/globals';
import { attemptFact as fact } from '../../test/posting-samples.js';
import { bestOfEachAttempt, toPosting } from './to-posting.js';

const usage = fact().usage;

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
      price_currency: null,
      currency_per_usd: null,
      currency_rate_date: null,
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
    expect(toPosting(fact({ usage: null, usage_source: 'none' }))).toMatchObject({
      output: null,
      usage_source: 'none',
    });
  });

  it('keeps the dated rate by which a price in another currency became dollars', () => {
    const exchange = { currency: 'CNY', per_usd: '6.975', date: '2026-07-02', source: 'a list' };
    expect(toPosting(fact({ exchange }))).toMatchObject({
      price_currency: 'CNY',
      currency_per_usd: '6.975',
      currency_rate_date: '2026-07-02',
    });
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
