// What vendors served against what the ledger has. Pure.
import type { ServedRequest } from '@skein/testkit';
import type { PostedAttempt } from './failovers.js';

export interface Posting extends PostedAttempt {
  readonly vendor: string;
  /** Nano-USD. */
  readonly cost: string;
}

export interface Comparison {
  /** Answers that vendors gave to the end. */
  readonly served: number;
  readonly posted: number;
  /** Posted as of unknown outcome: a vendor was called, and nobody lived to tell. */
  readonly unknown: number;
  /** Served to the end and not posted at all, or posted as finished and never served. */
  readonly drift: number;
  /** Which they are, for the log. */
  readonly strays: readonly string[];
  /** Attempts a vendor served more than once. */
  readonly servedTwice: number;
}

export function compareBooks(served: readonly ServedRequest[], postings: readonly Posting[]): Comparison {
  const complete = served.filter(({ outcome, usage }) => outcome === 'complete' && usage !== null).map(attemptOf);
  const attempts = new Set(complete.filter((id) => id !== undefined));
  const posted = new Map(postings.map((posting) => [posting.attemptId, posting]));
  const unposted = [...attempts].filter((id) => !posted.has(id)).map((id) => `${id} served, not posted`);
  const neverServed = postings
    .filter(({ attemptId, outcome }) => outcome === 'finished' && !attempts.has(attemptId))
    .map(({ attemptId, vendor }) => `${attemptId} (${vendor}) posted, not served`);
  const strays = [...unposted, ...neverServed];
  return {
    served: attempts.size,
    posted: postings.length,
    unknown: postings.filter(({ outcome }) => outcome === 'unknown').length,
    drift: strays.length,
    strays,
    servedTwice: complete.length - new Set(complete).size,
  };
}

function attemptOf({ correlation }: ServedRequest): string | undefined {
  return correlation['x-skein-attempt'];
}
