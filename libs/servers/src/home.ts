// Where a server lives: the state directory it was given, held by a lock, or a temporary one. Servers that a dead process
// left behind are ended before anything is started on the same files.
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { tryLock } from './lock.js';
import { endProcess, isRunning } from './process-identity.js';
import { readAllServerRecords, readServerRecord, writeServerRecord } from './state.js';
import { StateInUseError, type LaunchOptions, type Progress, type ServerName } from './types.js';

export const STOP_BOUND_MS = 15_000;
const EPHEMERAL_PREFIX = 'skein-ephemeral-';

export interface ServerHome {
  stateDir: string;
  isEphemeral: boolean;
  say: Progress;
  /** Gives the directory up; a temporary one is removed, and so is what was placed outside of it. */
  close(): void;
  /** Directories outside that belong to a temporary home. */
  outside: string[];
}

/** Opens the home of one server. Throws `StateInUseError` when a living process holds it. */
export async function openHome(name: ServerName, options: LaunchOptions): Promise<ServerHome> {
  const say = options.onProgress ?? (() => undefined);
  if (options.ephemeral === true) return openEphemeralHome(say);
  const stateDir = resolve(options.stateDir);
  mkdirSync(stateDir, { recursive: true });
  const lock = await tryLock(join(stateDir, `${name}.lock`));
  if ('heldBy' in lock) {
    throw new StateInUseError(
      `${stateDir} is in use by process ${lock.heldBy}: stop that one, or choose another state directory`,
    );
  }
  await endLeftover(stateDir, name, say).catch((error: unknown) => {
    lock.release();
    throw error;
  });
  return { stateDir, isEphemeral: false, say, close: lock.release, outside: [] };
}

async function endLeftover(stateDir: string, name: ServerName, say: Progress): Promise<void> {
  const record = readServerRecord(stateDir, name);
  if (record?.process === undefined) return;
  if (isRunning(record.process)) {
    say(`${name}: ending process ${record.process.pid}, left behind by an earlier run; its data is kept`);
    await endProcess(record.process, name === 'postgres' ? 'SIGINT' : 'SIGTERM', STOP_BOUND_MS);
  }
  writeServerRecord(stateDir, name, { port: record.port });
}

async function openEphemeralHome(say: Progress): Promise<ServerHome> {
  await sweepDeadEphemeralHomes();
  const stateDir = mkdtempSync(join(tmpdir(), `${EPHEMERAL_PREFIX}${process.pid}-`));
  // PostgreSQL may run as another user, who has to get through to its own directory below; secrets are 0600.
  chmodSync(stateDir, 0o711);
  const outside: string[] = [];
  const close = (): void => {
    for (const dir of [stateDir, ...outside]) rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  };
  return { stateDir, isEphemeral: true, say, close, outside };
}

/** Ends and removes what test processes that were killed left in the temporary directory. */
async function sweepDeadEphemeralHomes(): Promise<void> {
  for (const entry of readdirSync(tmpdir())) {
    const pid = Number(/^skein-ephemeral-(\d+)-/.exec(entry)?.[1]);
    if (!Number.isInteger(pid) || isPidInUse(pid)) continue;
    const dir = join(tmpdir(), entry);
    try {
      const left = readAllServerRecords(dir).flatMap((record) => record.process ?? []);
      await Promise.all(left.map((target) => endProcess(target, 'SIGKILL', STOP_BOUND_MS)));
      rmSync(dir, { recursive: true, force: true });
    } catch {
      // Another user's, or another process sweeps it at this moment: not ours to end.
    }
  }
}

function isPidInUse(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
