import type { VendorQuota } from '@skein/contracts/attempt';
import type { Quota } from './deployment.js';

interface Page {
  readonly quota: VendorQuota;
  readonly heardAt: number;
}

/**
 * What vendors said is left of their windows, by deployment and key. Every router hears every attempt, so what one spends
 * the others know: the vendor's own count is the shared bucket. Between two words of the vendor the tokens of attempts that
 * finished meanwhile are already in its count. Time is passed in, ms since the epoch.
 */
export class QuotaBook {
  readonly #byId = new Map<string, Map<string, Page>>();

  hear(id: string, key: string | null, quota: VendorQuota, now: number): void {
    let pages = this.#byId.get(id);
    if (pages === undefined) {
      pages = new Map();
      this.#byId.set(id, pages);
    }
    pages.set(key ?? '', { quota, heardAt: now });
  }

  /** What is left over all keys; undefined where nothing is known, or the window has begun anew since. */
  of(id: string, now: number): Quota | undefined {
    const pages = this.#byId.get(id);
    if (pages === undefined) return undefined;
    const current = [...pages.values()].filter(({ quota, heardAt }) => heardAt + quota.resets_in_ms > now);
    if (current.length === 0) return undefined;
    // A key whose window has begun anew has all of it, and nobody knows how much that is.
    if (current.length < pages.size) return undefined;
    const sum = (pick: (quota: VendorQuota) => number | null): number | null =>
      current.reduce<number | null>((total, { quota }) => {
        const value = pick(quota);
        return total === null || value === null ? null : total + value;
      }, 0);
    const requestsLeft = sum((quota) => quota.requests_left);
    const tokensLeft = sum((quota) => quota.tokens_left);
    const shares = [
      shareOf(
        requestsLeft,
        sum((quota) => quota.requests_limit),
      ),
      shareOf(
        tokensLeft,
        sum((quota) => quota.tokens_limit),
      ),
    ].filter((share) => share !== null);
    return {
      requestsLeft,
      tokensLeft,
      share: shares.length === 0 ? null : Math.min(...shares),
      resetsInMs: Math.min(...current.map(({ quota, heardAt }) => heardAt + quota.resets_in_ms - now)),
    };
  }
}

function shareOf(left: number | null, limit: number | null): number | null {
  return left === null || limit === null || limit === 0 ? null : Math.min(1, left / limit);
}
