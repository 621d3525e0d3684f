import { Inject, Injectable } from '@nestjs/common';
import { SkeinError } from '@skein/contracts/errors';
import type { JobFilter } from '@skein/contracts/jobs';
import { askStore, inTransaction } from '@skein/store';
import { In, type DataSource, type EntityManager } from 'typeorm';
import { JobRow } from './job.entity.js';
import type { Job, NewJob } from './job.js';
import { BEGINS_ANEW, ENDS, move, tellAccepted } from './moves.repository.js';
import { keepRequests, readResult } from './payloads.repository.js';

export const JOBS_STORE = Symbol('JOBS_STORE');

const IDEMPOTENCY_HOURS = 24;

/** Jobs as customers ask for them: accepted, looked at, called off, sent round again. */
@Injectable()
export class JobsRepository {
  constructor(@Inject(JOBS_STORE) private readonly store: DataSource) {}

  /**
   * Writes row, request and event in one transaction; the row itself says that it is yet to be dealt out. The same
   * submission under the same key gives the job that is there, in whatever state. Throws `idempotency_mismatch` when
   * another submission has the key, `unavailable` without PostgreSQL.
   */
  submit(job: NewJob): Promise<{ job: Job; created: boolean }> {
    return inTransaction(this.store, async (manager) => {
      const { caller, idempotencyKey } = job;
      if (idempotencyKey !== null) await forgetOldKey(manager, caller.tenant, idempotencyKey);
      const [written] = await insertJobs(manager, [job]);
      if (written !== undefined) return { job: accepted(job), created: true };
      const earlier = await manager.findOneOrFail(JobRow, {
        where: { tenant: caller.tenant, idempotencyKey: idempotencyKey ?? '' },
      });
      if (earlier.fingerprint !== job.fingerprint) {
        throw new SkeinError(
          'idempotency_mismatch',
          'This Idempotency-Key was used for another submission within the last 24 hours.',
          { param: 'Idempotency-Key' },
        );
      }
      return { job: await withResult(manager, await readJob(manager, earlier.id)), created: false };
    });
  }

  /** Throws `not_found` when this tenant has no such job. */
  get(tenant: string, id: string): Promise<Job> {
    return askStore(async () => {
      const row = await this.store.manager.findOne(JobRow, { where: { tenant, id }, ...withAttempts });
      if (row === null) throw notFound(id);
      return withResult(this.store.manager, toJob(row));
    });
  }

  /** Newest first, after the job `after`; one more than `limit` tells whether there are more. Without their answers. */
  async list({ after, ...asked }: JobFilter & { tenant: string; limit: number; after: string | null }): Promise<Job[]> {
    return askStore(async () => {
      const { conditions, values } = conditionsOf(asked);
      if (after !== null) conditions.push(`id < $${values.push(after)}`);
      const rows = await this.store.query<{ id: string }[]>(
        `SELECT id FROM jobs WHERE ${conditions.join(' AND ')} ORDER BY id DESC LIMIT $${values.push(asked.limit)}`,
        values,
      );
      return readJobs(
        this.store.manager,
        rows.map(({ id }) => id),
      );
    });
  }

  /** Calls a job off, whatever it is doing. Throws `not_found`. `changed` is false for one that had ended. */
  cancel(tenant: string, id: string): Promise<{ job: Job; changed: boolean }> {
    return inTransaction(this.store, async (manager) => {
      const moved = await move(manager, 'cancel', 'tenant = $3 AND id = $4', [tenant, id], ENDS);
      const row = await manager.findOne(JobRow, { where: { tenant, id }, ...withAttempts });
      if (row === null) throw notFound(id);
      return { job: await withResult(manager, toJob(row)), changed: moved.length > 0 };
    });
  }

  /**
   * Sends one dead letter round again. A deadline that is over counts no longer. Throws `not_found`, and `conflict` for a job
   * that has not died or whose request is kept no longer.
   */
  async redrive(tenant: string, id: string): Promise<string> {
    const [moved] = await this.#redrive('tenant = $3 AND id = $4 AND NOT payload_expired', [tenant, id]);
    if (moved !== undefined) return moved;
    const { status, payloadExpired } = await this.get(tenant, id);
    throw new SkeinError(
      'conflict',
      payloadExpired
        ? `The request of job "${id}" is kept no longer.`
        : `The job "${id}" is ${status}; only what has failed, expired or been cancelled is run again.`,
      { param: 'id' },
    );
  }

  /** Sends dead letters round again, oldest first. */
  redriveMany({ limit, ...asked }: JobFilter & { tenant: string; limit: number }): Promise<string[]> {
    const { conditions, values } = conditionsOf(asked, 3);
    const some = `SELECT id FROM jobs WHERE ${conditions.join(' AND ')} AND NOT payload_expired AND status = ANY($2::text[])
      ORDER BY id LIMIT $${values.push(limit) + 2} FOR UPDATE SKIP LOCKED`;
    return this.#redrive(`id IN (${some})`, values);
  }

  #redrive(where: string, values: readonly unknown[]): Promise<string[]> {
    const deadline = 'deadline_at = CASE WHEN deadline_at > now() THEN deadline_at END';
    return inTransaction(this.store, (manager) =>
      move(manager, 'redrive', where, values, `${BEGINS_ANEW}, ${deadline}, place = now()`),
    );
  }
}

/** A job as it stands when it has just been written. */
function accepted({ body: _body, ...job }: NewJob): Job {
  return {
    ...job,
    status: statusOf(job),
    epoch: 0,
    failedRuns: 0,
    result: null,
    error: null,
    attempts: [],
    explanation: null,
    payloadExpired: false,
    dispatchedAt: null,
    startedAt: null,
    finishedAt: null,
  };
}

const statusOf = ({ notBefore }: Pick<NewJob, 'notBefore'>): 'queued' | 'scheduled' =>
  notBefore === null ? 'queued' : 'scheduled';

/** Writes new jobs with their requests, and returns the ids of those that were not there already under their key. */
export async function insertJobs(manager: EntityManager, jobs: readonly NewJob[]): Promise<string[]> {
  const rows = jobs.map(({ body: _body, ...job }) => ({
    ...job,
    tenant: job.caller.tenant,
    status: statusOf(job),
  }));
  // Waits for another transaction that is just writing the same key.
  const inserted = await manager
    .createQueryBuilder()
    .insert()
    .into(JobRow)
    .values(rows)
    .orIgnore()
    .returning('id')
    .execute();
  const ids = (inserted.raw as { id: string }[]).map(({ id }) => id);
  if (ids.length === 0) return [];
  const written = new Set(ids);
  await keepRequests(
    manager,
    jobs.filter(({ id }) => written.has(id)),
  );
  await tellAccepted(manager, ids);
  return ids;
}

/** A key speaks for a submission for a day; then it may be used anew. */
async function forgetOldKey(manager: EntityManager, tenant: string, key: string): Promise<void> {
  await manager.query(
    `UPDATE jobs SET idempotency_key = NULL
     WHERE tenant = $1 AND idempotency_key = $2 AND created_at < now() - make_interval(hours => $3)`,
    [tenant, key, IDEMPOTENCY_HOURS],
  );
}

const filters: { readonly [Field in keyof JobFilter]: (parameter: string) => string } = {
  status: (parameter) => `status = ${parameter}`,
  endpoint: (parameter) => `endpoint = ${parameter}`,
  reason: (parameter) => `error ->> 'code' = ${parameter} AND finished_at IS NOT NULL`,
  created_after: (parameter) => `created_at >= ${parameter}`,
  created_before: (parameter) => `created_at < ${parameter}`,
};

/** The filter as SQL, its values numbered from `first`. */
function conditionsOf(asked: JobFilter & { tenant: string }, first = 1): { conditions: string[]; values: unknown[] } {
  const values: unknown[] = [asked.tenant];
  const conditions = [`tenant = $${first}`];
  for (const field of Object.keys(filters) as (keyof JobFilter)[]) {
    const value = asked[field];
    if (value !== null) conditions.push(filters[field](`$${values.push(value) + first - 1}`));
  }
  return { conditions, values };
}

const withAttempts = { relations: { attempts: true }, order: { attempts: { position: 'ASC' } } } as const;

/** Reads a job that must be there, without its answer. */
export async function readJob(manager: EntityManager, id: string): Promise<Job> {
  return toJob(await manager.findOneOrFail(JobRow, { where: { id }, ...withAttempts }));
}

/** Reads jobs, newest first, without their answers. */
export async function readJobs(manager: EntityManager, ids: readonly string[]): Promise<Job[]> {
  if (ids.length === 0) return [];
  const rows = await manager.find(JobRow, {
    where: { id: In([...ids]) },
    relations: { attempts: true },
    order: { id: 'DESC', attempts: { position: 'ASC' } },
  });
  return rows.map(toJob);
}

async function withResult(manager: EntityManager, job: Job): Promise<Job> {
  return job.status === 'succeeded' ? { ...job, result: await readResult(manager, job.id) } : job;
}

function toJob(row: JobRow): Job {
  const { tenant: _tenant, leaseOwner: _owner, leaseExpiresAt: _expires, attempts, ...rest } = row;
  return { ...rest, result: null, attempts: attempts.map(({ summary }) => summary) };
}

function notFound(id: string): SkeinError {
  return new SkeinError('not_found', `There is no job "${id}".`, { param: 'id' });
}
