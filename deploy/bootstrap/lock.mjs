// One set-up at a time in a checkout. The lock file names its holder, one that no longer runs holds nothing. `link` makes
// taking it atomic; a dead holder's file is removed under a guard, so two that wait can never both take over.
import { linkSync, mkdirSync, readFileSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const RETRY_MS = 100;
const GUARD_BOUND_MS = 10_000;

/** Runs `work` while holding the lock at `path`; says so once if it has to wait for another process. */
export async function withLock(path, say, work) {
  mkdirSync(dirname(path), { recursive: true });
  for (let hasSaid = false; !tryTake(path);) {
    const holder = readHolder(path);
    if (!isAlive(holder)) {
      removeDead(path);
    } else if (!hasSaid) {
      say(`waiting for process ${holder.pid}, which sets up this checkout`);
      hasSaid = true;
    }
    await wait(RETRY_MS);
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

function tryTake(path) {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, JSON.stringify({ pid: process.pid, startedAt: readStart(process.pid) }));
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    return false;
  } finally {
    rmSync(draft, { force: true });
  }
}

function removeDead(path) {
  const guard = `${path}.takeover`;
  try {
    mkdirSync(guard);
  } catch {
    if (Date.now() - (statSync(guard, { throwIfNoEntry: false })?.mtimeMs ?? Infinity) > GUARD_BOUND_MS) {
      rmSync(guard, { recursive: true, force: true });
    }
    return;
  }
  if (!isAlive(readHolder(path))) rmSync(path, { force: true });
  rmdirSync(guard);
}

function readHolder(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

function isAlive(holder) {
  if (holder === undefined) return false;
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if (error.code !== 'EPERM') return false;
  }
  return readStart(holder.pid) === holder.startedAt;
}

/** When the process began, where /proc tells it, so that a pid in use again is not taken for its former owner. */
function readStart(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return 'unknown';
  }
}
