/**
 * Streams that stay open, all at once: a slow model gives a chunk every few seconds. What is read is the memory that they
 * hold in the target's processes, started afresh, and whether each of them goes on.
 */
import { HttpConnection, type Answer } from './load/http-connection.ts';
import { cpuOf, residentMb } from './processes.ts';
import { startTarget, type MockVendor, type RunningTarget } from './running-target.ts';
import { withSettings } from './skein-targets.ts';
import type { Target } from './target.ts';

const OPENED_AT_ONCE = 50;
const PAUSE_MS = 200;
const OPEN_WITHIN_MS = 90_000;
/** Longer than the vendor's pause between two chunks. */
const WATCHED_MS = 6_000;

export interface OpenStreams {
  readonly target: string;
  readonly wanted: number;
  /** Open at the end, and of them those that had a chunk while they were watched. */
  readonly open: number;
  readonly alive: number;
  readonly firstFault: string | null;
  readonly idleMb: { readonly own: number; readonly servers: number };
  /** Resident while they are open. */
  readonly openMb: { readonly own: number; readonly servers: number };
  /** CPU ms per second that they cost while they were watched, over all processes. */
  readonly cpuMsPerSecond: number;
}

export async function measureOpenStreams(
  target: Target,
  mock: MockVendor,
  scratch: string,
  wanted: number,
): Promise<OpenStreams> {
  const roomy = withSettings(target, {
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
  while (streams.length < wanted && performance.now() < deadline) {
    for (let no = 0; no < OPENED_AT_ONCE && streams.length < wanted; no += 1) {
      const connection = new HttpConnection(running.ports[streams.length % running.ports.length] ?? 0);
      connection.send(running.nextRequest({ stream: true, pace: 'open' }), onEnd);
      streams.push(connection);
    }
    await pause(PAUSE_MS);
  }
  while (streams.some(({ seen }) => seen.events === 0) && faults.length === 0 && performance.now() < deadline) {
    await pause(PAUSE_MS);
  }
  const members = running.members();
  const before = cpuOf(members);
  const eventsBefore = streams.map(({ seen }) => seen.events);
  await pause(WATCHED_MS);
  const after = cpuOf(members);
  const open = streams.filter(({ seen }) => seen.isUnderWay && seen.events > 0).length;
  const alive = streams.filter(({ seen }, index) => seen.isUnderWay && seen.events > (eventsBefore[index] ?? 0)).length;
  const openMb = residentMb(members);
  for (const stream of streams) stream.close();
  const cpuUs = after.own + after.servers - before.own - before.servers;
  return {
    target: running.target.name,
    wanted,
    open,
    alive,
    firstFault: faults[0] ?? null,
    idleMb,
    openMb,
    cpuMsPerSecond: cpuUs / WATCHED_MS,
  };
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
