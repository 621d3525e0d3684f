import type { WireError } from '@skein/contracts/errors';

/** Which piece of work a step is. One row each, so that nothing finished is done twice. */
export interface StepKey {
  readonly stage: string;
  /** Empty for stages of one piece; else an item `[3]`, a candidate `@1`, a task `/name`, a turn `~2`. */
  readonly part: string;
  /** Raised when a failed check has the stage run again. */
  readonly round: number;
  /** Raised when the step itself is tried again; from 1. */
  readonly try: number;
}

export interface PlannedTask {
  readonly id: string;
  readonly prompt: string;
  readonly needs: readonly string[];
  readonly model: string | null;
}

/** What a finished step came to: plain JSON, kept with its row. */
export interface StepValue {
  readonly output: unknown;
  /** Checks: did the work pass, and what is to be mended. */
  readonly pass?: boolean;
  readonly critique?: string;
  readonly score?: number;
  /** The judge's choice among candidates, from 0. */
  readonly best?: number;
  readonly tasks?: readonly PlannedTask[];
  /** Whose turn is next; null: the work is done. */
  readonly next?: string | null;
  /** What agents share, as it is after this turn. */
  readonly shared?: Readonly<Record<string, string>>;
  readonly notice?: string;
}

export const stepStatuses = ['running', 'succeeded', 'failed', 'cancelled', 'lost'] as const;
/** `lost`: our own rooms broke it off; it is tried again without using up a retry. */
export type StepStatus = (typeof stepStatuses)[number];

export interface StepRecord extends StepKey {
  readonly status: StepStatus;
  readonly value: StepValue | null;
  readonly error: WireError | null;
  /** Nano-USD; null where nobody knows yet. */
  readonly costNano: number | null;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly endedAt: number | null;
}

export function keyOf({ stage, part, round, try: tries }: StepKey): string {
  return `${stage}${part}#${round}.${tries}`;
}
