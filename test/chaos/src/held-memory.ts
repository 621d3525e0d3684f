/** What processes of a soak held right after they had collected their garbage: JavaScript's heap and what hangs on it. */
import { readFileSync } from 'node:fs';
import type { Sample } from './slope.js';

/** The environment variable that names the file they write to: a line a collection, `pid epoch-ms bytes`. */
export const HELD_FILE = 'SOAK_HELD_FILE';

/** By pid; times are ms since `startedAt` (ms since the epoch). */
export function readHeld(file: string, startedAt: number): ReadonlyMap<number, readonly Sample[]> {
  const held = new Map<number, Sample[]>();
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const [pid, at, bytes] = line.split(' ').map(Number);
    if (pid === undefined || at === undefined || bytes === undefined) continue;
    const samples = held.get(pid) ?? [];
    samples.push({ atMs: at - startedAt, bytes });
    held.set(pid, samples);
  }
  return held;
}
