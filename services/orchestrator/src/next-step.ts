import type { ErrorCode, RetryAdvice, SkeinError } from '@skein/contracts/errors';

/** `retry-after` is waited for in place only when no other candidate is left and it is no longer than this. */
export const IN_PLACE_WAIT_MS = 5_000;

/** A request whose workers die is moved to another worker of the same vendor so often. */
export const MAX_LOSSES = 3;

/** The vendor did nothing wrong: a process of ours was gone. */
const lostByUs: ReadonlySet<ErrorCode> = new Set(['worker_lost', 'no_responders']);

export interface FailedAttempt {
  readonly error: SkeinError;
  /** Candidates of the plan that have not been tried yet. */
  readonly candidatesLeft: number;
  /** Milliseconds until the request's deadline. */
  readonly remainingMs: number;
  /** Has this request already waited in place? */
  readonly hasWaited: boolean;
  /** Attempts of this request that were lost with their workers before this one. */
  readonly losses: number;
}

export type NextStep =
  | { readonly do: 'next' }
  /** The same candidate at another worker. */
  | { readonly do: 'again' }
  | { readonly do: 'wait-and-retry'; readonly afterMs: number }
  /** The error goes back to the caller as it is. */
  | { readonly do: 'refuse' }
  /** Nothing is left to try. */
  | { readonly do: 'give-up' };

/**
 * What the conductor does after an attempt failed before anything was shown, by the error table alone: a caller's own
 * fault and a refusal go back as they are; everything else goes to the next candidate.
 */
export function nextStep(failed: FailedAttempt): NextStep {
  const advice: Record<RetryAdvice, () => NextStep> = {
    never: () => ({ do: 'refuse' }),
    other: () => elsewhere(failed),
    same: () => elsewhere(failed),
  };
  if (failed.remainingMs <= 0) return { do: 'give-up' };
  return advice[failed.error.row.retry]();
}

function elsewhere({ error, candidatesLeft, remainingMs, hasWaited, losses }: FailedAttempt): NextStep {
  if (candidatesLeft > 0) return { do: 'next' };
  if (lostByUs.has(error.code) && losses < MAX_LOSSES) return { do: 'again' };
  const afterMs = error.retryAfterMs;
  if (afterMs !== undefined && !hasWaited && afterMs <= IN_PLACE_WAIT_MS && afterMs < remainingMs) {
    return { do: 'wait-and-retry', afterMs };
  }
  return { do: 'give-up' };
}

/**
 * Milliseconds an attempt may take: its own limit, but never so long that the candidates after it cannot start.
 */
export function attemptBudget(callMs: number, remainingMs: number, candidatesLeft: number): number {
  const share = remainingMs / (candidatesLeft + 1);
  return Math.max(1, Math.min(callMs, remainingMs, Math.max(share, Math.min(remainingMs, 1_000))));
}
