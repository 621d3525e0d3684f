import { spawn, type ChildProcess } from 'node:child_process';
import { descendantsOf, stillRunning, type ProcessEntry } from './process-table.js';
import { eventually } from './eventually.js';

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const MOST_OUTPUT = 200_000;

/** A Node program in a process of its own. What it prints is kept, to be shown when something goes wrong. */
export class NodeProcess {
  readonly #child: ChildProcess;
  readonly #exited: Promise<Exit>;
  #output = '';
  #stdout = '';

  constructor(
    readonly script: string,
    options: { args?: readonly string[]; environment: NodeJS.ProcessEnv; cwd?: string; ownGroup?: boolean },
  ) {
    this.#child = spawn(process.execPath, [script, ...(options.args ?? [])], {
      cwd: options.cwd,
      env: options.environment,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: options.ownGroup === true,
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream
        ?.setEncoding('utf8')
        .on('data', (text: string) => (this.#output = (this.#output + text).slice(-MOST_OUTPUT)));
    }
    this.#child.stdout?.on('data', (text: string) => (this.#stdout = (this.#stdout + text).slice(-MOST_OUTPUT)));
    this.#exited = new Promise((resolve) => {
      this.#child.once('close', (code, signal) => resolve({ code, signal }));
      this.#child.once('error', (error) => {
        this.#output += error.message;
        resolve({ code: null, signal: null });
      });
    });
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error(`${this.script} did not start:\n${this.#output}`);
    return this.#child.pid;
  }

  /** What it has printed so far, on both streams. */
  get output(): string {
    return this.#output;
  }

  /** What it has printed so far on its standard output alone. */
  get stdout(): string {
    return this.#stdout;
  }

  get hasExited(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Resolves when it has ended and all it printed is read. */
  get exited(): Promise<Exit> {
    return this.#exited;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** As a terminal does with Ctrl-C: the signal goes to the whole process group. Only for one with a group of its own. */
  killGroup(signal: NodeJS.Signals): void {
    process.kill(-this.pid, signal);
  }

  /** Processes it has started and what those have started. */
  descendants(): Promise<ProcessEntry[]> {
    return descendantsOf(this.pid);
  }

  /** Asks it to end. Throws, with its output, when it does not within `withinMs`, or leaves a process behind. */
  async stop(withinMs = 30_000): Promise<void> {
    if (this.hasExited) return;
    const family = await this.descendants();
    this.kill('SIGTERM');
    const timer = setTimeout(() => this.kill('SIGKILL'), withinMs);
    const exit = await this.#exited;
    clearTimeout(timer);
    if (exit.code !== 0)
      throw new Error(`${this.script} ended with ${exit.signal ?? `code ${exit.code}`}:\n${this.#output}`);
    await noneLeft(family);
  }
}

/** Throws, naming them, while any of the processes runs. The kernel takes a moment to take an ended process away. */
export async function noneLeft(family: readonly ProcessEntry[]): Promise<void> {
  await eventually(
    async () => {
      const left = await stillRunning(family);
      if (left.length > 0)
        throw new Error(`left behind: ${left.map(({ pid, command }) => `${pid} ${command}`).join('; ')}`);
    },
    { withinMs: 2_000, everyMs: 100 },
  );
}
