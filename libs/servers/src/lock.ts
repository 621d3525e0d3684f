// A lock file names its holder; a holder that no longer runs holds nothing. `link` makes taking it atomic, and the
// removal of a dead holder's file is guarded by a directory, so two starters can never both take over.
import { linkSync, mkdirSync, readFileSync, rmSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { identifyProcess, isRunning, type ProcessIdentity } from './process-identity.js';

const RETRY_MS = 50;
const TAKEOVER_BOUND_MS = 10_000;

export type LockAttempt = { release: () => void } | { heldBy: number };

/** Takes the lock or says at once which pid holds it. */
export async function tryLock(path: string): Promise<LockAttempt> {
  const mine = identifyProcess(process.pid);
  if (mine === null) throw new Error('cannot read the start time of this process');
  const draft = `${path}.${process.pid}`;
  for (;;) {
    writeFileSync(draft, JSON.stringify(mine));
    try {
      linkSync(draft, path);
      return { release: () => rmSync(path, { force: true }) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    } finally {
      rmSync(draft, { force: true });
    }
    const holder = readHolder(path);
    if (holder !== null && isRunning(holder)) return { heldBy: holder.pid };
    await removeDeadLock(path);
  }
}

/** Runs `work` while holding the lock; waits for whoever holds it. */
export async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  for (;;) {
    const attempt = await tryLock(path);
    if ('release' in attempt) {
      try {
        return await work();
      } finally {
        attempt.release();
      }
    }
    await wait(RETRY_MS);
  }
}

function readHolder(path: string): ProcessIdentity | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as ProcessIdentity;
  } catch {
    return null;
  }
}

async function removeDeadLock(path: string): Promise<void> {
  const guard = `${path}.takeover`;
  try {
    mkdirSync(guard);
  } catch {
    if (ageMs(guard) > TAKEOVER_BOUND_MS) rmSync(guard, { recursive: true, force: true });
    await wait(RETRY_MS);
    return;
  }
  try {
    const holder = readHolder(path);
    if (holder === null || !isRunning(holder)) rmSync(path, { force: true });
  } finally {
    rmdirSync(guard);
  }
}

function ageMs(path: string): number {
  try {
    return Date.now() - statSync(path).mtimeMs;
  } catch {
    return 0;
  }
}
