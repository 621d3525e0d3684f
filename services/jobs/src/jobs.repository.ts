import { Inject, Injectable } from '@nestjs/common';
import { SkeinError } from '@skein/contracts/errors';
import { priorities } from '@skein/contracts/gateway';
import { RunJob, type JobStatus } from '@skein/contracts/jobs';
import { askStore, inTransaction, putOutbox } from '@skein/store';
import { In, LessThan, type DataSource, type EntityManager } from 'typeorm';
import { z } from 'zod';
import { JobRow } from './job.entity.js';
import type { Job, NewJob, QueueEntry } from './job.js';
import { moveOf, type JobEvent } from './next-status.js';

export const JOBS_STORE = Symbol('JOBS_STORE');
export const JOBS_OUTBOX = 'jobs_outbox';

const IDEMPOTENCY_HOURS = 24;

/** Jobs as customers ask for them: accepted, looked at, called off. What runs them is in `runs.repository.ts`. */
@Injectable()
export class JobsRepository {
  constructor(@Inject(JOBS_STORE) private readonly store: DataSource) {}

  /**
   * Writes row and outbox entry in one transaction. The same submission under the same key gives the job that is there,
   * in whatever state. Throws `idempotency_mismatch` when another submission has the key, `unavailable` without PostgreSQL.
   */
  submit(job: NewJob): Promise<{ job: Job; created: boolean }> {
    return inTransaction(this.store, async (manager) => {
      if (job.idempotencyKey !== null) await forgetOldKey(manager, job.caller.tenant, job.idempotencyKey);
      const { notBefore, caller } = job;
      const values = {
        ...job,
        tenant: caller.tenant,
        status: notBefore === null ? ('queued' as const) : ('scheduled' as const),
      };
      // Waits for another transaction that is just writing the same key.
      const inserted = await manager
        .createQueryBuilder()
        .insert()
        .into(JobRow)
        .values(values)
        .orIgnore()
        .returning('id')
        .execute();
      if ((inserted.raw as unknown[]).length > 0) {
        await putOutbox(manager, JOBS_OUTBOX, [{ topic: RunJob.queue, body: toOutboxBody(job) }]);
        return { job: await readJob(manager, job.id), created: true };
      }
      const { tenant } = caller;
      const earlier = await manager.findOneOrFail(JobRow, {
        where: { tenant, idempotencyKey: job.idempotencyKey ?? '' },
      });
      if (earlier.fingerprint !== job.fingerprint) {
        throw new SkeinError(
          'idempotency_mismatch',
          'This Idempotency-Key was used for another submission within the last 24 hours.',
          {
            param: 'Idempotency-Key',
          },
        );
      }
      return { job: await readJob(manager, earlier.id), created: false };
    });
  }

  /** Throws `not_found` when this tenant has no such job. */
  get(tenant: string, id: string): Promise<Job> {
    return askStore(async () => {
      const row = await this.store.manager.findOne(JobRow, { where: { tenant, id }, ...withAttempts });
      if (row === null) throw notFound(id);
      return toJob(row);
    });
  }

  /** Newest first, after the job `after`; one more than `limit` tells whether there are more. */
  async list(asked: { tenant: string; status: JobStatus | null; limit: number; after: string | null }): Promise<Job[]> {
    const { tenant, status, limit, after } = asked;
    const where = { tenant, ...(status !== null && { status }), ...(after !== null && { id: LessThan(after) }) };
    return askStore(async () => {
      const page = await this.store.manager.find(JobRow, {
        select: { id: true },
        where,
        order: { id: 'DESC' },
        take: limit,
      });
      return readJobs(
        this.store.manager,
        page.map(({ id }) => id),
      );
    });
  }

  /** Calls a job off, whatever it is doing. Throws `not_found`. `changed` is false for one that had ended. */
  cancel(tenant: string, id: string): Promise<{ job: Job; changed: boolean }> {
    return inTransaction(this.store, async (manager) => {
      const moved = await move(manager, 'cancel', 'tenant = $3 AND id = $4', [tenant, id], ENDS);
      const row = await manager.findOne(JobRow, { where: { tenant, id }, ...withAttempts });
      if (row === null) throw notFound(id);
      return { job: toJob(row), changed: moved.length > 0 };
    });
  }
}

/** A key speaks for a submission for a day; then it may be used anew. */
async function forgetOldKey(manager: EntityManager, tenant: string, key: string): Promise<void> {
  await manager.query(
    `UPDATE jobs SET idempotency_key = NULL
     WHERE tenant = $1 AND idempotency_key = $2 AND created_at < now() - make_interval(hours => $3)`,
    [tenant, key, IDEMPOTENCY_HOURS],
  );
}

/** What every end of a job writes down, and what every end of a run lets go. */
export const LETS_GO = 'lease_owner = NULL, lease_expires_at = NULL';
export const ENDS = `${LETS_GO}, finished_at = now()`;

/**
 * Moves the rows that `where` names by the table of next-status.ts, in one UPDATE, and returns their ids. Rows in which the
 * event changes nothing stay. `values` are numbered from $3.
 */
export async function move(
  manager: EntityManager,
  event: JobEvent,
  where: string,
  values: readonly unknown[],
  set = '',
): Promise<string[]> {
  const { from, to } = moveOf(event);
  const rows = await manager.query<{ id: string }[]>(
    `WITH moved AS (
       UPDATE jobs SET status = $1${set && `, ${set}`} WHERE status = ANY($2::text[]) AND ${where} RETURNING id
     ) SELECT id FROM moved`,
    [to, [...from], ...values],
  );
  return rows.map(({ id }) => id);
}

const withAttempts = { relations: { attempts: true }, order: { attempts: { position: 'ASC' } } } as const;

/** Reads a job that must be there. */
export async function readJob(manager: EntityManager, id: string): Promise<Job> {
  return toJob(await manager.findOneOrFail(JobRow, { where: { id }, ...withAttempts }));
}

/** Reads jobs, newest first. */
export async function readJobs(manager: EntityManager, ids: readonly string[]): Promise<Job[]> {
  if (ids.length === 0) return [];
  const rows = await manager.find(JobRow, {
    where: { id: In([...ids]) },
    relations: { attempts: true },
    order: { id: 'DESC', attempts: { position: 'ASC' } },
  });
  return rows.map(toJob);
}

function toJob(row: JobRow): Job {
  const { tenant: _tenant, body: _body, leaseOwner: _owner, leaseExpiresAt: _expires, attempts, ...rest } = row;
  return { ...rest, attempts: attempts.map(({ summary }) => summary) };
}

const outboxBody = z.object({
  id: z.string(),
  priority: z.enum(priorities),
  not_before: z.iso.datetime().nullable(),
  traceparent: z.string().nullable(),
});

function toOutboxBody({ id, priority, notBefore, traceparent }: QueueEntry): z.infer<typeof outboxBody> {
  return { id, priority, not_before: notBefore?.toISOString() ?? null, traceparent };
}

/** Reads what the outbox says of an accepted job. Throws when it is nothing of ours. */
export function readOutboxBody(body: unknown): QueueEntry {
  const { not_before: notBefore, ...rest } = outboxBody.parse(body);
  return { ...rest, notBefore: notBefore === null ? null : new Date(notBefore) };
}

function notFound(id: string): SkeinError {
  return new SkeinError('not_found', `There is no job "${id}".`, { param: 'id' });
}
