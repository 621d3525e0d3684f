// One step and its tries: begin it, wait for it, try it again, or say what it came to. Pure; time is passed in.
import { errorTable, type WireError } from '@skein/contracts/errors';
import type { StepKey, StepRecord, StepValue } from './step.js';

export type Progress =
  | { readonly is: 'done'; readonly value: StepValue }
  | { readonly is: 'failed'; readonly error: WireError }
  /** Steps to begin now (none: something is under way), steps nobody needs any more, and when to look again. */
  | {
      readonly is: 'going';
      readonly start: readonly StepKey[];
      readonly stop: readonly StepKey[];
      readonly wakeAt: number | null;
    };

export const waiting: Progress = { is: 'going', start: [], stop: [], wakeAt: null };

const FAILURE_BACKOFF = { firstMs: 200, longestMs: 10_000 };
const LOSS_BACKOFF = { firstMs: 50, longestMs: 5_000 };
/** Our own rooms may break a step off so often, about a minute; then it fails of what it was last broken off by. */
const MOST_LOSSES = 16;

interface TryAgain {
  readonly retry: number;
  readonly now: number;
}

/** Where a step stands, from the records of its tries. */
export function tryStep(key: Omit<StepKey, 'try'>, records: readonly StepRecord[], { retry, now }: TryAgain): Progress {
  const tries = triesOf(key, records);
  const last = tries.at(-1);
  if (last === undefined) return begin({ ...key, try: 1 });
  switch (last.status) {
    case 'running':
      return waiting;
    case 'succeeded':
      return { is: 'done', value: last.value ?? { output: null } };
    case 'failed':
      return afterFailure(last, tries.filter(({ status }) => status === 'failed').length);
    case 'lost':
    case 'cancelled': {
      const losses = tries.filter(({ status }) => status === 'lost').length;
      if (losses > MOST_LOSSES) return { is: 'failed', error: last.error ?? noReason };
      return again(last, LOSS_BACKOFF, losses);
    }
  }

  function afterFailure(failed: StepRecord, failures: number): Progress {
    const error = failed.error ?? noReason;
    // What speaks against one answer, not against the request, may turn out better; a refusal will not.
    if (failures > retry || errorTable[error.code].retry === 'never') return { is: 'failed', error };
    return again(failed, FAILURE_BACKOFF, failures);
  }

  function again(before: StepRecord, { firstMs, longestMs }: typeof LOSS_BACKOFF, turn: number): Progress {
    const pause = Math.max(
      Math.min(longestMs, firstMs * 2 ** Math.max(0, turn - 1)),
      before.error?.retry_after_ms ?? 0,
    );
    const due = (before.endedAt ?? now) + pause;
    return due <= now ? begin({ ...key, try: before.try + 1 }) : { is: 'going', start: [], stop: [], wakeAt: due };
  }
}

const noReason: WireError = { code: 'internal', message: 'The step failed without a reason', source: 'skein' };

function begin(key: StepKey): Progress {
  return { is: 'going', start: [key], stop: [], wakeAt: null };
}

export function triesOf({ stage, part, round }: Omit<StepKey, 'try'>, records: readonly StepRecord[]): StepRecord[] {
  return records
    .filter((record) => record.stage === stage && record.part === part && record.round === round)
    .sort((a, b) => a.try - b.try);
}

/** Several steps as one: done when all are, failed when one is. At most `width` are under way at a time. */
export function tryAll(steps: readonly Progress[], width: number, running: readonly StepKey[]): Progress {
  const failed = steps.find((step) => step.is === 'failed');
  if (failed !== undefined) return failed;
  const going = steps.flatMap((step) => (step.is === 'going' ? [step] : []));
  if (going.length === 0)
    return { is: 'done', value: { output: steps.map((step) => (step.is === 'done' ? step.value.output : null)) } };
  return {
    is: 'going',
    start: going.flatMap(({ start }) => start).slice(0, Math.max(0, width - running.length)),
    stop: going.flatMap(({ stop }) => stop),
    wakeAt: earliest(going.map(({ wakeAt }) => wakeAt)),
  };
}

export function earliest(moments: readonly (number | null)[]): number | null {
  const known = moments.flatMap((moment) => (moment === null ? [] : [moment]));
  return known.length === 0 ? null : Math.min(...known);
}
