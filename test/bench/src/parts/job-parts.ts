/** A whole job of Skein's: its row, the fair queue, the completion as for any caller, its events. One process, everything on. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Effort } from '../cells.ts';
import { end } from '../pinning.ts';
import { membersOf } from '../processes.ts';
import { startMockVendor, startTarget } from '../running-target.ts';
import { skeinInOne } from '../skein-targets.ts';
import { runLaps, startChild } from './lap.ts';
import type { PartVisit } from './parts.ts';

export async function measureJobParts(effort: Effort): Promise<readonly PartVisit[]> {
  const scratch = mkdtempSync(join(tmpdir(), 'skein-bench-jobs-'));
  const mock = await startMockVendor();
  const target = skeinInOne('skein-jobs', 'Skein in one process', { settings: { JOBS_CONCURRENCY: '64' } });
  const running = await startTarget(target, mock, scratch);
  try {
    const caller = await startChild('./parts/jobs-caller.ts', { DOOR_URL: `http://127.0.0.1:${running.ports[0]}` });
    const members = [...running.members(), ...membersOf([caller.pid ?? 0])];
    const courses = [1, 16].map((inFlight) => ({ part: 'queue', way: 'job accepted → done', inFlight }));
    const visits = await runLaps(caller, members, courses, { rounds: effort.partRounds, ms: effort.partMs * 2 });
    await end(caller);
    return visits;
  } finally {
    await running.stop();
    await mock.stop();
    rmSync(scratch, { recursive: true, force: true });
  }
}
