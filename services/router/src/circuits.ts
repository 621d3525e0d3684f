/** Which deployments are resting after failures, and what a plan does with them. */
import type { Estimate } from './deployment.js';

/** Is nothing to be sent there now? An opening whose moment has passed no longer counts, should health be away. */
export function isOpen({ health }: Estimate, now: number): boolean {
  return health?.circuit === 'open' && (health.until === null || health.until > now);
}

/**
 * Splits a plan's entries by circuit. Open ones are left out while anything else is there; when all are open, none is,
 * the soonest to close first, since one answer tried is better than none. A model asked for by name is always tried.
 */
export function setOpenAside<Entry extends { readonly estimate: Estimate }>(
  entries: readonly Entry[],
  now: number,
): { readonly kept: readonly Entry[]; readonly resting: readonly Entry[] } {
  const passes = ({ estimate }: Entry) => estimate.contender.origin === 'asked' || !isOpen(estimate, now);
  const kept = entries.filter(passes);
  if (kept.length > 0) return { kept, resting: entries.filter((entry) => !passes(entry)) };
  const closesAt = ({ estimate }: Entry) => estimate.health?.until ?? Number.MAX_SAFE_INTEGER;
  return { kept: [...entries].sort((a, b) => closesAt(a) - closesAt(b)), resting: [] };
}
