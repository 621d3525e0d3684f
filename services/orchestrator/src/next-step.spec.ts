import { describe, expect, it } from '@jest/globals';
import { SkeinError, type ErrorCode } from '@skein/contracts/errors';
import { attemptBudget, nextStep, type NextStep } from './next-step.js';

const failed = (code: ErrorCode, rest: Partial<Parameters<typeof nextStep>[0]> = {}, retryAfterMs?: number) => ({
  error: new SkeinError(code, 'x', { retryAfterMs }),
  candidatesLeft: 1,
  remainingMs: 60_000,
  hasWaited: false,
  losses: 0,
  ...rest,
});

describe('what follows a failed attempt', () => {
  const cases: [string, ReturnType<typeof failed>, NextStep][] = [
    ['a caller’s own fault goes back as it is', failed('vendor_refused'), { do: 'refuse' }],
    ['a content refusal is not tried elsewhere', failed('content_refused'), { do: 'refuse' }],
    ['a vendor’s 5xx goes to the next candidate', failed('vendor_failed'), { do: 'next' }],
    ['a 429 goes to the next candidate at once', failed('vendor_rate_limited', {}, 1_000), { do: 'next' }],
    ['a lost worker goes to the next candidate', failed('worker_lost'), { do: 'next' }],
    ['a busy worker goes to the next candidate', failed('worker_busy'), { do: 'next' }],
    [
      'with nobody left, a short retry-after is waited for in place',
      failed('vendor_rate_limited', { candidatesLeft: 0 }, 2_000),
      { do: 'wait-and-retry', afterMs: 2_000 },
    ],
    ['but only once', failed('vendor_rate_limited', { candidatesLeft: 0, hasWaited: true }, 2_000), { do: 'give-up' }],
    ['but not for longer than 5 s', failed('vendor_rate_limited', { candidatesLeft: 0 }, 5_001), { do: 'give-up' }],
    [
      'but not past the deadline',
      failed('vendor_rate_limited', { candidatesLeft: 0, remainingMs: 1_000 }, 2_000),
      { do: 'give-up' },
    ],
    [
      'with nobody left and no retry-after it gives up',
      failed('vendor_failed', { candidatesLeft: 0 }),
      { do: 'give-up' },
    ],
    [
      'with nobody left, a lost worker’s request goes to another worker of the same vendor',
      failed('worker_lost', { candidatesLeft: 0 }),
      { do: 'again' },
    ],
    ['but not for ever', failed('worker_lost', { candidatesLeft: 0, losses: 3 }), { do: 'give-up' }],
    ['past the deadline nothing is tried', failed('vendor_failed', { remainingMs: 0 }), { do: 'give-up' }],
  ];

  it.each(cases)('%s', (_promise, input, step) => {
    expect(nextStep(input)).toEqual(step);
  });
});

describe('the time of one attempt', () => {
  it('is its own limit while the chain fits behind it', () => {
    expect(attemptBudget(30_000, 120_000, 3)).toBe(30_000);
  });
  it('leaves the candidates after it their share of a near deadline', () => {
    expect(attemptBudget(30_000, 9_000, 2)).toBe(3_000);
  });
  it('gives the last candidate all that is left', () => {
    expect(attemptBudget(30_000, 9_000, 0)).toBe(9_000);
  });
  it('never splits below a second while there is one', () => {
    expect(attemptBudget(30_000, 1_500, 4)).toBe(1_000);
  });
});
