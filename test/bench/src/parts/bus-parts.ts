/** What a hop and a fact cost: three ways to ask, two ways to state, in alternating rounds, everything on one core. */
import { once } from 'node:events';
import { processEnvironment } from '@skein/config';
import { launchNats } from '@skein/servers';
import { benchFile } from '../checkout.ts';
import type { Effort } from '../cells.ts';
import { SUBJECT_CORE, end, moveToCore, spawnPinned } from '../pinning.ts';
import { cpuOf, membersOf } from '../processes.ts';
import type { PartVisit } from './parts.ts';

export const askWays = ['nats.request', 'bus call, another process', 'bus call, same process'] as const;
export const factWays = ['jetstream.publish', 'fact stated → acknowledged'] as const;
export type BusWay = (typeof askWays)[number] | (typeof factWays)[number];

export interface Lap {
  readonly way: BusWay;
  readonly inFlight: number;
  readonly ms: number;
}

export interface LapResult {
  readonly rounds: number;
  readonly seconds: number;
  readonly p50Us: number;
  readonly p99Us: number;
}

export async function measureBusParts(effort: Effort): Promise<readonly PartVisit[]> {
  const nats = await launchNats({ ephemeral: true });
  if (nats.pid !== undefined) moveToCore(nats.pid, SUBJECT_CORE);
  const start = async (script: string) => {
    const child = spawnPinned({
      core: SUBJECT_CORE,
      command: [benchFile(`./parts/${script}`)],
      environment: { ...processEnvironment(), NATS_URL: nats.meshUrl },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    await once(child, 'message');
    return child;
  };
  const server = await start('echo-server.ts');
  const caller = await start('bus-caller.ts');
  const members = membersOf([server.pid ?? 0, caller.pid ?? 0, nats.pid ?? 0]);

  const lap = async (round: number, group: string, way: BusWay, inFlight: number, ms: number): Promise<PartVisit> => {
    const before = cpuOf(members);
    const answered = once(caller, 'message') as Promise<[LapResult]>;
    caller.send({ way, inFlight, ms } satisfies Lap);
    const [result] = await answered;
    const after = cpuOf(members);
    const rounds = Math.max(1, result.rounds);
    return {
      part: group,
      way,
      inFlight,
      round,
      perSecond: result.rounds / result.seconds,
      p50Us: result.p50Us,
      p99Us: result.p99Us,
      cpuUs: (after.own + after.servers - before.own - before.servers) / rounds,
    };
  };

  const visits: PartVisit[] = [];
  const ways = [
    ...askWays.map((way) => ['bus round trip', way] as const),
    ...factWays.map((way) => ['fact', way] as const),
  ];
  for (const [group, way] of ways) await lap(-1, group, way, 16, effort.partMs);
  for (let round = 0; round < effort.rounds; round += 1) {
    for (const inFlight of [1, 16, 64]) {
      for (const [group, way] of round % 2 === 0 ? ways : [...ways].reverse()) {
        visits.push(await lap(round, group, way, inFlight, effort.partMs));
      }
    }
  }
  await Promise.all([end(caller), end(server)]);
  await nats.stop();
  return visits;
}
