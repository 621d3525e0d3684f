import { describe, expect, it } from '@jest/globals';
import { safeInteger, toSafeInteger } from './columns.js';

describe('a whole number in a BIGINT column', () => {
  it.each([[0], [-1], [1_500_000_000], [Number.MAX_SAFE_INTEGER]])('goes there and back: %s', (value) => {
    expect(safeInteger.from(safeInteger.to(value))).toBe(value);
  });

  it.each([
    [0.5],
    [Number.NaN],
    [Number.MAX_SAFE_INTEGER + 1],
    ['1.0'],
    [''],
    ['9007199254740993'],
    [9007199254740993n],
    [{}],
  ])('is never made of %p', (value) => expect(() => toSafeInteger(value)).toThrow(RangeError));

  it('may be unknown', () => {
    expect(safeInteger.to(null)).toBeNull();
    expect(safeInteger.from(null)).toBeNull();
    expect(safeInteger.to(undefined)).toBeUndefined();
  });
});
