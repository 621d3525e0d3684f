import { Inject, Injectable } from '@nestjs/common';
import { SkeinError } from '@skein/contracts/errors';
import type { RunStatus } from '@skein/contracts/workflows';
import { askStore, inTransaction, putOutbox } from '@skein/store';
import type { DataSource, EntityManager } from 'typeorm';
import { WORKFLOWS_STORE } from '../workflows.repository.js';
import { RUN_COLUMNS, STEP_COLUMNS, toRun, toStep, type RunRow, type StepRow } from './rows.js';
import type { KeptStep, NewRun, QueueEntry, Run } from './run.js';

export const WORKFLOWS_OUTBOX = 'workflows_outbox';

/** Runs as customers ask for them: accepted, looked at, called off. What carries them out is in `held-runs.repository.ts`. */
@Injectable()
export class RunsRepository {
  constructor(@Inject(WORKFLOWS_STORE) private readonly store: DataSource) {}

  /**
   * Writes the row of a run. With `holder` it is that process's at once; otherwise it waits, and its wake-up is in the
   * outbox of the same transaction.
   */
  accept(run: NewRun, holder: { owner: string; leaseMs: number } | null): Promise<Run> {
    return inTransaction(this.store, async (manager) => {
      const [row] = await manager.query<RunRow[]>(
        `INSERT INTO workflow_runs (id, tenant, caller, workflow, version, definition, strategy, inputs, metadata, is_awaited,
           priority, budget_nano, deadline_at, traceparent, created_at, status, epoch, lease_owner, lease_expires_at, started_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15,
           CASE WHEN $16::text IS NULL THEN 'queued' ELSE 'running' END, CASE WHEN $16 IS NULL THEN 0 ELSE 1 END, $16,
           CASE WHEN $16 IS NULL THEN NULL ELSE now() + $17 * interval '1 millisecond' END, CASE WHEN $16 IS NULL THEN NULL ELSE now() END)
         RETURNING ${RUN_COLUMNS}`,
        [
          run.id,
          run.caller.tenant,
          JSON.stringify(run.caller),
          run.workflow,
          run.version,
          JSON.stringify(run.definition),
          run.strategy === null ? null : JSON.stringify(run.strategy),
          JSON.stringify(run.inputs),
          JSON.stringify(run.metadata),
          run.isAwaited,
          run.priority,
          run.budgetNano,
          run.deadlineAt,
          run.traceparent,
          run.createdAt,
          holder?.owner ?? null,
          holder?.leaseMs ?? 0,
        ],
      );
      if (row === undefined) throw new SkeinError('internal', 'PostgreSQL kept no run');
      if (holder === null) await putOutbox(manager, WORKFLOWS_OUTBOX, [{ topic: 'wake', body: toEntry(run) }]);
      return toRun(row);
    });
  }

  /** Throws `not_found` when this tenant has no such run. */
  async get(tenant: string, id: string): Promise<{ run: Run; steps: KeptStep[] }> {
    return askStore(async () => {
      const [row] = await this.store.query<RunRow[]>(
        `SELECT ${RUN_COLUMNS} FROM workflow_runs WHERE tenant = $1 AND id = $2`,
        [tenant, id],
      );
      if (row === undefined) throw new SkeinError('not_found', `There is no run "${id}"`, { param: 'id' });
      return { run: toRun(row), steps: await readSteps(this.store.manager, id) };
    });
  }

  /** Newest first, after the run `after`. */
  async list(asked: {
    tenant: string;
    workflow: string | null;
    status: RunStatus | null;
    limit: number;
    after: string | null;
  }): Promise<{ run: Run; steps: KeptStep[] }[]> {
    return askStore(async () => {
      const rows = await this.store.query<RunRow[]>(
        `SELECT ${RUN_COLUMNS} FROM workflow_runs
         WHERE tenant = $1 AND ($2::text IS NULL OR workflow = $2) AND ($3::text IS NULL OR status = $3)
           AND ($4::text IS NULL OR id < $4) ORDER BY id DESC LIMIT $5`,
        [asked.tenant, asked.workflow, asked.status, asked.after, asked.limit],
      );
      const steps = await this.store.query<StepRow[]>(
        `SELECT ${STEP_COLUMNS} FROM workflow_steps WHERE run_id = ANY($1::text[]) ORDER BY position`,
        [rows.map(({ id }) => id)],
      );
      return rows.map((row) => ({ run: toRun(row), steps: steps.filter(({ runId }) => runId === row.id).map(toStep) }));
    });
  }

  /** Calls a run off, whatever it is doing; false for one that had ended. Throws `not_found`. */
  async cancel(tenant: string, id: string): Promise<boolean> {
    const error = JSON.stringify(new SkeinError('cancelled', 'The run was cancelled').toWire());
    const moved = await askStore(() =>
      this.store.query<unknown[]>(
        `WITH moved AS (
           UPDATE workflow_runs SET status = 'cancelled', error = $3, lease_owner = NULL, lease_expires_at = NULL, finished_at = now()
           WHERE tenant = $1 AND id = $2 AND status IN ('queued', 'running') RETURNING id
         ) SELECT id FROM moved`,
        [tenant, id, error],
      ),
    );
    if (moved.length === 0) await this.get(tenant, id);
    return moved.length > 0;
  }
}

/** The steps of a run in the order they were begun. */
export async function readSteps(manager: EntityManager, runId: string): Promise<KeptStep[]> {
  const rows = await manager.query<StepRow[]>(
    `SELECT ${STEP_COLUMNS} FROM workflow_steps WHERE run_id = $1 ORDER BY position`,
    [runId],
  );
  return rows.map(toStep);
}

export function toEntry({ id, priority, traceparent }: QueueEntry): QueueEntry {
  return { id, priority, traceparent };
}
