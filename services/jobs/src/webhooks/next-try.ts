// What becomes of a delivery after a try, and of its endpoint. Pure: time and chance are passed in.

/** Nine tries over about a day and a half, as the Standard Webhooks convention advises. */
const LONGEST_PAUSE_MS = 12 * 3_600_000;
const FACTOR = 4;
export const MOST_TRIES = 9;
/** So many failures in a row, and the endpoint is left alone for a while. */
const FAILURES_TO_REST = 5;
const LONGEST_REST_MS = 3_600_000;
const GONE = 410;

export interface Tried {
  /** With this one. */
  readonly tries: number;
  /** Of the endpoint, in a row, before this one. */
  readonly failuresBefore: number;
  /** Null when no answer came. */
  readonly statusCode: number | null;
}

export interface AfterTry {
  readonly status: 'pending' | 'delivered' | 'failed';
  /** Until the next try, ms; null when there is none. */
  readonly pauseMs: number | null;
  /** Failures of the endpoint in a row, with this one. */
  readonly failures: number;
  /** How long the endpoint is left alone, ms; null when it is not. */
  readonly restMs: number | null;
  /** The endpoint says that it wants to hear nothing any more. */
  readonly isGone: boolean;
}

export function afterTry({ tries, failuresBefore, statusCode }: Tried, firstMs: number, chance: number): AfterTry {
  if (statusCode !== null && statusCode >= 200 && statusCode < 300)
    return { status: 'delivered', pauseMs: null, failures: 0, restMs: null, isGone: false };
  const failures = failuresBefore + 1;
  const isGone = statusCode === GONE;
  const isLast = isGone || tries >= MOST_TRIES;
  const over = failures - FAILURES_TO_REST;
  return {
    status: isLast ? 'failed' : 'pending',
    pauseMs: isLast ? null : jittered(Math.min(LONGEST_PAUSE_MS, firstMs * FACTOR ** (tries - 1)), chance),
    failures,
    restMs: over < 0 ? null : Math.min(LONGEST_REST_MS, firstMs * 2 ** over),
    isGone,
  };
}

/** Half of it for certain, the other half by chance: a webhook soon again, but never at once. */
function jittered(ms: number, chance: number): number {
  return Math.round(ms / 2 + (chance * ms) / 2);
}
