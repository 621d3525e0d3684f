/** The child's side of `lap.ts`. */
import { percentile } from '../statistics.ts';
import type { Lap, LapResult } from './lap.ts';

/** One round of a way; resolves to how many units it did (nothing: one). */
export type Way = () => Promise<number | void>;

/** Says that it is ready and goes the laps it is told. */
export function answerLaps(ways: Readonly<Record<string, Way>>): void {
  process.on('message', (lap: Lap) => {
    const way = ways[lap.way];
    if (way === undefined) throw new Error(`There is no way ${lap.way}`);
    void goRound(way, lap).then((result) => process.send?.(result));
  });
  process.send?.('ready');
}

async function goRound(way: Way, { inFlight, ms }: Lap): Promise<LapResult> {
  const times: number[] = [];
  let units = 0;
  const startedAt = performance.now();
  const until = startedAt + ms;
  const runner = async () => {
    let now = performance.now();
    do {
      const done = (await way()) ?? 1;
      const then = performance.now();
      times.push((then - now) / done);
      units += done;
      now = then;
      // A way that never leaves the process must not keep its timers from running.
      if (times.length % 256 === 0) await new Promise((resolve) => setImmediate(resolve));
    } while (now < until);
  };
  await Promise.all(Array.from({ length: inFlight }, runner));
  const seconds = (performance.now() - startedAt) / 1000;
  times.sort((a, b) => a - b);
  return { units, seconds, p50Us: percentile(times, 0.5) * 1000, p99Us: percentile(times, 0.99) * 1000 };
}
