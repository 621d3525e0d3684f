import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { signal } from './stage.js';

/** A second process beside one that runs, with the same program, arguments and environment. It ends with this process. */
export class Twin {
  readonly #child: ChildProcess;

  /** Reads what the first one is from the kernel (Linux). */
  constructor(pid: number, change: Readonly<Record<string, string>> = {}) {
    const read = (file: string): string[] =>
      readFileSync(`/proc/${pid}/${file}`, 'utf8')
        .split('\0')
        .filter((part) => part !== '');
    const [program = process.execPath, ...args] = read('cmdline');
    const environment = Object.fromEntries(
      read('environ').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    );
    delete environment['NODE_CHANNEL_FD'];
    this.#child = spawn(program, args, {
      env: { ...environment, ...change },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      detached: true,
    });
  }

  /** Lets it drain and waits until it has ended. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null || this.#child.pid === undefined) return;
    const ended = new Promise<void>((resolve) => this.#child.once('exit', () => resolve()));
    signal(this.#child.pid, 'SIGTERM');
    await ended;
  }
}
