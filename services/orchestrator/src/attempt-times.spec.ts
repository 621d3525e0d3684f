import { describe, expect, it } from '@jest/globals';
import { attemptTimes } from './attempt-times.js';

const limits = { connect_ms: 5_000, first_byte_ms: null, idle_ms: null, call_ms: 30_000 };
const callMs = (remainingMs: number, candidatesLeft: number, call_ms = 30_000) =>
  attemptTimes({ ...limits, call_ms }, { stream: false, remainingMs, candidatesLeft }).call_ms;

describe('the time of an unstreamed attempt', () => {
  it('is its own limit while the chain fits behind it', () => {
    expect(callMs(120_000, 3)).toBe(30_000);
  });
  it('may be long where there is time, as long as each candidate behind it can start', () => {
    expect(callMs(120_000, 4, 600_000)).toBe(100_000);
  });
  it('leaves the candidates after it their share of a near deadline', () => {
    expect(callMs(9_000, 2)).toBe(3_000);
  });
  it('is all that is left for the last candidate', () => {
    expect(callMs(9_000, 0)).toBe(9_000);
  });
  it('is never split below a second while there is one', () => {
    expect(callMs(1_500, 4)).toBe(1_000);
  });
});

describe('the time of a stream', () => {
  const stream = (remainingMs: number, candidatesLeft: number, rest = {}) =>
    attemptTimes(
      { ...limits, first_byte_ms: 3_000, idle_ms: 30_000, ...rest },
      { stream: true, remainingMs, candidatesLeft },
    );

  it('is split up to its first byte and between chunks; once it flows it may flow on', () => {
    expect(stream(9_000, 2)).toMatchObject({ first_byte_ms: 3_000, idle_ms: 3_000, call_ms: 9_000 });
    expect(stream(4_000, 3)).toMatchObject({ first_byte_ms: 1_000, idle_ms: 1_000, call_ms: 4_000 });
  });
  it('to the first byte has an end where somebody is left, even if it had no limit of its own', () => {
    expect(stream(20_000, 1, { first_byte_ms: null }).first_byte_ms).toBe(15_000);
    expect(stream(20_000, 0, { first_byte_ms: null }).first_byte_ms).toBeNull();
  });
});
