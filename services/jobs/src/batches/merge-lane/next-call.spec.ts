import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { mergePolicy } from '@skein/contracts/router';
import { callTokens, dealIntoCalls, nextCall } from './next-call.js';

const policy = mergePolicy.parse({ mode: 'asked', least: 10, most: 40 });
const lines = (count: number, inputTokens = 10, answerTokens = 5) =>
  Array.from({ length: count }, () => ({ inputTokens, answerTokens }));

describe('the next call', () => {
  it.each([
    ['is full where lines enough wait', 200, false, 40],
    ['shares the last lines out evenly', 50, false, 25],
    ['takes all that are left', 17, false, 17],
    ['leaves too few to run alone', 9, false, 'alone'],
    ['waits as long as others may come', 39, true, 'wait'],
    ['does not wait when it is full', 40, true, 40],
  ] as const)('%s', (_what, waiting, mayMoreCome, expected) => {
    expect(nextCall(lines(waiting), policy, mayMoreCome)).toBe(expected);
  });

  it('stays within what a call may read and write', () => {
    expect(nextCall(lines(80, 400), policy, false)).toBe(20);
    expect(nextCall(lines(80, 10, 100), policy, false)).toBe(15);
  });

  it('loses no line, and makes none too small or too large', () => {
    fc.assert(
      fc.property(fc.nat(400), fc.integer({ min: 1, max: 400 }), (count, inputTokens) => {
        const { calls, alone } = dealIntoCalls(lines(count, inputTokens), policy);
        expect(calls.flat().length + alone.length).toBe(count);
        expect(alone.length).toBeLessThan(policy.least);
        for (const call of calls) {
          expect(call.length).toBeLessThanOrEqual(policy.most);
          expect(call.length * inputTokens).toBeLessThanOrEqual(policy.call_tokens);
        }
      }),
    );
  });

  it('reads what is common once', () => {
    const alone = 20 * (300 + 10);
    expect(callTokens(lines(20), 300).input).toBeLessThan(alone / 3);
  });
});
