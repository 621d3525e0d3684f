// A pid alone may be reused by a stranger, so every process here is named by its pid and the moment it began.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

const POLL_MS = 10;

export interface ProcessIdentity {
  pid: number;
  startedAt: string;
}

/** What tells this process from a later one with the same pid, or null when there is none (a zombie counts as gone). */
export function identifyProcess(pid: number): ProcessIdentity | null {
  const startedAt = process.platform === 'linux' ? readStartFromProc(pid) : readStartFromPs(pid);
  return startedAt === null ? null : { pid, startedAt };
}

export function isRunning({ pid, startedAt }: ProcessIdentity): boolean {
  return identifyProcess(pid)?.startedAt === startedAt;
}

/** Signals the process and waits until it is gone, by force after `boundMs`. Wakes it first if it is frozen. */
export async function endProcess(target: ProcessIdentity, signal: NodeJS.Signals, boundMs: number): Promise<void> {
  sendSignal(target, signal);
  signalTree(target, 'SIGCONT');
  if (await hasEnded(target, boundMs)) return;
  sendSignal(target, 'SIGKILL');
  if (!(await hasEnded(target, boundMs))) throw new Error(`process ${target.pid} does not end, not even by SIGKILL`);
}

/** Signals the process and its children, such as PostgreSQL's, one for each connection. */
export function signalTree(target: ProcessIdentity, signal: NodeJS.Signals): void {
  sendSignal(target, signal);
  for (const child of listChildren(target.pid)) sendSignal(child, signal);
}

/** Sends a signal to exactly this process; a process that is gone is no error. */
function sendSignal(target: ProcessIdentity, signal: NodeJS.Signals): void {
  if (!isRunning(target)) return;
  try {
    process.kill(target.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function hasEnded(target: ProcessIdentity, boundMs: number): Promise<boolean> {
  for (let waitedMs = 0; isRunning(target); waitedMs += POLL_MS) {
    if (waitedMs >= boundMs) return false;
    await wait(POLL_MS);
  }
  return true;
}

function readStartFromProc(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (state === 'Z' || state === 'X') return null;
    const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${bootId}/${fields[18]}`;
  } catch {
    return null;
  }
}

function readStartFromPs(pid: number): string | null {
  const { status, stdout } = spawnSync('ps', ['-o', 'stat=', '-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' });
  const [state = '', ...started] = (stdout ?? '').trim().split(/\s+/);
  return status !== 0 || state.startsWith('Z') ? null : started.join(' ');
}

function listChildren(pid: number): ProcessIdentity[] {
  return readChildPids(pid)
    .split(/\s+/)
    .filter(Boolean)
    .flatMap((child) => identifyProcess(Number(child)) ?? []);
}

function readChildPids(pid: number): string {
  if (process.platform !== 'linux') return spawnSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' }).stdout ?? '';
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  } catch {
    return '';
  }
}
