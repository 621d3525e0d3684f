import { describe, expect, it } from '@jest/globals';
import { formatUsd, parseUsd, picoUsdPerToken, scaleDecimal } from './money.js';

describe('formatUsd', () => {
  it.each([
    [0, '0'],
    [1, '0.000000001'],
    [123_456, '0.000123456'],
    [1_500_000_000, '1.5'],
    [20_000_000_000, '20'],
    [100_000_000, '0.1'],
    [-2_500, '-0.0000025'],
    [Number.MAX_SAFE_INTEGER, '9007199.254740991'],
  ])('writes %d nano-USD as %s', (nano, usd) => {
    expect(formatUsd(nano)).toBe(usd);
  });

  it('refuses what is not a whole number', () => {
    expect(() => formatUsd(0.5)).toThrow(RangeError);
    expect(() => formatUsd(Number.NaN)).toThrow(RangeError);
    expect(() => formatUsd(2 ** 53)).toThrow(RangeError);
  });
});

describe('parseUsd', () => {
  it.each<[string | number, number]>([
    ['0', 0],
    ['0.000123456', 123_456],
    ['1.50', 1_500_000_000],
    [0.1, 100_000_000],
    [1e-7, 100],
    ['2.5e-9', 3],
    ['0.0000000004', 0],
    ['0.0000000005', 1],
    ['-0.0000000005', -1],
    [' 3 ', 3_000_000_000],
  ])('reads %p as %d nano-USD', (usd, nano) => {
    expect(parseUsd(usd)).toBe(nano);
  });

  it.each(['', 'abc', '1,5', '$1', '0x10', '1.2.3', 'Infinity', '1e9999'])('refuses %p', (text) => {
    expect(() => parseUsd(text)).toThrow(RangeError);
  });

  it('refuses what does not fit', () => {
    expect(() => parseUsd('9007199.254740992')).toThrow(RangeError);
  });

  it('gives back what formatUsd wrote', () => {
    for (let nano = 1; nano < Number.MAX_SAFE_INTEGER; nano = nano * 7 + 3) {
      expect(parseUsd(formatUsd(nano))).toBe(nano);
      expect(parseUsd(formatUsd(-nano))).toBe(-nano);
    }
  });
});

describe('picoUsdPerToken', () => {
  it('makes one dollar per million tokens a million pico-USD per token', () => {
    expect(picoUsdPerToken(1)).toEqual({ value: 1_000_000, exact: true });
    expect(picoUsdPerToken(0.003625)).toEqual({ value: 3_625, exact: true });
  });

  it('says when a price is not a whole number of them', () => {
    expect(picoUsdPerToken(0.08333333333333334).exact).toBe(false);
    expect(picoUsdPerToken('0.0000005')).toEqual({ value: 1, exact: false });
  });
});

describe('scaleDecimal', () => {
  it('does not pass through floats', () => {
    expect(scaleDecimal('123456789012345678901234567890.123456789', 9).value).toBe(
      123456789012345678901234567890123456789n,
    );
  });
});
