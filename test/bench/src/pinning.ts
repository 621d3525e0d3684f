/** What is measured has one core, what measures (load and mock vendor) another. */
import { spawn, spawnSync, type ChildProcess, type StdioOptions } from 'node:child_process';
import { availableParallelism } from 'node:os';
import type { Environment } from '@skein/config';

export const SUBJECT_CORE = 0;
export const LOAD_CORE = 1;

export const canPin = availableParallelism() >= 2 && spawnSync('taskset', ['--version']).status === 0;

/** Moves this process, all its threads and what it will start to the load's core. */
export function pinSelf(): void {
  moveToCore(process.pid, LOAD_CORE);
}

export function moveToCore(pid: number, core: number): void {
  if (canPin) spawnSync('taskset', ['-a', '-c', '-p', String(core), String(pid)]);
}

export interface PinnedOptions {
  readonly core: number;
  readonly command: readonly string[];
  readonly environment: Environment;
  readonly stdio?: StdioOptions;
}

/** Starts a Node script on a core. `taskset` becomes the script, so the pid is the script's. */
export function spawnPinned({ core, command, environment, stdio = 'inherit' }: PinnedOptions): ChildProcess {
  const pin = canPin ? ['taskset', '-c', String(core)] : [];
  const [program = process.execPath, ...rest] = [...pin, process.execPath, ...command];
  return spawn(program, rest, { env: { ...environment }, stdio });
}

/** Ends a process and waits for it; by force after a bound. */
export async function end(child: ChildProcess, boundMs = 30_000): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  const force = setTimeout(() => child.kill('SIGKILL'), boundMs);
  await ended;
  clearTimeout(force);
}
