/** The processes of this machine, as `ps` tells them. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  /** Program and arguments. */
  readonly command: string;
}

const run = promisify(execFile);

/** Every running process; those that have ended and only wait to be noticed by their parent are left out. */
export async function listProcesses(): Promise<ProcessEntry[]> {
  const { stdout } = await run('ps', ['-A', '-ww', '-o', 'pid=,ppid=,stat=,args='], { maxBuffer: 64 * 1024 * 1024 });
  return stdout.split('\n').flatMap((line) => {
    const [, pid, parent, state, command] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    if (command === undefined || state?.startsWith('Z') === true) return [];
    return [{ pid: Number(pid), parent: Number(parent), command }];
  });
}

/** Children, grandchildren and so on of a process. */
export async function descendantsOf(pid: number): Promise<ProcessEntry[]> {
  const all = await listProcesses();
  const found: ProcessEntry[] = [];
  for (let parents = new Set([pid]); parents.size > 0;) {
    const children = all.filter(({ parent }) => parents.has(parent));
    found.push(...children);
    parents = new Set(children.map((child) => child.pid));
  }
  return found;
}

/** Those of `before` that run on: same pid and same command. */
export async function stillRunning(before: readonly ProcessEntry[]): Promise<ProcessEntry[]> {
  const now = new Map((await listProcesses()).map((entry) => [entry.pid, entry.command]));
  return before.filter(({ pid, command }) => now.get(pid) === command);
}
