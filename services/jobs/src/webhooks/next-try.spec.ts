import { describe, expect, it } from '@jest/globals';
import { MOST_TRIES, afterTry } from './next-try.js';

const after = (statusCode: number | null, tries = 1, failuresBefore = 0, chance = 0.5) =>
  afterTry({ tries, failuresBefore, statusCode }, 5_000, chance);

describe('a delivery after a try', () => {
  it.each([
    [200, 'delivered'],
    [204, 'delivered'],
    [302, 'pending'],
    [400, 'pending'],
    [410, 'failed'],
    [500, 'pending'],
    [null, 'pending'],
  ] as const)('%s → %s', (statusCode, status) => {
    expect(after(statusCode).status).toBe(status);
  });

  it('waits longer from try to try, with jitter, up to half a day', () => {
    expect([1, 2, 3].map((tries) => after(500, tries).pauseMs)).toEqual([3_750, 15_000, 60_000]);
    expect(after(500, 8, 0, 0.999_999).pauseMs).toBeLessThanOrEqual(12 * 3_600_000);
    expect(after(500, 1, 0, 0).pauseMs).toBe(2_500);
  });

  it('is given up after the last', () => {
    expect(after(500, MOST_TRIES)).toMatchObject({ status: 'failed', pauseMs: null });
  });
});

describe('an endpoint', () => {
  it('rests after five failures in a row, longer from one to the next, at most an hour', () => {
    expect(after(500, 1, 3).restMs).toBeNull();
    expect(after(500, 1, 4)).toMatchObject({ failures: 5, restMs: 5_000 });
    expect(after(null, 1, 6).restMs).toBe(20_000);
    expect(after(500, 1, 99).restMs).toBe(3_600_000);
  });

  it('is well again after one success, and is told nothing more when it is gone', () => {
    expect(after(200, 1, 9)).toMatchObject({ failures: 0, restMs: null });
    expect(after(410).isGone).toBe(true);
  });
});
