// Rows as PostgreSQL gives them → values of the room.
import { toSafeInteger } from '@skein/store';
import type { KeptStep, Run } from './run.js';

/** Columns of a run under the names of `Run`. */
export const RUN_COLUMNS = `id, caller, workflow, version, definition, strategy, inputs, metadata, is_awaited AS "isAwaited",
  priority, budget_nano AS "budgetNano", deadline_at AS "deadlineAt", traceparent, status, epoch, output, degraded, notices,
  error, created_at AS "createdAt", started_at AS "startedAt", finished_at AS "finishedAt"`;

export const STEP_COLUMNS = `run_id AS "runId", stage, part, round, try, epoch, request_id AS "requestId", status, value, error,
  attempts, cost_nano AS "costNano", started_at AS "startedAt", ended_at AS "endedAt"`;

export interface RunRow extends Omit<Run, 'budgetNano'> {
  readonly budgetNano: string | null;
}

export interface StepRow extends Omit<KeptStep, 'costNano' | 'startedAt' | 'endedAt'> {
  readonly runId: string;
  readonly costNano: string | null;
  readonly startedAt: Date;
  readonly endedAt: Date | null;
}

export function toRun(row: RunRow): Run {
  return { ...row, budgetNano: row.budgetNano === null ? null : toSafeInteger(row.budgetNano) };
}

export function toStep({ runId: _runId, costNano, startedAt, endedAt, ...rest }: StepRow): KeptStep {
  return {
    ...rest,
    costNano: costNano === null ? null : toSafeInteger(costNano),
    startedAt: startedAt.getTime(),
    endedAt: endedAt?.getTime() ?? null,
  };
}
