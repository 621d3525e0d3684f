import type { Priority } from '@skein/contracts/gateway';

/** A priority is a head start (or its opposite) within the tenant's own line; so what is low waits, but not for ever. */
const HEAD_START_MS: Record<Priority, number> = { high: 3_600_000, normal: 0, low: -3_600_000 };

/** Where a job stands in its tenant's line: earlier moments are begun earlier. */
export function placeOf(priority: Priority, dueAt: Date): Date {
  return new Date(dueAt.getTime() - HEAD_START_MS[priority]);
}
