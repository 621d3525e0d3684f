import type { ErrorCode, RetryAdvice, SkeinError } from '@skein/contracts/errors';
import type { RoutePlan } from '@skein/contracts/router';

/** `retry-after` is waited for in place only when no other candidate is left and it is no longer than this. */
export const IN_PLACE_WAIT_MS = 5_000;

/** A request whose workers die is moved to another worker of the same vendor so often. */
export const MAX_LOSSES = 3;

/** The vendor did nothing wrong: a process of ours was gone. */
const lostByUs: ReadonlySet<ErrorCode> = new Set(['worker_lost', 'no_responders']);

/** A candidate that was tried, and what it last failed of. */
export interface Tried {
  /** Its place in the plan. */
  readonly place: number;
  readonly error: SkeinError;
}

export interface FailedAttempt {
  readonly error: SkeinError;
  /** Candidates of the plan that have not been tried yet. */
  readonly candidatesLeft: number;
  /** Milliseconds until the request's deadline. */
  readonly remainingMs: number;
  /** Has this request already waited for a vendor's retry-after? */
  readonly hasWaited: boolean;
  /** Attempts of this request that were lost with their workers before this one. */
  readonly losses: number;
  /** Every candidate that was tried, in the plan's order. */
  readonly tried: readonly Tried[];
  /** How often this request has asked a candidate a second time. */
  readonly retried: number;
  readonly retries: RoutePlan['retries'];
  /** What a content refusal means by policy. */
  readonly filtered: RoutePlan['answers']['filtered'];
  /** From 0 up to, not including, 1: the jitter. */
  readonly chance: number;
}

export type NextStep =
  | { readonly do: 'next' }
  /** The same candidate at another worker. */
  | { readonly do: 'again' }
  | { readonly do: 'wait-and-retry'; readonly place: number; readonly afterMs: number; readonly asTold: boolean }
  /** The error goes back to the caller as it is. */
  | { readonly do: 'refuse' }
  /** Nothing is left to try. */
  | { readonly do: 'give-up' };

/**
 * What the conductor does after an attempt failed before anything was shown, by the error table alone: a caller's own
 * fault and a refusal go back as they are; everything else goes to the next candidate at once. With none left, a candidate
 * whose trouble may have passed is asked again, after its own `retry-after` or a jittered pause.
 */
export function nextStep(failed: FailedAttempt): NextStep {
  const advice: Record<RetryAdvice, () => NextStep> = {
    never: () => (failed.error.code === 'content_refused' && failed.filtered === 'next' ? elsewhere(failed) : REFUSE),
    other: () => elsewhere(failed),
    same: () => elsewhere(failed),
  };
  if (failed.remainingMs <= 0) return { do: 'give-up' };
  return advice[failed.error.row.retry]();
}

const REFUSE: NextStep = { do: 'refuse' };

function elsewhere(failed: FailedAttempt): NextStep {
  const { error, candidatesLeft, losses } = failed;
  if (candidatesLeft > 0) return { do: 'next' };
  if (lostByUs.has(error.code) && losses < MAX_LOSSES) return { do: 'again' };
  const waits = failed.tried.flatMap((tried) => waitFor(tried, failed));
  const soonest = waits.reduce<(typeof waits)[number] | null>(
    (best, wait) => (best === null || wait.afterMs < best.afterMs ? wait : best),
    null,
  );
  return soonest === null ? { do: 'give-up' } : { do: 'wait-and-retry', ...soonest };
}

/** How long to wait before a candidate may be asked again; none: it is not worth it, or there is no time. */
function waitFor({ place, error }: Tried, { hasWaited, remainingMs, retried, retries, chance }: FailedAttempt) {
  const told = error.retryAfterMs;
  if (told !== undefined) {
    return hasWaited || told > IN_PLACE_WAIT_MS || told >= remainingMs ? [] : [{ place, afterMs: told, asTold: true }];
  }
  if (!error.row.passes || retried >= retries.most) return [];
  const afterMs = Math.floor(chance * Math.min(retries.cap_ms, retries.base_ms * 2 ** retried));
  return afterMs >= remainingMs ? [] : [{ place, afterMs, asTold: false }];
}
