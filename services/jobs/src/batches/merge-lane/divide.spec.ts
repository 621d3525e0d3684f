import { describe, expect, it } from '@jest/globals';
import { noUsage } from '@skein/contracts/attempt';
import fc from 'fast-check';
import { divide, divideAttempt } from './divide.js';

const sum = (parts: readonly number[]) => parts.reduce((total, part) => total + part, 0);

describe('a cost that is divided', () => {
  it('goes by weight, the largest remainders first', () => {
    expect(divide(10, [1, 1, 1])).toEqual([4, 3, 3]);
    expect(divide(100, [1, 2, 7])).toEqual([10, 20, 70]);
    expect(divide(1, [3, 5, 4])).toEqual([0, 1, 0]);
    expect(divide(7, [0, 0])).toEqual([4, 3]);
    expect(divide(5, [])).toEqual([]);
  });

  it('adds up exactly, and no part is a whole one off', () => {
    const weights = fc.array(fc.nat(100_000), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(fc.nat(Number.MAX_SAFE_INTEGER), weights, (whole, by) => {
        const parts = divide(whole, by);
        expect(sum(parts)).toBe(whole);
        const total = by.reduce((all, weight) => all + BigInt(weight), 0n);
        if (total === 0n) return;
        parts.forEach((part, index) => {
          const exact = BigInt(whole) * BigInt(by[index] ?? 0);
          expect(BigInt(part) * total > exact - total && BigInt(part) * total < exact + total).toBe(true);
        });
      }),
    );
  });

  it('is an attempt of which each line has its part, under the same id', () => {
    const attempt = {
      id: 'att_1',
      vendor: 'openai',
      model: 'm',
      outcome: 'finished' as const,
      first_byte_ms: 1,
      total_ms: 2,
      usage: { ...noUsage, input_uncached: 101, output: 11 },
      usage_source: 'provider' as const,
      cost_nano_usd: 1_001,
      error: null,
    };
    const parts = divideAttempt(attempt, [1, 1, 2]);
    expect(parts.map(({ id, merged }) => [id, merged])).toEqual(
      [1, 2, 3].map((no) => ['att_1', { of: 3, no, call_nano_usd: 1_001 }]),
    );
    expect(sum(parts.map(({ cost_nano_usd: cost }) => cost ?? 0))).toBe(1_001);
    expect(sum(parts.map(({ usage }) => usage?.input_uncached ?? 0))).toBe(101);
    const unknown = divideAttempt({ ...attempt, usage: null, cost_nano_usd: null }, [1, 1]);
    expect(unknown.map(({ usage, cost_nano_usd: cost }) => [usage, cost])).toEqual([
      [null, null],
      [null, null],
    ]);
  });
});
