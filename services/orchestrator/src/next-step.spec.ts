import { describe, expect, it } from '@jest/globals';
import { SkeinError, type ErrorCode } from '@skein/contracts/errors';
import { nextStep, type FailedAttempt, type NextStep } from './next-step.js';

const error = (code: ErrorCode, retryAfterMs?: number) => new SkeinError(code, 'x', { retryAfterMs });

const failed = (code: ErrorCode, rest: Partial<FailedAttempt> = {}, retryAfterMs?: number): FailedAttempt => ({
  error: error(code, retryAfterMs),
  candidatesLeft: 1,
  remainingMs: 60_000,
  hasWaited: false,
  losses: 0,
  tried: [{ place: 0, error: error(code, retryAfterMs) }],
  retried: 0,
  retries: { most: 2, base_ms: 200, cap_ms: 2_000 },
  filtered: 'return',
  chance: 0.5,
  ...rest,
});

const alone = { candidatesLeft: 0 } as const;

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
      { do: 'wait-and-retry', place: 0, afterMs: 2_000, asTold: true },
    ],
    ['but only once', failed('vendor_rate_limited', { candidatesLeft: 0, hasWaited: true }, 2_000), { do: 'give-up' }],
    ['but not for longer than 5 s', failed('vendor_rate_limited', { candidatesLeft: 0 }, 5_001), { do: 'give-up' }],
    [
      'but not past the deadline',
      failed('vendor_rate_limited', { candidatesLeft: 0, remainingMs: 1_000 }, 2_000),
      { do: 'give-up' },
    ],
    [
      'with nobody left, trouble that may pass is tried again after a jittered pause',
      failed('vendor_failed', alone),
      { do: 'wait-and-retry', place: 0, afterMs: 100, asTold: false },
    ],
    [
      'the pause doubles with each retry, up to its cap',
      failed('vendor_failed', {
        ...alone,
        retried: 5,
        retries: { most: 9, base_ms: 200, cap_ms: 2_000 },
        chance: 0.999,
      }),
      { do: 'wait-and-retry', place: 0, afterMs: 1_998, asTold: false },
    ],
    ['but only so often', failed('vendor_failed', { ...alone, retried: 2 }), { do: 'give-up' }],
    [
      'trouble that does not pass by itself is not tried again',
      failed('vendor_unauthorized', alone),
      { do: 'give-up' },
    ],
    ['a time-out is not waited for twice', failed('vendor_timeout', alone), { do: 'give-up' }],
    [
      'of those that were tried, the one whose trouble may have passed is asked again',
      failed('vendor_unauthorized', {
        ...alone,
        tried: [
          { place: 0, error: error('vendor_rate_limited', 60_000) },
          { place: 1, error: error('vendor_overloaded') },
          { place: 2, error: error('vendor_unauthorized') },
        ],
      }),
      { do: 'wait-and-retry', place: 1, afterMs: 100, asTold: false },
    ],
    [
      'a refusal of content goes elsewhere where the policy says so',
      failed('content_refused', { filtered: 'next' }),
      { do: 'next' },
    ],
    ['an answer that is not what was asked for goes to the next candidate', failed('answer_invalid'), { do: 'next' }],
    ['so does an empty one', failed('vendor_empty'), { do: 'next' }],
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
