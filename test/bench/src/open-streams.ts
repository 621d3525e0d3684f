/**
 * Streams that stay open, all at once: a slow model gives a chunk every few seconds. What is read is the memory that they
 * hold in the target's processes, started afresh, and whether each of them goes on.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HttpConnection, type Answer } from './load/http-connection.ts';
import { cpuOf, proportionalMb, residentMb } from './processes.ts';
import { startTarget, type MockVendor, type RunningTarget } from './running-target.ts';
import { withSettings } from './skein-targets.ts';
import type { Target } from './target.ts';

/** At most so many wait for their first chunk. */
const MOST_OPENING = 100;
const LOOK_EVERY_MS = 100;
const OPEN_WITHIN_MS = 90_000;
/** Longer than the vendor's pause between two chunks. */
const WATCHED_MS = 6_000;

/** A stream may take its time: by default a call is cut after thirty seconds, whether it flows or not. */
const patient = {
  name: 'patient',
  default: ['openai/gpt-4.1-mini'],
  timeouts: { request_ms: 600_000, call_ms: 600_000, first_byte_ms: 60_000 },
};

export interface OpenStreams {
  readonly target: string;
  readonly wanted: number;
  /** Open at the end, and of them those that had a chunk while they were watched. */
  readonly open: number;
  readonly alive: number;
  /** Why streams ended, and how many. */
  readonly faults: Readonly<Record<string, number>>;
  readonly idleMb: { readonly own: number; readonly servers: number };
  /** Resident while they are open. */
  readonly openMb: { readonly own: number; readonly servers: number };
  /** Of the own processes, with what they share counted once. */
  readonly openProportionalMb: number;
  /** CPU ms per second that they cost while they were watched, over all processes. */
  readonly cpuMsPerSecond: number;
}

export async function measureOpenStreams(
  target: Target,
  mock: MockVendor,
  scratch: string,
  wanted: number,
): Promise<OpenStreams> {
  const policy = join(scratch, 'patient.json');
  writeFileSync(policy, JSON.stringify(patient));
  const roomy = withSettings(target, {
    SKEIN_POLICY: policy,
    WORKER_CONCURRENCY: String(wanted + 100),
    GATEWAY_MAX_IN_FLIGHT: String(wanted + 100),
  });
  const running = await startTarget(roomy, mock, scratch);
  try {
    return await holdOpen(running, wanted);
  } finally {
    await running.stop();
  }
}

async function holdOpen(running: RunningTarget, wanted: number): Promise<OpenStreams> {
  const idleMb = residentMb(running.members());
  const faults: string[] = [];
  const streams: HttpConnection[] = [];
  const onEnd = ({ status, broken }: Answer): void => void faults.push(broken ?? `ended with status ${status}`);
  const deadline = performance.now() + OPEN_WITHIN_MS;
  const opening = (): number => streams.filter(({ seen }) => seen.isUnderWay && seen.events === 0).length;
  while (performance.now() < deadline) {
    const waiting = opening();
    if (waiting === 0 && streams.length === wanted) break;
    for (let room = MOST_OPENING - waiting; room > 0 && streams.length < wanted; room -= 1) {
      const connection = new HttpConnection(running.ports[streams.length % running.ports.length] ?? 0);
      connection.send(running.nextRequest({ stream: true, pace: 'open' }), onEnd);
      streams.push(connection);
    }
    await pause(LOOK_EVERY_MS);
  }
  const members = running.members();
  const before = cpuOf(members);
  const eventsBefore = streams.map(({ seen }) => seen.events);
  await pause(WATCHED_MS);
  const after = cpuOf(members);
  const open = streams.filter(({ seen }) => seen.isUnderWay && seen.events > 0).length;
  const alive = streams.filter(({ seen }, index) => seen.isUnderWay && seen.events > (eventsBefore[index] ?? 0)).length;
  const openMb = residentMb(members);
  const openProportionalMb = proportionalMb(members);
  for (const stream of streams) stream.close();
  const cpuUs = after.own + after.servers - before.own - before.servers;
  return {
    target: running.target.name,
    wanted,
    open,
    alive,
    faults: Object.fromEntries([...Map.groupBy(faults, (fault) => fault)].map(([fault, all]) => [fault, all.length])),
    idleMb,
    openMb,
    openProportionalMb,
    cpuMsPerSecond: cpuUs / WATCHED_MS,
  };
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
