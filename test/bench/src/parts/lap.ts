/** A child process that goes one of its ways round and round for a while, so many at once, when it is told to. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { processEnvironment, type Environment } from '@skein/config';
import { benchFile } from '../checkout.ts';
import { SUBJECT_CORE, spawnPinned } from '../pinning.ts';
import { cpuOf, type Member } from '../processes.ts';
import type { PartVisit } from './parts.ts';

export interface Lap {
  readonly way: string;
  readonly inFlight: number;
  /** At least one round is gone, however long it takes. */
  readonly ms: number;
}

export interface LapResult {
  /** What was done: rounds, or what a round counts itself as. */
  readonly units: number;
  readonly seconds: number;
  readonly p50Us: number;
  readonly p99Us: number;
}

/** Which way, of which part, how many at once. */
export interface Course {
  readonly part: string;
  readonly way: string;
  readonly inFlight: number;
}

/** Starts a script of the bench on the core under test and waits until it says that it is ready. */
export async function startChild(script: string, environment: Environment): Promise<ChildProcess> {
  const child = spawnPinned({
    core: SUBJECT_CORE,
    command: [benchFile(script)],
    environment: { ...processEnvironment(), ...environment },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  await reply(child);
  return child;
}

/** One lap, with the CPU that all members used for it. */
export async function runLap(
  child: ChildProcess,
  members: readonly Member[],
  { part, way, inFlight }: Course,
  { round, ms }: { round: number; ms: number },
): Promise<PartVisit> {
  const before = cpuOf(members);
  child.send({ way, inFlight, ms } satisfies Lap);
  const result = await reply<LapResult>(child);
  const after = cpuOf(members);
  return {
    part,
    way,
    inFlight,
    round,
    perSecond: result.units / result.seconds,
    p50Us: result.p50Us,
    p99Us: result.p99Us,
    cpuUs: (after.own + after.servers - before.own - before.servers) / Math.max(1, result.units),
  };
}

/** All courses once to warm up, then round after round, forwards and backwards in turn. */
export async function runLaps(
  child: ChildProcess,
  members: readonly Member[],
  courses: readonly Course[],
  { rounds, ms }: { rounds: number; ms: number },
): Promise<PartVisit[]> {
  for (const course of courses) await runLap(child, members, course, { round: -1, ms: ms / 2 });
  const visits: PartVisit[] = [];
  for (let round = 0; round < rounds; round += 1) {
    for (const course of round % 2 === 0 ? courses : [...courses].reverse()) {
      visits.push(await runLap(child, members, course, { round, ms }));
    }
  }
  return visits;
}

async function reply<Message>(child: ChildProcess): Promise<Message> {
  const gone = new AbortController();
  const ended = once(child, 'exit', { signal: gone.signal }).then(() => {
    throw new Error('A process of the bench ended before it was done');
  });
  ended.catch(() => undefined);
  try {
    const [message] = (await Promise.race([once(child, 'message', { signal: gone.signal }), ended])) as [Message];
    return message;
  } finally {
    gone.abort();
  }
}
