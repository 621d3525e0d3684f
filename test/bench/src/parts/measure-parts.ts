import type { Attempts } from '../attempts.ts';
import type { Effort } from '../cells.ts';
import { measureBusParts } from './bus-parts.ts';
import { measureComputeParts } from './compute-parts.ts';
import { measureJobParts } from './job-parts.ts';
import type { PartVisit } from './parts.ts';
import { measureStoreParts } from './store-parts.ts';

const groups = {
  'bus and facts': measureBusParts,
  'plain computation': measureComputeParts,
  'cache, queue and ledger': measureStoreParts,
  'whole jobs': measureJobParts,
} as const;

/** All parts, one group after the other: nothing else of the bench runs meanwhile. */
export async function measureParts(effort: Effort, attempts: Attempts): Promise<readonly PartVisit[]> {
  const visits: PartVisit[] = [];
  for (const [name, measure] of Object.entries(groups)) {
    visits.push(...((await attempts.try(`parts: ${name}`, () => measure(effort))) ?? []));
  }
  return visits;
}
