// What customers wrote and vendors answered, apart from the rows: kept as it came, fields in their order, for as long as
// the retention says.
import type { JobSubmission, JobView } from '@skein/contracts/jobs';
import type { EntityManager } from 'typeorm';

export type Result = NonNullable<JobView['result']>;

/** Keeps the requests of new jobs. */
export async function keepRequests(
  manager: EntityManager,
  jobs: readonly { id: string; body: JobSubmission['body'] }[],
): Promise<void> {
  await manager.query(
    `INSERT INTO job_payloads (job_id, kind, content)
     SELECT id, 'request', convert_to(body, 'UTF8') FROM unnest($1::text[], $2::text[]) AS each (id, body)`,
    [jobs.map(({ id }) => id), jobs.map(({ body }) => JSON.stringify(body))],
  );
}

/** Keeps the answer of a job, in place of an earlier one. */
export async function keepResult(manager: EntityManager, jobId: string, result: Result): Promise<void> {
  await manager.query(
    `INSERT INTO job_payloads (job_id, kind, content) VALUES ($1, 'result', convert_to($2, 'UTF8'))
     ON CONFLICT (job_id, kind) DO UPDATE SET content = EXCLUDED.content, written_at = now()`,
    [jobId, JSON.stringify(result)],
  );
}

/** The request of a job; null when it is kept no longer. */
export async function readRequest(manager: EntityManager, jobId: string): Promise<JobSubmission['body'] | null> {
  return (await read(manager, jobId, 'request')) as JobSubmission['body'] | null;
}

/** The answer of a job; null when it has none, or none any more. */
export async function readResult(manager: EntityManager, jobId: string): Promise<Result | null> {
  return (await read(manager, jobId, 'result')) as Result | null;
}

async function read(manager: EntityManager, jobId: string, kind: 'request' | 'result'): Promise<unknown> {
  const [row] = await manager.query<{ content: Buffer }[]>(
    'SELECT content FROM job_payloads WHERE job_id = $1 AND kind = $2',
    [jobId, kind],
  );
  return row === undefined ? null : (JSON.parse(row.content.toString('utf8')) as unknown);
}

/** Forgets payloads of jobs that ended so long ago, and rows of those that ended even longer ago; some at a time. */
export async function forgetOld(
  manager: EntityManager,
  keep: { payloadMs: number; rowMs: number },
  most: number,
): Promise<{ payloads: number; rows: number }> {
  const old = (ms: string): string => `finished_at < now() - ${ms} * interval '1 millisecond'`;
  const [payloads] = await manager.query<{ count: string }[]>(
    `WITH old AS (
       SELECT id FROM jobs WHERE NOT payload_expired AND ${old('$1')} LIMIT $2 FOR UPDATE SKIP LOCKED
     ), gone AS (DELETE FROM job_payloads USING old WHERE job_id = old.id),
     marked AS (UPDATE jobs SET payload_expired = true FROM old WHERE jobs.id = old.id RETURNING 1)
     SELECT count(*) FROM marked`,
    [keep.payloadMs, most],
  );
  const [rows] = await manager.query<{ count: string }[]>(
    `WITH gone AS (
       DELETE FROM jobs WHERE id IN (SELECT id FROM jobs WHERE payload_expired AND ${old('$1')} LIMIT $2 FOR UPDATE SKIP LOCKED)
       RETURNING 1
     ) SELECT count(*) FROM gone`,
    [keep.rowMs, most],
  );
  return { payloads: Number(payloads?.count ?? 0), rows: Number(rows?.count ?? 0) };
}
