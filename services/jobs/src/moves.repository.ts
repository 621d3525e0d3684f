// How rows move: by the table of next-status.ts, in one statement that also writes down what is to be told of it.
import type { EntityManager } from 'typeorm';
import { moveOf, type JobEvent } from './next-status.js';

/** What every end of a run lets go, what every end of a job writes down, and what puts a job at the beginning again. */
export const LETS_GO = 'lease_owner = NULL, lease_expires_at = NULL, dispatched_at = NULL';
export const ENDS = `${LETS_GO}, finished_at = now()`;
export const BEGINS_ANEW = `${LETS_GO}, failed_runs = 0, error = NULL, finished_at = NULL, not_before = NULL`;

/** The columns of `job_events` that tell of a row's change of status. */
const TOLD = `'job.' || status, status, epoch, json_build_object('started_at', started_at, 'finished_at', finished_at, 'error', error)`;

/**
 * Moves the rows that `where` names, and returns their ids. Rows in which the event changes nothing stay. The change is told
 * of (CloudEvents, webhooks, event streams) by what is written here. `values` are numbered from $3.
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
       UPDATE jobs SET status = $1${set && `, ${set}`} WHERE status = ANY($2::text[]) AND ${where}
       RETURNING id, status, epoch, started_at, finished_at, error
     ), told AS (
       INSERT INTO job_events (job_id, type, status, epoch, data) SELECT id, ${TOLD} FROM moved
     ) SELECT id FROM moved`,
    [to, [...from], ...values],
  );
  return rows.map(({ id }) => id);
}

/** Tells of jobs that were just accepted. */
export async function tellAccepted(manager: EntityManager, ids: readonly string[]): Promise<void> {
  await manager.query(
    `INSERT INTO job_events (job_id, type, status, epoch, data)
     SELECT id, ${TOLD} FROM jobs WHERE id = ANY($1::text[])`,
    [ids],
  );
}
