import type { Effort } from '../cells.ts';
import { measureBusParts } from './bus-parts.ts';
import { measureComputeParts } from './compute-parts.ts';
import { measureJobParts } from './job-parts.ts';
import type { PartVisit } from './parts.ts';
import { measureStoreParts } from './store-parts.ts';

/** All parts, one group after the other: nothing else of the bench runs meanwhile. */
export async function measureParts(effort: Effort): Promise<readonly PartVisit[]> {
  const visits: PartVisit[] = [];
  for (const measure of [measureBusParts, measureComputeParts, measureStoreParts, measureJobParts]) {
    visits.push(...(await measure(effort)));
  }
  return visits;
}
