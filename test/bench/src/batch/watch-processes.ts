// What each process of a mesh used: its peak of resident memory as the kernel keeps it, and its CPU time.
import { readFileSync, writeFileSync } from 'node:fs';
import { descendantsOf, type Mesh } from '@skein/testkit';
import { cpuOf } from '../processes.ts';

export interface ProcessUse {
  readonly name: string;
  readonly peakMb: number;
  /** The peak within each phase, by its name; the first one begins with the process. */
  readonly peaks: ReadonlyMap<string, number>;
  readonly cpuMs: number;
}

type Named = { readonly pid: number; readonly name: string };

/** `services/router/dist/src/main.js` is the router. What is no program of the mesh's has no name. */
function nameOf(command: string): string | null {
  if (command.includes('supervisor.js')) return 'supervisor';
  return /services\/(\S+)\/dist\/src\/main\.js/.exec(command)?.[1] ?? null;
}

async function processesOf(mesh: Mesh): Promise<Named[]> {
  const family = [{ pid: mesh.process.pid, command: 'supervisor.js' }, ...(await descendantsOf(mesh.process.pid))];
  return family.flatMap(({ pid, command }) => {
    const name = nameOf(command);
    return name === null ? [] : [{ pid, name }];
  });
}

function peakMbOf(pid: number): number {
  const kib = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
  return (Number(kib ?? 0) * 1_024) / 1e6;
}

/** From here on the kernel keeps the peak anew (`clear_refs`, see proc(5)). */
const forgetPeak = (pid: number): void => writeFileSync(`/proc/${pid}/clear_refs`, '5');

const cpuMsOf = (pid: number): number => cpuOf([{ pid, isServer: false }]).own / 1_000;

export interface Watch {
  /** Says which phase is over now. */
  over(phase: string): void;
  /** What each process used: CPU time since the watch began, peaks of its whole life. */
  used(): ProcessUse[];
}

/** Begins to watch the processes there are. */
export async function watchProcesses(mesh: Mesh): Promise<Watch> {
  const watched = (await processesOf(mesh)).map((named) => ({
    ...named,
    cpuBefore: cpuMsOf(named.pid),
    peaks: new Map<string, number>(),
  }));
  return {
    over: (phase) => {
      for (const { pid, peaks } of watched) {
        peaks.set(phase, Math.max(peaks.get(phase) ?? 0, peakMbOf(pid)));
        forgetPeak(pid);
      }
    },
    used: () =>
      watched.map(({ pid, name, cpuBefore, peaks }) => ({
        name,
        peakMb: Math.max(peakMbOf(pid), ...peaks.values()),
        peaks,
        cpuMs: cpuMsOf(pid) - cpuBefore,
      })),
  };
}
