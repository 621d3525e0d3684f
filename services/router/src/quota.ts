/** What a plan does with deployments whose vendor has said that its quota is used up. */
import { SkeinError } from '@skein/contracts/errors';
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

const LEAST_WAIT_MS = 1_000;

/**
 * Splits a plan's entries for a request that may spend spare quota only: where a vendor has no more left of its window than
 * the share that is kept for others, it is not spare. A vendor that tells nothing has it. Throws `rate_limit_exceeded`, with
 * the time until a window begins anew, where nothing is spare.
 */
export function setReservedAside<Entry extends { readonly estimate: Estimate }>(
  entries: readonly Entry[],
  reserve: number,
): { readonly kept: readonly Entry[]; readonly reserved: readonly Entry[] } {
  const isReserved = ({ estimate }: Entry) => isSpent(estimate) || (estimate.quota?.share ?? 1) <= reserve;
  const kept = entries.filter((entry) => !isReserved(entry));
  const reserved = entries.filter(isReserved);
  if (kept.length > 0 || reserved.length === 0) return { kept, reserved };
  const soonestMs = Math.min(...reserved.map(({ estimate }) => estimate.quota?.resetsInMs ?? LEAST_WAIT_MS));
  throw new SkeinError(
    'rate_limit_exceeded',
    'What is left of the vendors\u2019 rate limits is kept for other requests',
    {
      retryAfterMs: Math.max(LEAST_WAIT_MS, soonestMs),
    },
  );
}
