/** What a hop and a fact cost: four ways to ask, two ways to state, in alternating rounds, everything on one core. */
import { launchNats } from '@skein/servers';
import type { Effort } from '../cells.ts';
import { SUBJECT_CORE, end, moveToCore } from '../pinning.ts';
import { membersOf } from '../processes.ts';
import { runLaps, startChild } from './lap.ts';
import type { PartVisit } from './parts.ts';

export const askWays = [
  'nats.request',
  "Nest's own NATS transport",
  'bus call, another process',
  'bus call, same process',
] as const;
export const factWays = ['jetstream.publish', 'fact stated → acknowledged'] as const;
export type BusWay = (typeof askWays)[number] | (typeof factWays)[number];

export async function measureBusParts(effort: Effort): Promise<readonly PartVisit[]> {
  const nats = await launchNats({ ephemeral: true });
  if (nats.pid !== undefined) moveToCore(nats.pid, SUBJECT_CORE);
  const environment = { NATS_URL: nats.meshUrl };
  const server = await startChild('./parts/echo-server.ts', environment);
  const caller = await startChild('./parts/bus-caller.ts', environment);
  const members = membersOf([server.pid ?? 0, caller.pid ?? 0, nats.pid ?? 0]);
  const courses = [1, 16, 64].flatMap((inFlight) => [
    ...askWays.map((way) => ({ part: 'bus round trip', way, inFlight })),
    ...factWays.map((way) => ({ part: 'fact', way, inFlight })),
  ]);
  const visits = await runLaps(caller, members, courses, { rounds: effort.partRounds, ms: effort.partMs });
  await Promise.all([end(caller), end(server)]);
  await nats.stop();
  return visits;
}
