import type { AttemptFinishedFact } from '@skein/contracts/attempt';
import { errorTable, type WireError } from '@skein/contracts/errors';
import type { Observation } from './health-window.js';

/**
 * What an attempt says about its deployment; null where it says nothing: it was cancelled, or failed by our own doing. A
 * vendor that refuses a caller's request is in good health.
 */
export function observeAttempt(fact: AttemptFinishedFact, now: number): Observation | null {
  if (fact.outcome === 'cancelled') return null;
  const { error } = fact;
  if (error === null) return fact.outcome === 'finished' ? answered(fact) : null;
  if (!errorTable[error.code].blamesVendor) return error.source === 'vendor' ? refusedByVendor : null;
  return {
    outcome: 'error',
    rateLimited: error.code === 'vendor_rate_limited',
    firstByteMs: null,
    totalMs: null,
    retryAt: retryMoment(error, now),
  };
}

/** It answered, and no doubt quickly: a refusal tells nothing of how long real work takes. */
const refusedByVendor: Observation = {
  outcome: 'answered',
  rateLimited: false,
  firstByteMs: null,
  totalMs: null,
  retryAt: null,
};

function answered({ stream, first_byte_ms, total_ms }: AttemptFinishedFact): Observation {
  return {
    outcome: 'answered',
    rateLimited: false,
    firstByteMs: stream ? first_byte_ms : null,
    totalMs: total_ms,
    retryAt: null,
  };
}

function retryMoment({ retry_after_ms }: WireError, now: number): number | null {
  return retry_after_ms === undefined ? null : Math.ceil(now + retry_after_ms);
}
