import { describe, expect, it } from '@jest/globals';
import { lookUntil } from './look-until.js';

const signal = new AbortController().signal;

function counting(): { look: () => Promise<number>; seen: () => number } {
  let looks = 0;
  return { look: async () => ++looks, seen: () => looks };
}

describe('looking until there is enough', () => {
  it('looks once when that is enough', async () => {
    const { look, seen } = counting();
    expect(await lookUntil(look, () => true, { everyMs: 1, forMs: 1_000, signal })).toBe(1);
    expect(seen()).toBe(1);
  });

  it('looks again until it is', async () => {
    expect(await lookUntil(counting().look, (looks) => looks === 3, { everyMs: 1, forMs: 60_000, signal })).toBe(3);
  });

  it('gives what it saw last when patience ends', async () => {
    const { look, seen } = counting();
    expect(await lookUntil(look, () => false, { everyMs: 1, forMs: 5, signal })).toBe(seen());
  });

  it('stops when the asker has left', async () => {
    const leaving = new AbortController();
    const look = async (): Promise<string> => {
      leaving.abort();
      return 'seen';
    };
    expect(await lookUntil(look, () => false, { everyMs: 1, forMs: 60_000, signal: leaving.signal })).toBe('seen');
  });

  it('passes on what a look throws', async () => {
    const look = (): Promise<never> => Promise.reject(new Error('away'));
    await expect(lookUntil(look, () => false, { everyMs: 1, forMs: 1_000, signal })).rejects.toThrow('away');
  });
});
