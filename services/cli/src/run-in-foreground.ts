import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Environment } from './environment.js';
import { CommandFailure } from './failure.js';

/** A signal that comes again so soon is the same Ctrl-C, once from the terminal and once from an npm above us. Milliseconds. */
const SAME_SIGNAL_MS = 500;

const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Where signals come from: this process, or a test. */
export interface SignalSource {
  on(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
  off(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
}

export interface ForegroundProgram {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly environment: Environment;
}

/**
 * Runs a program in our place until it ends, and resolves with its exit code (128 + n when signal n ended it). It has a
 * process group of its own, so that a Ctrl-C reaches it exactly once: through us.
 */
export function runInForeground(
  program: ForegroundProgram,
  signals: SignalSource = process,
  now: () => number = () => performance.now(),
): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program.command, program.args, {
      cwd: program.cwd,
      env: { ...program.environment },
      stdio: 'inherit',
      detached: true,
    });
    let forwardedAt = -Infinity;
    const forward = (signal: NodeJS.Signals): void => {
      if (now() - forwardedAt < SAME_SIGNAL_MS) return;
      forwardedAt = now();
      child.kill(signal);
    };
    const stopForwarding = (): void => FORWARDED.forEach((signal) => void signals.off(signal, forward));
    for (const signal of FORWARDED) signals.on(signal, forward);
    child.once('error', (cause) => {
      stopForwarding();
      reject(new CommandFailure(`${program.command} cannot be started: ${cause.message}`));
    });
    child.once('exit', (code, signal) => {
      stopForwarding();
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}
