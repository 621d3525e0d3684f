import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from '@skein/telemetry';
import { isStoreAway } from './unavailable.js';

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2_000;

/**
 * Tries `connect` until it succeeds, with growing pauses, for at most `waitMs`. An error that waiting cannot mend (a wrong
 * password, an unknown database) is thrown at once; after `waitMs` the last one is.
 */
export async function untilItAnswers<Result>(
  connect: () => Promise<Result>,
  { waitMs, logger }: { waitMs: number; logger: Logger },
): Promise<Result> {
  const giveUpAt = performance.now() + waitMs;
  for (let pauseMs = FIRST_PAUSE_MS, tries = 1; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS), tries += 1) {
    try {
      return await connect();
    } catch (error) {
      const leftMs = giveUpAt - performance.now();
      if (!isStoreAway(error) || leftMs <= 0) throw error;
      logger.warn({ tries, left_ms: Math.round(leftMs), err: error }, 'PostgreSQL does not answer yet; trying again');
      await pause(Math.min(pauseMs, leftMs));
    }
  }
}
