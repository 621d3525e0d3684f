import { setTimeout as pause } from 'node:timers/promises';

export interface Patience {
  readonly everyMs: number;
  readonly forMs: number;
  readonly signal: AbortSignal;
}

/** Looks again and again until what is seen is enough, patience ends or the asker leaves; returns what was seen last. */
export async function lookUntil<Seen>(
  look: () => Promise<Seen>,
  isEnough: (seen: Seen) => boolean,
  { everyMs, forMs, signal }: Patience,
): Promise<Seen> {
  const giveUpAt = performance.now() + forMs;
  for (;;) {
    const seen = await look();
    if (isEnough(seen) || signal.aborted || performance.now() + everyMs > giveUpAt) return seen;
    await pause(everyMs, undefined, { signal }).catch(() => undefined);
  }
}
