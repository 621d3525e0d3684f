import type { Logger } from '@skein/telemetry';
import type { LinesRepository } from './lines.repository.js';

const BEATS_PER_LEASE = 5;

export interface LinesHold {
  readonly batchId: string;
  readonly owner: string;
  readonly leaseMs: number;
  /** The numbers of the lines to hold on to, at this moment. */
  readonly underWay: () => readonly number[];
  /** Which of them are no longer the owner's (cancelled, or taken over), if any. */
  readonly onLost: (lineNos: readonly number[]) => void;
}

/** Holds on to lines under way by renewing their lease. Returns what ends it, and waits for the renewal that is under way. */
export function holdLines(
  { lines, logger }: { readonly lines: LinesRepository; readonly logger: Logger },
  { batchId, owner, leaseMs, underWay, onLost }: LinesHold,
): () => Promise<void> {
  let current: Promise<void> | undefined;
  const renew = async (): Promise<void> => {
    // What is taken while this is asked is not meant by the answer.
    const before = underWay();
    if (before.length === 0) return;
    const held = new Set(await lines.renew(batchId, owner, leaseMs));
    const lost = before.filter((lineNo) => !held.has(lineNo));
    if (lost.length > 0) onLost(lost);
  };
  const timer = setInterval(() => {
    current ??= renew()
      .catch((error: unknown) => logger.warn({ err: error, batch: batchId }, 'lines were not held on to'))
      .finally(() => (current = undefined));
  }, leaseMs / BEATS_PER_LEASE);
  return async () => {
    clearInterval(timer);
    await current;
  };
}
