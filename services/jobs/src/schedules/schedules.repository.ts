import { Inject, Injectable } from '@nestjs/common';
import { newId } from '@skein/bus';
import type { Caller } from '@skein/contracts/attempt';
import { SkeinError } from '@skein/contracts/errors';
import type { JobSubmission, ScheduleRequest, ScheduleView } from '@skein/contracts/jobs';
import { askStore, inTransaction } from '@skein/store';
import type { DataSource } from 'typeorm';
import { JOBS_STORE, insertJobs } from '../jobs.repository.js';
import { readSubmission } from '../read-submission.js';
import { nextFire } from './next-fire.js';

interface ScheduleRow {
  readonly id: string;
  readonly name: string | null;
  readonly cron: string;
  readonly tz: string;
  readonly caller: Caller;
  readonly submission: JobSubmission;
  readonly webhook_id: string | null;
  readonly created_at: Date;
  readonly next_at: Date;
  readonly last_at: Date | null;
  readonly last_job: string | null;
}

const FIRE_BATCH = 50;

/** Jobs that are submitted again and again. A moment that passed while nobody looked is made up for once. */
@Injectable()
export class SchedulesRepository {
  constructor(@Inject(JOBS_STORE) private readonly store: DataSource) {}

  async create(
    caller: Caller,
    { name, cron, tz = 'UTC', job }: ScheduleRequest,
    webhookId: string | null,
    now: Date,
  ): Promise<ScheduleView> {
    const rows = await askStore(() =>
      this.store.query<ScheduleRow[]>(
        `INSERT INTO job_schedules (id, tenant, name, cron, tz, caller, submission, webhook_id, next_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING *`,
        [
          newId('sched'),
          caller.tenant,
          name ?? null,
          cron,
          tz,
          JSON.stringify(caller),
          JSON.stringify(job),
          webhookId,
          nextFire(cron, tz, now),
        ],
      ),
    );
    const [row] = rows;
    if (row === undefined) throw new SkeinError('internal', 'A schedule was written and is not there');
    return toView(row);
  }

  async list(tenant: string): Promise<ScheduleView[]> {
    const rows = await askStore(() =>
      this.store.query<ScheduleRow[]>('SELECT * FROM job_schedules WHERE tenant = $1 ORDER BY id', [tenant]),
    );
    return rows.map(toView);
  }

  /** Throws `not_found`. */
  async remove(tenant: string, id: string): Promise<void> {
    const rows = await askStore(() =>
      this.store.query<unknown[]>(
        `WITH gone AS (DELETE FROM job_schedules WHERE tenant = $1 AND id = $2 RETURNING id) SELECT id FROM gone`,
        [tenant, id],
      ),
    );
    if (rows.length === 0) throw new SkeinError('not_found', `There is no schedule "${id}".`, { param: 'id' });
  }

  /** Submits what is due, one job a moment, in one transaction with the next moment. Returns how many. */
  fire(maxRuns: number, now: Date): Promise<number> {
    return inTransaction(this.store, async (manager) => {
      const due = await manager.query<ScheduleRow[]>(
        'SELECT * FROM job_schedules WHERE next_at <= $1 ORDER BY next_at LIMIT $2 FOR UPDATE SKIP LOCKED',
        [now, FIRE_BATCH],
      );
      for (const { id, cron, tz, caller, submission, webhook_id: webhookId, next_at: dueAt } of due) {
        const job = readSubmission({
          id: newId('job'),
          caller,
          submission,
          idempotencyKey: `schedule:${id}:${dueAt.toISOString()}`,
          maxRuns,
          now,
          traceparent: null,
          webhookId,
          origin: `schedule:${id}`,
        });
        await insertJobs(manager, [job]);
        await manager.query('UPDATE job_schedules SET next_at = $2, last_at = $3, last_job = $4 WHERE id = $1', [
          id,
          nextFire(cron, tz, now),
          dueAt,
          job.id,
        ]);
      }
      return due.length;
    });
  }
}

function toView(row: ScheduleRow): ScheduleView {
  return {
    id: row.id,
    object: 'schedule',
    name: row.name,
    cron: row.cron,
    tz: row.tz,
    job: row.submission,
    created_at: row.created_at.toISOString(),
    next_at: row.next_at.toISOString(),
    last_at: row.last_at?.toISOString() ?? null,
    last_job: row.last_job,
  };
}
