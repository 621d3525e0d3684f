import { describe, expect, it } from '@jest/globals';
import { runAll } from './run-all.js';

describe('runAll', () => {
  it('keeps the order of the items, whoever finishes first', async () => {
    const waits = new Map<number, () => void>();
    const running = runAll([1, 2, 3], 3, async (item) => {
      await new Promise<void>((resolve) => waits.set(item, resolve));
      return item * 10;
    });
    for (const item of [3, 1, 2]) waits.get(item)?.();
    expect(await running).toEqual([10, 20, 30]);
  });

  it('never has more under way than asked for, and does everything once', async () => {
    let running = 0;
    let most = 0;
    const done: number[] = [];
    await runAll(
      Array.from({ length: 20 }, (_, index) => index),
      4,
      async (item) => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setImmediate(resolve));
        running--;
        done.push(item);
      },
    );
    expect(most).toBe(4);
    expect(done.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, index) => index));
  });

  it('does nothing of nothing', async () => {
    expect(await runAll([], 4, () => Promise.reject(new Error('called')))).toEqual([]);
  });
});
