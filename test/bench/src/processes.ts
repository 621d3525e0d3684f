/** Processes as Linux tells of them under /proc: who belongs to a target, what they used, what they hold. */
import { readFileSync, readdirSync } from 'node:fs';

/** Clock ticks of /proc/<pid>/stat are hundredths of a second on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4096;
const serverPrograms = ['nats-server', 'redis-server', 'postgres'];

export interface Member {
  readonly pid: number;
  /** A backing server, not a process of the target's own. */
  readonly isServer: boolean;
}

interface Stat {
  readonly program: string;
  readonly parent: number;
  readonly ticks: number;
  readonly rssBytes: number;
}

function readStat(pid: number | string): Stat | null {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return null;
  }
  const nameEnd = text.lastIndexOf(')');
  const fields = text.slice(nameEnd + 2).split(' ');
  return {
    program: text.slice(text.indexOf('(') + 1, nameEnd),
    parent: Number(fields[1]),
    ticks: Number(fields[11]) + Number(fields[12]),
    rssBytes: Number(fields[21]) * PAGE_BYTES,
  };
}

/** The processes below these, themselves included. */
export function membersOf(roots: readonly number[]): readonly Member[] {
  const all = new Map<number, Stat>();
  for (const name of readdirSync('/proc')) {
    const stat = /^\d+$/.test(name) ? readStat(name) : null;
    if (stat !== null) all.set(Number(name), stat);
  }
  const found = new Set(roots.filter((pid) => all.has(pid)));
  for (let size = -1; size !== found.size;) {
    size = found.size;
    for (const [pid, stat] of all) if (found.has(stat.parent)) found.add(pid);
  }
  return [...found].map((pid) => ({
    pid,
    isServer: serverPrograms.some((program) => all.get(pid)?.program.startsWith(program) === true),
  }));
}

export interface CpuUse {
  /** CPU time, µs, user and system. */
  readonly own: number;
  readonly servers: number;
}

/** CPU time these processes have used so far. One that has ended counts as nothing. */
export function cpuOf(members: readonly Member[]): CpuUse {
  let own = 0;
  let servers = 0;
  for (const { pid, isServer } of members) {
    const micros = ((readStat(pid)?.ticks ?? 0) / TICKS_PER_SECOND) * 1e6;
    if (isServer) servers += micros;
    else own += micros;
  }
  return { own, servers };
}

/** Resident memory, MB. Pages that processes share are counted for each. */
export function residentMb(members: readonly Member[]): { own: number; servers: number } {
  let own = 0;
  let servers = 0;
  for (const { pid, isServer } of members) {
    const megabytes = (readStat(pid)?.rssBytes ?? 0) / 1e6;
    if (isServer) servers += megabytes;
    else own += megabytes;
  }
  return { own, servers };
}

/** Memory of the target's own processes where what they share is counted once, MB; 0 where the kernel does not tell. */
export function proportionalMb(members: readonly Member[]): number {
  let kilobytes = 0;
  for (const { pid, isServer } of members) {
    if (isServer) continue;
    try {
      kilobytes += Number(/^Pss: +(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1'))?.[1] ?? 0);
    } catch {
      // It has ended, or is somebody else's.
    }
  }
  return (kilobytes * 1_024) / 1e6;
}

/** Busy and stolen time of one core so far, µs. */
export function coreUse(core: number): { busy: number; stolen: number } {
  const line = readFileSync('/proc/stat', 'latin1')
    .split('\n')
    .find((text) => text.startsWith(`cpu${core} `));
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = (line ?? '')
    .split(' ')
    .slice(1)
    .map(Number);
  const micros = 1e6 / TICKS_PER_SECOND;
  return { busy: (user + nice + system + irq + softirq) * micros, stolen: steal * micros };
}
