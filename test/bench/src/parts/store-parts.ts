/** What keeping things costs, beside the bare client of the same server: everything on one core, the servers too. */
import { launchPostgres, launchRedis } from '@skein/servers';
import type { Effort } from '../cells.ts';
import { SUBJECT_CORE, end, moveAllToCore } from '../pinning.ts';
import { membersOf } from '../processes.ts';
import { runLaps, startChild, type Course } from './lap.ts';
import type { PartVisit } from './parts.ts';

export type StoreWay =
  | 'Redis GET of what is not there'
  | 'exact look-up of what is not there: key and Redis'
  | 'BullMQ: added → run'
  | "Skein's queue: added → run"
  | 'postings, one by one'
  | 'postings, 100 at once';

const course = (part: string, way: StoreWay, inFlights: readonly number[]): Course[] =>
  inFlights.map((inFlight) => ({ part, way, inFlight }));

const courses: readonly Course[] = [
  ...course('cache', 'Redis GET of what is not there', [1, 16, 64]),
  ...course('cache', 'exact look-up of what is not there: key and Redis', [1, 16, 64]),
  ...course('queue', 'BullMQ: added → run', [1, 16]),
  ...course('queue', "Skein's queue: added → run", [1, 16]),
  ...course('ledger', 'postings, one by one', [1]),
  ...course('ledger', 'postings, 100 at once', [1, 4]),
];

export async function measureStoreParts(effort: Effort): Promise<readonly PartVisit[]> {
  const [redis, postgres] = await Promise.all([launchRedis({ ephemeral: true }), launchPostgres({ ephemeral: true })]);
  try {
    const servers = [redis.pid ?? 0, postgres.pid ?? 0];
    const pids = membersOf(servers).map(({ pid }) => pid);
    moveAllToCore(pids, SUBJECT_CORE);
    const caller = await startChild('./parts/store-caller.ts', { REDIS_URL: redis.url, DATABASE_URL: postgres.url });
    const members = membersOf([caller.pid ?? 0, ...servers]);
    const visits = await runLaps(caller, members, courses, { rounds: effort.partRounds, ms: effort.partMs });
    await end(caller);
    return visits;
  } finally {
    await Promise.all([redis.stop(), postgres.stop()]);
  }
}
