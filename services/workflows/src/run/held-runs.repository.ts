import { Inject, Injectable } from '@nestjs/common';
import type { WireError } from '@skein/contracts/errors';
import type { AttemptSummary } from '@skein/contracts/orchestrator';
import { askStore, inTransaction } from '@skein/store';
import type { DataSource } from 'typeorm';
import type { RunEnd } from '../engine/next-steps.js';
import type { StepKey, StepStatus, StepValue } from '../engine/step.js';
import { WORKFLOWS_STORE } from '../workflows.repository.js';
import { RUN_COLUMNS, toRun, type RunRow } from './rows.js';
import type { HeldRun, KeptStep, QueueEntry, Run } from './run.js';
import { readSteps } from './runs.repository.js';

export type TakeOutcome =
  | { readonly is: 'taken'; readonly held: HeldRun; readonly steps: readonly KeptStep[] }
  /** Another runner's lease still holds. */
  | { readonly is: 'early'; readonly waitMs: number }
  /** It has ended, or there is no such run. */
  | { readonly is: 'over' };

/** How a step ended, as it is written down. */
export interface StepEnd {
  readonly status: Exclude<StepStatus, 'running'>;
  readonly value: StepValue | null;
  readonly error: WireError | null;
  readonly attempts: readonly AttemptSummary[];
  readonly costNano: number | null;
}

export interface BegunStep extends StepKey {
  readonly requestId: string;
}

const RECONCILE_BATCH = 200;
const HELD = `EXISTS (SELECT 1 FROM workflow_runs WHERE id = $1 AND epoch = $2 AND status = 'running')`;
const LETS_GO = 'lease_owner = NULL, lease_expires_at = NULL';

/**
 * Runs and steps as their runner writes them: everything is refused once the row has another epoch or has ended, so that a
 * runner that was thought lost can do no harm. Moments are PostgreSQL's.
 */
@Injectable()
export class HeldRunsRepository {
  constructor(@Inject(WORKFLOWS_STORE) private readonly store: DataSource) {}

  /** Takes a run that waits, or whose runner has gone silent: raises its epoch and holds it for `leaseMs`. */
  take(id: string, holder: { owner: string; leaseMs: number }): Promise<TakeOutcome> {
    return inTransaction(this.store, async (manager): Promise<TakeOutcome> => {
      const [taken] = await manager.query<RunRow[]>(
        `WITH taken AS (
           UPDATE workflow_runs SET status = 'running', epoch = epoch + 1, lease_owner = $2,
             lease_expires_at = now() + $3 * interval '1 millisecond', started_at = coalesce(started_at, now())
           WHERE id = $1 AND (status = 'queued' OR (status = 'running' AND lease_expires_at <= now())) RETURNING *
         ) SELECT ${RUN_COLUMNS} FROM taken`,
        [id, holder.owner, holder.leaseMs],
      );
      if (taken !== undefined) {
        const run = toRun(taken);
        return { is: 'taken', held: { run, epoch: run.epoch }, steps: await readSteps(manager, id) };
      }
      const [row] = await manager.query<{ wait_ms: string }[]>(
        `SELECT ceil(extract(epoch FROM lease_expires_at - now()) * 1000) AS wait_ms FROM workflow_runs
         WHERE id = $1 AND status = 'running'`,
        [id],
      );
      return row === undefined ? { is: 'over' } : { is: 'early', waitMs: Math.max(1, Number(row.wait_ms)) };
    });
  }

  /** Writes down that steps begin, before they do. False when the run is no longer the runner's: then none may begin. */
  async begin({ run, epoch }: HeldRun, steps: readonly BegunStep[]): Promise<boolean> {
    const begun = await askStore(() =>
      this.store.query<unknown[]>(
        `WITH begun AS (
           INSERT INTO workflow_steps (run_id, epoch, stage, part, round, try, request_id, status, started_at)
           SELECT $1, $2, stage, part, round, try, request_id, 'running', now()
           FROM unnest($3::text[], $4::text[], $5::int[], $6::int[], $7::text[]) AS step (stage, part, round, try, request_id)
           WHERE ${HELD}
           -- Written again after a connection was lost in the middle: it is the same beginning.
           ON CONFLICT (run_id, stage, part, round, try) DO UPDATE SET request_id = EXCLUDED.request_id
           WHERE workflow_steps.status = 'running' AND workflow_steps.epoch = EXCLUDED.epoch
           RETURNING stage
         ) SELECT stage FROM begun`,
        [
          run.id,
          epoch,
          steps.map(({ stage }) => stage),
          steps.map(({ part }) => part),
          steps.map(({ round }) => round),
          steps.map(({ try: tries }) => tries),
          steps.map(({ requestId }) => requestId),
        ],
      ),
    );
    return begun.length === steps.length;
  }

  /** Writes down how a step ended. False when the run is no longer the runner's and the result counts for nothing. */
  async end({ run, epoch }: HeldRun, key: StepKey, end: StepEnd): Promise<boolean> {
    const ended = await askStore(() =>
      this.store.query<unknown[]>(
        `WITH ended AS (
           UPDATE workflow_steps SET status = $7, value = $8, error = $9, attempts = $10, cost_nano = $11, ended_at = now()
           WHERE run_id = $1 AND stage = $3 AND part = $4 AND round = $5 AND try = $6 AND status = 'running' AND ${HELD}
           RETURNING stage
         ) SELECT stage FROM ended`,
        [
          run.id,
          epoch,
          key.stage,
          key.part,
          key.round,
          key.try,
          end.status,
          toJson(end.value),
          toJson(end.error),
          JSON.stringify(end.attempts),
          end.costNano,
        ],
      ),
    );
    return ended.length > 0;
  }

  /** Ends the run, and whatever step had no end. Null when it is no longer the runner's. */
  finish({ run, epoch }: HeldRun, end: RunEnd): Promise<Run | null> {
    return inTransaction(this.store, async (manager) => {
      const isGood = end.as === 'succeeded';
      const [row] = await manager.query<RunRow[]>(
        `WITH ended AS (
           UPDATE workflow_runs SET status = $3, output = $4, degraded = $5, notices = $6, error = $7, ${LETS_GO}, finished_at = now()
           WHERE id = $1 AND epoch = $2 AND status = 'running' RETURNING *
         ) SELECT ${RUN_COLUMNS} FROM ended`,
        [
          run.id,
          epoch,
          end.as,
          isGood ? toJson(end.output ?? null) : null,
          isGood && end.degraded,
          JSON.stringify(isGood ? end.notices : []),
          isGood ? null : JSON.stringify(end.error),
        ],
      );
      if (row === undefined) return null;
      await manager.query(
        `UPDATE workflow_steps SET status = 'cancelled', ended_at = now() WHERE run_id = $1 AND status = 'running'`,
        [run.id],
      );
      return toRun(row);
    });
  }

  /** Gives a run back unfinished: whoever takes it next goes on after the last finished step. */
  async giveBack({ run, epoch }: HeldRun): Promise<void> {
    await askStore(() =>
      this.store.query(
        `UPDATE workflow_runs SET status = 'queued', ${LETS_GO}, queue_checked_at = to_timestamp(0)
         WHERE id = $1 AND epoch = $2 AND status = 'running'`,
        [run.id, epoch],
      ),
    );
  }

  /** Holds on to what a runner has, and says what that is: a run that is not among them is no longer the runner's. */
  async renewLeases(owner: string, ids: readonly string[], leaseMs: number): Promise<{ id: string; epoch: number }[]> {
    return askStore(() =>
      this.store.query<{ id: string; epoch: number }[]>(
        `WITH held AS (
           UPDATE workflow_runs SET lease_expires_at = now() + $2 * interval '1 millisecond'
           WHERE status = 'running' AND lease_owner = $1 AND id = ANY($3::text[]) RETURNING id, epoch
         ) SELECT id, epoch FROM held`,
        [owner, leaseMs, ids],
      ),
    );
  }

  /** Runs whose runner was lost wait again; waiting runs that should be in the queue. Null when another replica is at it. */
  reconcile(recheckMs: number): Promise<{ lost: string[]; waiting: QueueEntry[] } | null> {
    return inTransaction(this.store, async (manager) => {
      const [lock] = await manager.query<{ mine: boolean }[]>(
        `SELECT pg_try_advisory_xact_lock(hashtext('skein workflows'), hashtext(current_schema())) AS mine`,
      );
      if (lock?.mine !== true) return null;
      const lost = await manager.query<{ id: string }[]>(
        `WITH lost AS (
           UPDATE workflow_runs SET status = 'queued', ${LETS_GO}, queue_checked_at = to_timestamp(0) WHERE id IN (
             SELECT id FROM workflow_runs WHERE status = 'running' AND lease_expires_at <= now()
             LIMIT ${RECONCILE_BATCH} FOR UPDATE SKIP LOCKED
           ) RETURNING id
         ) SELECT id FROM lost`,
      );
      const waiting = await manager.query<QueueEntry[]>(
        `WITH checked AS (
           UPDATE workflow_runs SET queue_checked_at = now() WHERE id IN (
             SELECT id FROM workflow_runs WHERE status = 'queued' AND queue_checked_at < now() - $1 * interval '1 millisecond'
             ORDER BY queue_checked_at LIMIT ${RECONCILE_BATCH} FOR UPDATE SKIP LOCKED
           ) RETURNING id, priority, traceparent
         ) SELECT * FROM checked`,
        [recheckMs],
      );
      return { lost: lost.map(({ id }) => id), waiting };
    });
  }
}

function toJson(value: unknown): string | null {
  return value === null ? null : JSON.stringify(value);
}
