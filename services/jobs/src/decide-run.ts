// The point of the room: what becomes of a job when a run of it has ended. Pure: time and chance are passed in.
import { attemptsOf, type AnswerEnd } from '@skein/bus';
import {
  errorTable,
  fromWireError,
  SkeinError,
  toOpenAiError,
  type ErrorCode,
  type WireError,
} from '@skein/contracts/errors';
import type { JobView } from '@skein/contracts/jobs';
import type { AttemptSummary, CompletionResult, Explanation } from '@skein/contracts/orchestrator';

export const runEndings = ['answered', 'refused', 'failed', 'interrupted', 'abandoned'] as const;
/**
 * `refused`: the same request would fail again wherever it is sent · `failed`: another run may succeed ·
 * `interrupted`: our own rooms broke it off, which uses up none of the job's retries · `abandoned`: the job is no longer
 * the runner's (it was cancelled, or another runner has it).
 */
export type RunEnding = (typeof runEndings)[number];

export interface EndedRun {
  readonly ending: RunEnding;
  readonly result: JobView['result'];
  readonly error: WireError | null;
  readonly attempts: readonly AttemptSummary[];
  readonly explanation: Explanation | null;
  /** Nobody could tell which attempts the run made: a vendor may have been called. */
  readonly isBlind: boolean;
}

/** What the decision needs to know of the job and of the moment. */
export interface RunSituation {
  readonly epoch: number;
  readonly failedRuns: number;
  readonly maxRuns: number;
  readonly retryUnknown: boolean;
  readonly deadlineAt: Date | null;
  /** `job`: stays a job until its deadline, however often every vendor was tried in vain. */
  readonly onExhausted: 'fail' | 'job';
  readonly now: Date;
  /** From 0 up to, not including, 1. */
  readonly chance: number;
}

export type RunDecision =
  | { readonly event: 'succeed'; readonly result: NonNullable<JobView['result']> }
  | { readonly event: 'fail'; readonly error: WireError }
  | { readonly event: 'retry'; readonly notBefore: Date; readonly counts: boolean; readonly error: WireError | null }
  | { readonly event: 'expire'; readonly error: WireError }
  | { readonly event: 'none' };

const FAILURE_BACKOFF = { firstMs: 1_000, longestMs: 60_000 };
const INTERRUPTION_BACKOFF = { firstMs: 100, longestMs: 10_000 };

/** Codes that say a room or worker of ours was away, not that the request or a vendor failed. */
const OUR_OWN: ReadonlySet<ErrorCode> = new Set(['unavailable', 'no_responders', 'worker_lost', 'worker_busy']);

/**
 * The end of a run, from the conductor's word (null: it was lost) and from what came of the answer; `streamed` is the
 * answer of a stream, put together.
 */
export function endRun(
  conductor: CompletionResult | null,
  answer: AnswerEnd,
  streamed: Record<string, unknown> | null = null,
): EndedRun {
  const told = {
    attempts: attemptsOf(conductor, answer),
    explanation: conductor?.explanation ?? null,
    isBlind: false,
  };
  if (answer.status === 'succeeded') {
    const body = streamed ?? parseAnswer(answer);
    if (body === undefined) return { ending: 'failed', result: null, error: lostAnswer.toWire(), ...told };
    return { ending: 'answered', result: { status_code: 200, body }, error: null, ...told };
  }
  const error = conductor?.error ?? (answer.error ?? noReason).toWire();
  // A run that we did not cancel was cancelled because a room of ours is going down.
  const ending = answer.status === 'cancelled' ? 'interrupted' : endingOf(error, told.attempts);
  return { ending, result: null, error, ...told, isBlind: conductor === null };
}

const lostAnswer = new SkeinError('frame_gap', 'The answer was lost on its way to the job');
const noReason = new SkeinError('internal', 'The run failed without a reason');

function parseAnswer({ kept }: AnswerEnd): unknown {
  const answer = kept?.form === 'whole' ? kept.bytes : undefined;
  try {
    return answer && (JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(answer)) as unknown);
  } catch {
    return undefined;
  }
}

function endingOf(error: WireError, attempts: readonly AttemptSummary[]): RunEnding {
  if (OUR_OWN.has(error.code)) return 'interrupted';
  if (errorTable[error.code].retry === 'never') return 'refused';
  // Nobody was asked: every circuit is open or every vendor is away, and that passes.
  if (attempts.length === 0) return 'interrupted';
  // With the worker alive that attempt might have answered.
  const isOurs = attempts.some((attempt) => attempt.error !== null && OUR_OWN.has(attempt.error.code));
  return isOurs ? 'interrupted' : 'failed';
}

/** What becomes of the job. */
export function decideRun(run: EndedRun, situation: RunSituation): RunDecision {
  return decisions[run.ending](run, situation);
}

const decisions: Record<RunEnding, (run: EndedRun, situation: RunSituation) => RunDecision> = {
  answered: ({ result, error }) =>
    result === null ? { event: 'fail', error: error ?? noReason.toWire() } : { event: 'succeed', result },
  refused: ({ error }) => ({ event: 'fail', error: error ?? noReason.toWire() }),
  failed: (run, situation) => {
    const failedRuns = situation.failedRuns + 1;
    if (isOver(situation.deadlineAt, situation.now))
      return { event: 'expire', error: overdueError(run.error).toWire() };
    if (failedRuns >= situation.maxRuns && situation.onExhausted === 'fail')
      return { event: 'fail', error: run.error ?? noReason.toWire() };
    return tryAgain(run, situation, backoffMs(failedRuns, FAILURE_BACKOFF, situation.chance), true);
  },
  interrupted: (run, situation) => {
    const interruptions = situation.epoch - situation.failedRuns;
    return tryAgain(run, situation, backoffMs(interruptions, INTERRUPTION_BACKOFF, situation.chance), false);
  },
  abandoned: () => ({ event: 'none' }),
};

function tryAgain(run: EndedRun, situation: RunSituation, backoff: number, counts: boolean): RunDecision {
  const paid = run.attempts.filter(mayHaveBeenPaid).map(({ id }) => id);
  if ((run.isBlind || paid.length > 0) && !situation.retryUnknown) {
    return { event: 'fail', error: unknownOutcomeError(paid).toWire() };
  }
  const notBefore = new Date(situation.now.getTime() + Math.max(backoff, run.error?.retry_after_ms ?? 0));
  if (isOver(situation.deadlineAt, notBefore)) return { event: 'expire', error: overdueError(run.error).toWire() };
  return { event: 'retry', notBefore, counts, error: run.error };
}

/** A run without an answer may have had one on its way: an attempt that finished, or of which nobody knows. */
function mayHaveBeenPaid({ outcome }: AttemptSummary): boolean {
  return outcome === 'unknown' || outcome === 'finished';
}

function isOver(deadlineAt: Date | null, moment: Date): boolean {
  return deadlineAt !== null && moment >= deadlineAt;
}

/** Full jitter: anywhere between now and a bound that doubles with every turn. */
function backoffMs(turn: number, { firstMs, longestMs }: typeof FAILURE_BACKOFF, chance: number): number {
  return Math.floor(chance * Math.min(longestMs, firstMs * 2 ** Math.max(0, turn - 1)));
}

/** Why a job is not run again although it may: its caller would rather have no answer than pay for one twice. */
function unknownOutcomeError(attempts: readonly string[]): SkeinError {
  const which = attempts.join(', ') || 'An earlier run';
  return new SkeinError(
    'all_attempts_failed',
    `${which} may have been answered and paid for, but no answer reached the job; it says retry_unknown: false, so it was not tried again.`,
    { detail: { reason: 'outcome_unknown', attempts } },
  );
}

/** Why a job ended as `expired`; `last` is what its last run failed of. */
export function overdueError(last: WireError | null = null): SkeinError {
  return new SkeinError('deadline_exceeded', 'The job did not finish before its deadline.', {
    ...(last !== null && { detail: { last_error: last.code } }),
  });
}

/** What a customer gets of a failed job, as the endpoint itself would have answered. */
export function resultOfFailure(error: WireError): NonNullable<JobView['result']> {
  const thrown = fromWireError(error);
  return { status_code: thrown.status, body: toOpenAiError(thrown) };
}
