/** What a plan does with deployments whose vendor has said that its quota is used up. */
import type { Estimate } from './deployment.js';

/** The vendor said itself that this much does not fit in what is left of its window. */
export function isSpent({ quota, inputTokens, outputTokens }: Estimate): boolean {
  if (quota === undefined) return false;
  if (quota.requestsLeft !== null && quota.requestsLeft <= 0) return true;
  return quota.tokensLeft !== null && quota.tokensLeft < inputTokens + outputTokens;
}

/**
 * Splits a plan's entries: spent ones are left out while anything else is there. When all are spent none is, since the
 * vendor may count otherwise than it said; what the caller named is always tried.
 */
export function setSpentAside<Entry extends { readonly estimate: Estimate }>(
  entries: readonly Entry[],
): { readonly kept: readonly Entry[]; readonly spent: readonly Entry[] } {
  const passes = ({ estimate }: Entry) => estimate.contender.origin === 'asked' || !isSpent(estimate);
  if (entries.every(passes)) return { kept: entries, spent: [] };
  const kept = entries.filter(passes);
  return kept.length === 0 ? { kept: entries, spent: [] } : { kept, spent: entries.filter((entry) => !passes(entry)) };
}
