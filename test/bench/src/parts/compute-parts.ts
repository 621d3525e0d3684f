/** Plain computation of the walk: what one call costs in a process that does nothing else, on one core. */
import { once } from 'node:events';
import { processEnvironment } from '@skein/config';
import type { Effort } from '../cells.ts';
import { benchFile } from '../checkout.ts';
import { SUBJECT_CORE, end, spawnPinned } from '../pinning.ts';
import type { PartVisit } from './parts.ts';

export interface ComputeOrder {
  readonly rounds: number;
  readonly ms: number;
}

export async function measureComputeParts(effort: Effort): Promise<readonly PartVisit[]> {
  const child = spawnPinned({
    core: SUBJECT_CORE,
    command: [benchFile('./parts/compute.ts')],
    environment: processEnvironment(),
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const failed = once(child, 'exit').then(() => {
    throw new Error('The measurement of the computing parts ended early');
  });
  await Promise.race([once(child, 'message'), failed]);
  child.send({ rounds: effort.partRounds, ms: effort.partMs / 3 } satisfies ComputeOrder);
  const [visits] = (await Promise.race([once(child, 'message'), failed])) as [PartVisit[]];
  failed.catch(() => undefined);
  await end(child);
  return visits;
}
