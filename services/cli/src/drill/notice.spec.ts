import { expect, it } from '@jest/globals';
import { notice, type DrillSample } from './notice.js';

const answer = (totalMs: number, vendor: string, attempts = 1): DrillSample => ({
  totalMs,
  vendor,
  attempts,
  failure: null,
});

it('says what customers would have noticed, against the usual', () => {
  const usual = notice([answer(100, 'openai'), answer(200, 'openai')], null);
  expect(usual).toMatchObject({ requests: 2, failed: 0, p50: 100, p99: 200, extraP50: null });
  const failed: DrillSample = { totalMs: 9, vendor: null, attempts: 2, failure: 'all_attempts_failed' };
  expect(notice([answer(130, 'groq', 2), answer(90, 'groq'), answer(260, 'mistral'), failed], usual)).toEqual({
    requests: 4,
    failed: 1,
    reasons: ['all_attempts_failed'],
    failedOver: 1,
    p50: 130,
    p99: 260,
    extraP50: 30,
    extraP99: 60,
    answeredBy: [
      ['groq', 2],
      ['mistral', 1],
    ],
  });
});
