import { describe, expect, it } from '@jest/globals';
import { formatUsd, parseUsd } from './money.js';

describe('money', () => {
  it.each([
    ['0', 0n],
    ['0.000000001', 1n],
    ['0.1', 100_000_000n],
    ['0.100000000000', 100_000_000n],
    ['12', 12_000_000_000n],
    ['90071992.547409931', 90_071_992_547_409_931n],
  ])('reads %s USD to the last nano-dollar', (decimal, nano) => {
    expect(parseUsd(decimal)).toBe(nano);
  });

  it.each(['', '-1', '1e-7', '.5', '1,5', '0.0000000001', 'NaN'])('refuses %j', (decimal) => {
    expect(() => parseUsd(decimal)).toThrow(RangeError);
  });

  it('adds what floating point cannot', () => {
    const tenth = parseUsd('0.1');
    expect(formatUsd(tenth + parseUsd('0.2'))).toBe('0.3');
    expect(formatUsd(parseUsd('9007199.254740993') + 1n)).toBe('9007199.254740994');
  });

  it.each(['0', '0.000000001', '3.05', '100'])('writes %s as it was read', (decimal) => {
    expect(formatUsd(parseUsd(decimal))).toBe(decimal);
  });
});
