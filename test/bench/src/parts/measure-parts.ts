import type { Effort } from '../cells.ts';
import { measureBusParts } from './bus-parts.ts';
import { measureComputeParts } from './compute-parts.ts';
import type { PartVisit } from './parts.ts';

/** All parts, one group after the other: nothing else of the bench runs meanwhile. */
export async function measureParts(effort: Effort): Promise<readonly PartVisit[]> {
  return [...(await measureBusParts(effort)), ...(await measureComputeParts(effort))];
}
