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
  moveAllToCore([pid], core);
}

/** Moves processes with all their threads; one that has ended is passed over. */
export function moveAllToCore(pids: readonly number[], ...cores: readonly number[]): void {
  if (!canPin || pids.length === 0) return;
  const script = 'core=$1; shift; for pid; do taskset -a -c -p "$core" "$pid"; done';
  spawnSync('sh', ['-c', script, 'sh', cores.join(','), ...pids.map(String)], { stdio: 'ignore' });
}

export interface PinnedOptions {
  readonly core: number;
  readonly command: readonly string[];
  /** Default: this Node. */
  readonly program?: string;
  readonly environment: Environment;
  readonly stdio?: StdioOptions;
}

/** Starts a program, a Node script if none is named, on a core. `taskset` becomes the program, so the pid is the program's. */
export function spawnPinned(options: PinnedOptions): ChildProcess {
  const { core, program = process.execPath, command, environment, stdio = 'inherit' } = options;
  const pin = canPin ? ['taskset', '-c', String(core)] : [];
  const [first = program, ...rest] = [...pin, program, ...command];
  return spawn(first, rest, { env: { ...environment }, stdio });
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
