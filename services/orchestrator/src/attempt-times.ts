/** The time of one attempt: its own limits, but never so much that the candidates behind it cannot start. Pure. */
import type { AttemptLimits } from '@skein/contracts/router';

/** With this much time (ms) a candidate can begin an answer. */
const TO_START_MS = 5_000;
/** Below this (ms) time is not split any further: an attempt that cannot succeed helps nobody. */
const LEAST_MS = 1_000;

export interface Situation {
  readonly stream: boolean;
  /** Milliseconds until the request's deadline. */
  readonly remainingMs: number;
  /** Candidates that are still to be tried after this one. */
  readonly candidatesLeft: number;
}

/**
 * A stream must have begun in its share of the time and may then flow to the end; an unstreamed answer must be there whole.
 */
export function attemptTimes(limits: AttemptLimits, { stream, remainingMs, candidatesLeft }: Situation): AttemptLimits {
  const fairShare = remainingMs / (candidatesLeft + 1);
  const beforeOthers = remainingMs - candidatesLeft * TO_START_MS;
  const share = Math.max(1, Math.min(remainingMs, Math.max(fairShare, beforeOthers, LEAST_MS)));
  if (!stream) return { ...limits, call_ms: Math.min(limits.call_ms, share) };
  return {
    ...limits,
    first_byte_ms: atMost(limits.first_byte_ms, share, candidatesLeft),
    idle_ms: atMost(limits.idle_ms, share, candidatesLeft),
    call_ms: Math.max(1, Math.min(limits.call_ms, remainingMs)),
  };
}

function atMost(limit: number | null, share: number, candidatesLeft: number): number | null {
  if (limit === null) return candidatesLeft === 0 ? null : share;
  return Math.min(limit, share);
}
