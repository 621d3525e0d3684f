import { Inject, Injectable } from '@nestjs/common';
import type { WireError } from '@skein/contracts/errors';
import type { JobStatus } from '@skein/contracts/jobs';
import { askStore, inTransaction } from '@skein/store';
import { SkeinError } from '@skein/contracts/errors';
import type { DataSource } from 'typeorm';
import type { Job } from '../job.js';
import { JOBS_STORE, readJobs } from '../jobs.repository.js';

/** A change of status as it was written down with it. */
export interface ToldChange {
  readonly id: string;
  readonly jobId: string;
  readonly type: string;
  readonly status: JobStatus;
  readonly epoch: number;
  readonly data: { started_at: string | null; finished_at: string | null; error: WireError | null };
  readonly happenedAt: Date;
}

/** An event of any kind, as a reader of the stream sees it. */
export interface StoredEvent extends Omit<ToldChange, 'status' | 'data'> {
  readonly status: JobStatus | null;
  readonly data: unknown;
}

const COLUMNS = 'id, job_id AS "jobId", type, status, epoch, data, happened_at AS "happenedAt"';
const SAY_BATCH = 100;
const READ_BATCH = 500;

/** What happened to jobs, in order: said by one relay at a time, read by anyone from anywhere. */
@Injectable()
export class EventsRepository {
  constructor(@Inject(JOBS_STORE) private readonly store: DataSource) {}

  /** Hands the oldest changes that nobody has said yet to `say`; said when it resolves. Returns whether there may be more. */
  sayNext(say: (changes: readonly { change: ToldChange; job: Job }[]) => Promise<void>): Promise<boolean> {
    return inTransaction(this.store, async (manager) => {
      const changes = await manager.query<ToldChange[]>(
        `SELECT ${COLUMNS} FROM job_events WHERE NOT is_said ORDER BY id LIMIT ${SAY_BATCH} FOR UPDATE SKIP LOCKED`,
      );
      if (changes.length === 0) return false;
      const jobs = await readJobs(manager, [...new Set(changes.map(({ jobId }) => jobId))]);
      const byId = new Map(jobs.map((job) => [job.id, job]));
      await say(
        changes.flatMap((change) => {
          const job = byId.get(change.jobId);
          return job === undefined ? [] : [{ change, job }];
        }),
      );
      await manager.query('UPDATE job_events SET is_said = true WHERE id = ANY($1::bigint[])', [
        changes.map(({ id }) => id),
      ]);
      return changes.length === SAY_BATCH;
    });
  }

  /** Writes down pieces of a streamed answer. They are for readers of the stream only. */
  async keepChunks(jobId: string, epoch: number, chunks: readonly unknown[]): Promise<void> {
    await askStore(() =>
      this.store.query(
        `INSERT INTO job_events (job_id, type, epoch, data, is_said)
         SELECT $1, 'chunk', $2, chunk, true FROM unnest($3::json[]) AS chunk`,
        [jobId, epoch, chunks.map((chunk) => JSON.stringify(chunk))],
      ),
    );
  }

  /** Events of a job after one of them, and whether the job had ended before they were read. Throws `not_found`. */
  async readAfter(tenant: string, jobId: string, after: string): Promise<{ events: StoredEvent[]; isOver: boolean }> {
    return askStore(async () => {
      const [job] = await this.store.query<{ is_over: boolean }[]>(
        'SELECT finished_at IS NOT NULL AS is_over FROM jobs WHERE tenant = $1 AND id = $2',
        [tenant, jobId],
      );
      if (job === undefined) throw new SkeinError('not_found', `There is no job "${jobId}".`, { param: 'id' });
      const events = await this.store.query<StoredEvent[]>(
        `SELECT ${COLUMNS} FROM job_events WHERE job_id = $1 AND id > $2 ORDER BY id LIMIT ${READ_BATCH}`,
        [jobId, after],
      );
      return { events, isOver: job.is_over && events.length < READ_BATCH };
    });
  }

  /** Jobs among these of which something was written after `after`, and how far the table goes. */
  async changedSince(after: string, jobIds: readonly string[]): Promise<{ last: string; jobIds: string[] }> {
    return askStore(async () => {
      const rows = await this.store.query<{ id: string; job_id: string }[]>(
        'SELECT max(id) AS id, job_id FROM job_events WHERE id > $1 AND job_id = ANY($2::text[]) GROUP BY job_id',
        [after, jobIds],
      );
      const last = rows.reduce((most, { id }) => (BigInt(id) > BigInt(most) ? id : most), after);
      return { last, jobIds: rows.map(({ job_id }) => job_id) };
    });
  }
}
