// What each process of a mesh used: its peak of resident memory as the kernel keeps it, and its CPU time.
import { readFileSync } from 'node:fs';
import { descendantsOf, type Mesh } from '@skein/testkit';
import { cpuOf } from '../processes.ts';

export interface ProcessUse {
  readonly name: string;
  readonly peakMb: number;
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

const cpuMsOf = (pid: number): number => cpuOf([{ pid, isServer: false }]).own / 1_000;

/** Begins to watch. What is asked for later is since then; peaks are of the whole life of a process. */
export async function watchProcesses(mesh: Mesh): Promise<() => Promise<ProcessUse[]>> {
  const before = new Map((await processesOf(mesh)).map(({ pid }) => [pid, cpuMsOf(pid)]));
  return async () => {
    const now = await processesOf(mesh);
    return now.map(({ pid, name }) => ({ name, peakMb: peakMbOf(pid), cpuMs: cpuMsOf(pid) - (before.get(pid) ?? 0) }));
  };
}
