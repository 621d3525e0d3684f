import { describe, expect, it } from '@jest/globals';
import { sumNanoUsd, toNanoUsd } from './money.js';

describe('money in tests', () => {
  it.each([
    ['0', 0n],
    ['0.000000001', 1n],
    ['12.5', 12_500_000_000n],
    ['9007199254740993.000000001', 9_007_199_254_740_993_000_000_001n],
  ])('reads %s exactly', (decimal, nano) => {
    expect(toNanoUsd(decimal)).toBe(nano);
  });

  it.each(['', '1e-7', '-1', '0.0000000001', 'NaN', null, undefined])('refuses %j', (decimal) => {
    expect(() => toNanoUsd(decimal)).toThrow(/not a decimal/);
  });

  it('adds without losing a nano-dollar', () => {
    expect(sumNanoUsd(Array.from({ length: 10 }, () => '0.1'))).toBe(1_000_000_000n);
  });
});
