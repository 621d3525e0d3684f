import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { descendantsOf } from '@skein/testkit';
import type { Sample } from './slope.js';

const run = promisify(execFile);
const KIB = 1_024;

export interface Watched {
  readonly name: string;
  readonly samples: Sample[];
}

/** Resident memory of a process and all it has started, sample by sample, by pid. */
export class ResidentMemory {
  readonly watched = new Map<number, Watched>();

  constructor(private readonly root: number) {}

  async sample(atMs: number): Promise<void> {
    const family = [{ pid: this.root, command: 'supervisor.js' }, ...(await descendantsOf(this.root))];
    const pids = family.map(({ pid }) => pid).join(',');
    const { stdout } = await run('ps', ['-o', 'pid=,rss=', '-p', pids]);
    const sizes = new Map(stdout.split('\n').map((line) => readPair(line)));
    for (const { pid, command } of family) {
      const kib = sizes.get(pid);
      const name = nameOf(command);
      if (kib === undefined || name === null) continue;
      const watched = this.watched.get(pid) ?? { name, samples: [] };
      this.watched.set(pid, watched);
      watched.samples.push({ atMs, bytes: kib * KIB });
    }
  }
}

function readPair(line: string): [pid: number, kib: number] {
  const [pid, kib] = line.trim().split(/\s+/).map(Number);
  return [pid ?? 0, kib ?? 0];
}

/** `services/router/dist/src/main.js` is the router; what is no program of ours (the `ps` itself) has no name. */
function nameOf(command: string): string | null {
  if (command.includes('supervisor.js')) return 'supervisor';
  return /services\/(\S+)\/dist\/src\/main\.js/.exec(command)?.[1] ?? null;
}
