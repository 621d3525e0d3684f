/**
 * One attempt, or two beside one another: the second starts when the first is later than usual (or at once, for a race),
 * the first to show something wins, and the other is stopped. Neither is fenced: the sink alone decides who won.
 */
import { Stopper, type StopSignal } from '@skein/contracts/wire';
import { pause } from './pause.js';
import type { AttemptReport } from './run-one-attempt.js';
import type { WorkerLease } from './worker-pool.js';

export interface RunningAttempt<Turn> {
  readonly no: number;
  readonly turn: Turn;
  readonly lease: WorkerLease;
  /** Never rejects. */
  readonly report: Promise<AttemptReport>;
  /** Closes the vendor's socket; what was used is still settled. */
  stop(): void;
}

export interface Beside<Turn> {
  readonly first: RunningAttempt<Turn>;
  readonly mode: 'off' | 'after_p95' | 'race';
  /** Ms after which the first is later than usual; null: not known. */
  readonly afterMs: number | null;
  /** Which attempt has committed, as soon as one has, waiting at most so long. */
  readonly committed: (waitMs: number, signal: StopSignal) => Promise<{ gone: boolean; attempt_no: number | null }>;
  /** Starts the second; null where nobody can be asked or it would cost too much. */
  readonly beginSecond: () => RunningAttempt<Turn> | null;
}

/** Longer than any request. */
const UNTIL_THE_END_MS = 3_600_000;

/** Returns the attempts that were started, once it is certain that no other will be. */
export async function runBeside<Turn>(task: Beside<Turn>): Promise<readonly RunningAttempt<Turn>[]> {
  const { first, mode } = task;
  const afterMs = mode === 'race' ? 0 : task.afterMs;
  if (mode === 'off' || afterMs === null) return [first];
  const watching = new Stopper();
  try {
    if (mode === 'after_p95' && !(await isLate(task, afterMs, watching))) return [first];
    const second = task.beginSecond();
    if (second === null) return [first];
    await stopTheLoser([first, second], task, watching);
    return [first, second];
  } finally {
    watching.abort();
  }
}

async function isLate<Turn>(task: Beside<Turn>, afterMs: number, signal: StopSignal): Promise<boolean> {
  const hasEnded = await Promise.race([task.first.report.then(() => true), pause(afterMs, signal).then(() => false)]);
  if (hasEnded) return false;
  const seen = await task.committed(0, signal);
  return !seen.gone && seen.attempt_no === null;
}

async function stopTheLoser<Turn>(
  both: readonly RunningAttempt<Turn>[],
  task: Beside<Turn>,
  signal: StopSignal,
): Promise<void> {
  const answered = both.map(async ({ no, report }) => {
    const { error } = await report;
    if (error !== null) throw error;
    return no;
  });
  const committed = task.committed(UNTIL_THE_END_MS, signal).then(({ attempt_no }) => {
    if (attempt_no === null) throw new Error('nobody can say which attempt has committed');
    return attempt_no;
  });
  const winner = await Promise.any([committed, ...answered]).catch(() => null);
  if (winner === null) return;
  for (const attempt of both) if (attempt.no !== winner) attempt.stop();
}
