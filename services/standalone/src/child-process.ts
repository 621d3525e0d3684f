import { spawn, type ChildProcess } from 'node:child_process';
import type { Environment } from '@skein/config';

/** A process that ends sooner than this has failed to boot. */
const BOOTED_AFTER_MS = 5_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1_000;

/** Pause before the next start, ms: none after a process that had run, doubling up to a second after failed boots. */
export function restartPause(failedBoots: number): number {
  return failedBoots === 0 ? 0 : Math.min(FIRST_PAUSE_MS * 2 ** (failedBoots - 1), LONGEST_PAUSE_MS);
}

export interface ChildSpec {
  readonly name: string;
  /** The script and its arguments. */
  readonly command: readonly string[];
  readonly environment: Environment;
}

/**
 * One supervised process: started again at once whenever it ends, until it is told to stop. It has a process group of its
 * own, so that a Ctrl-C reaches only the supervisor, which ends its children in order; and a channel to its parent, so
 * that it ends by itself when the supervisor is killed.
 */
export class SupervisedProcess {
  #child: ChildProcess | undefined;
  #failedBoots = 0;
  #stopping = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly spec: ChildSpec,
    private readonly say: (line: string) => void,
  ) {}

  get name(): string {
    return this.spec.name;
  }

  start(): void {
    const startedAt = performance.now();
    const child = spawn(process.execPath, [...this.spec.command], {
      env: { ...this.spec.environment },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      detached: true,
    });
    this.#child = child;
    child.once('exit', (code, signal) => {
      this.#child = undefined;
      if (this.#stopping) return;
      this.#failedBoots = performance.now() - startedAt < BOOTED_AFTER_MS ? this.#failedBoots + 1 : 0;
      const pause = restartPause(this.#failedBoots - 1);
      this.say(
        `${this.spec.name} ended (${signal ?? `code ${code}`}); starting it again${pause > 0 ? ` in ${pause} ms` : ''}`,
      );
      this.#timer = setTimeout(() => this.start(), pause);
    });
  }

  /** Asks it to drain, and waits for its end; by force after `boundMs`. */
  async stop(boundMs: number): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    const child = this.#child;
    if (child === undefined) return;
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill('SIGTERM');
    const force = setTimeout(() => child.kill('SIGKILL'), boundMs);
    await ended;
    clearTimeout(force);
  }
}
