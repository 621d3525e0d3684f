import { setTimeout as pause } from 'node:timers/promises';
import { SkeinError } from '@skein/contracts/errors';
import type { SettledLine } from './batch.js';
import type { LinesRepository } from './lines.repository.js';

/** Two minutes. */
const STORE_TRIES = 240;
const STORE_PAUSE_MS = 500;

/** Writes down what came of lines. An answer that is paid for is not given up because PostgreSQL is away for a while. */
export async function settlePatiently(
  lines: LinesRepository,
  batchId: string,
  settled: readonly SettledLine[],
): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await lines.settle(batchId, settled);
      return;
    } catch (error) {
      const isAway = error instanceof SkeinError && error.code === 'unavailable';
      if (!isAway || tries === STORE_TRIES) throw error;
      await pause(STORE_PAUSE_MS);
    }
  }
}
