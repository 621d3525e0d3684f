import { Inject, Injectable } from '@nestjs/common';
import type { AttemptSummary } from '@skein/contracts/orchestrator';
import { askStore, inTransaction } from '@skein/store';
import type { DataSource, EntityManager } from 'typeorm';
import { overdueError, type EndedRun, type RunDecision } from './decide-run.js';
import type { Job, RunnableJob } from './job.js';
import { JOBS_STORE, readJob } from './jobs.repository.js';
import { ENDS, LETS_GO, move } from './moves.repository.js';
import { keepResult, readRequest } from './payloads.repository.js';

/** What a run leaves behind, whatever is decided. */
export type KeptRun = Pick<EndedRun, 'attempts' | 'explanation'>;

/** What came of taking a job. */
export type TakeOutcome =
  | { readonly is: 'taken'; readonly job: RunnableJob; readonly brokenRuns: readonly string[] }
  | { readonly is: 'expired'; readonly job: Job }
  /** Another runner has it, its time has not come, it has ended, or there is no such job. */
  | { readonly is: 'not now' };

/** A run as its runner knows it: what it brings counts only while the row has the same epoch. */
export interface HeldRun {
  readonly id: string;
  readonly epoch: number;
  readonly requestId: string;
}

/** How many rows the reconciler set right. */
export interface Reconciled {
  readonly expired: number;
  readonly lost: readonly string[];
}

const RECONCILE_BATCH = 200;

const runEnded = 'UPDATE job_runs SET ended_at = now() WHERE request_id = $1 AND ended_at IS NULL';
const leaseFor = (parameter: string): string => `lease_expires_at = now() + ${parameter} * interval '1 millisecond'`;
const IS_LAPSED = 'lease_expires_at <= now()';
const IS_OVERDUE = `deadline_at <= now() AND status <> 'running'`;

/** A known outcome takes the place of an unknown one; what is known stays. */
const SUPERSEDE = `
  ON CONFLICT (attempt_id) DO UPDATE SET outcome = EXCLUDED.outcome, summary = EXCLUDED.summary
  WHERE job_attempts.outcome = 'unknown' AND EXCLUDED.outcome <> 'unknown'`;

/** The rows as runners and the reconciler see them. Moments are PostgreSQL's: one clock for all runners. */
@Injectable()
export class RunsRepository {
  constructor(@Inject(JOBS_STORE) private readonly store: DataSource) {}

  /** Takes a job for a run: raises its epoch and holds it for `leaseMs`. */
  take(id: string, run: { owner: string; leaseMs: number; requestId: string }): Promise<TakeOutcome> {
    return inTransaction(this.store, async (manager): Promise<TakeOutcome> => {
      await lose(manager, `id = $3 AND ${IS_LAPSED}`, [id]);
      const expired = await expire(manager, `id = $3 AND ${IS_OVERDUE}`, [id]);
      if (expired.length > 0) return { is: 'expired', job: await readJob(manager, id) };
      const taken = await move(
        manager,
        'take',
        'id = $3 AND (not_before IS NULL OR not_before <= now())',
        [id, run.owner, run.leaseMs],
        `epoch = epoch + 1, lease_owner = $4, ${leaseFor('$5')}, started_at = coalesce(started_at, now()),
         dispatched_at = coalesce(dispatched_at, now())`,
      );
      if (taken.length === 0) return { is: 'not now' };
      const broken = await manager.query<{ request_id: string }[]>(
        'SELECT request_id FROM job_runs WHERE job_id = $1 AND ended_at IS NULL',
        [id],
      );
      await manager.query(
        'INSERT INTO job_runs (request_id, job_id, epoch) SELECT $1, id, epoch FROM jobs WHERE id = $2',
        [run.requestId, id],
      );
      const job = { ...(await readJob(manager, id)), body: (await readRequest(manager, id)) ?? {} };
      return { is: 'taken', job, brokenRuns: broken.map(({ request_id }) => request_id) };
    });
  }

  /** Who holds running jobs. */
  async owners(): Promise<string[]> {
    const rows = await askStore(() =>
      this.store.query<{ owner: string }[]>(`SELECT DISTINCT lease_owner AS owner FROM jobs WHERE status = 'running'`),
    );
    return rows.map(({ owner }) => owner);
  }

  /** Takes from runners that are gone what they had. */
  loseRunsOf(owners: readonly string[]): Promise<string[]> {
    return inTransaction(this.store, async (manager) => {
      await manager.query('DELETE FROM job_runners WHERE instance = ANY($1::text[])', [owners]);
      return lose(manager, 'lease_owner = ANY($3::text[])', [owners]);
    });
  }

  /** Holds on to what a runner has, and says what that is: a job that is not among them is no longer the runner's. */
  async renewLeases(owner: string, leaseMs: number): Promise<{ id: string; epoch: number }[]> {
    return askStore(() =>
      this.store.query<{ id: string; epoch: number }[]>(
        `WITH held AS (
           UPDATE jobs SET ${leaseFor('$2')} WHERE status = 'running' AND lease_owner = $1 RETURNING id, epoch
         ) SELECT id, epoch FROM held`,
        [owner, leaseMs],
      ),
    );
  }

  /**
   * Ends a run by what was decided, and says whether it counts; it does not when the row has moved on meanwhile.
   * Its attempts are kept in either case: they were made.
   */
  endRun(run: HeldRun, ended: KeptRun, decision: RunDecision): Promise<boolean> {
    return inTransaction(this.store, async (manager) => {
      await keepAttempts(manager, run.id, ended.attempts);
      await manager.query(runEnded, [run.requestId]);
      if (ended.explanation !== null) {
        await manager.query('UPDATE jobs SET explanation = $3 WHERE id = $1 AND epoch = $2', [
          run.id,
          run.epoch,
          JSON.stringify(ended.explanation),
        ]);
      }
      const moved = await applyDecision(manager, run, decision);
      if (moved.length > 0 && decision.event === 'succeed') await keepResult(manager, run.id, decision.result);
      return moved.length > 0;
    });
  }

  /** Gives a job back unfinished, its run left open: whoever takes it next looks up what the run had begun. */
  giveBack({ id, epoch }: HeldRun): Promise<string[]> {
    return inTransaction(this.store, (manager) => lose(manager, 'id = $3 AND epoch = $4', [id, epoch]));
  }

  /** Keeps what was found out about a run whose runner was lost. */
  closeBrokenRun(jobId: string, requestId: string, attempts: readonly AttemptSummary[]): Promise<void> {
    return inTransaction(this.store, async (manager) => {
      await keepAttempts(manager, jobId, attempts);
      await manager.query(runEnded, [requestId]);
    });
  }

  /** Keeps attempts of requests, where those were runs of jobs of ours. A known outcome supersedes an unknown one. */
  async hear(heard: readonly { requestId: string; attempt: AttemptSummary }[]): Promise<void> {
    await askStore(() =>
      this.store.query(
        `INSERT INTO job_attempts (attempt_id, job_id, outcome, summary)
         SELECT DISTINCT ON (attempt_id) attempt_id, run.job_id, outcome, summary
         FROM unnest($1::text[], $2::text[], $3::json[], $4::text[]) AS heard (attempt_id, outcome, summary, request_id)
         JOIN job_runs run USING (request_id)
         ORDER BY attempt_id, outcome = 'unknown'
         ${SUPERSEDE}`,
        [
          heard.map(({ attempt }) => attempt.id),
          heard.map(({ attempt }) => attempt.outcome),
          heard.map(({ attempt }) => JSON.stringify(attempt)),
          heard.map(({ requestId }) => requestId),
        ],
      ),
    );
  }

  /** Sets right what a crash left between row and runner. Null when another replica is at it. */
  reconcile(): Promise<Reconciled | null> {
    return inTransaction(this.store, async (manager) => {
      const [lock] = await manager.query<{ mine: boolean }[]>(
        `SELECT pg_try_advisory_xact_lock(hashtext('skein jobs'), hashtext(current_schema())) AS mine`,
      );
      if (lock?.mine !== true) return null;
      const some = (condition: string): string =>
        `id IN (SELECT id FROM jobs WHERE ${condition} LIMIT ${RECONCILE_BATCH} FOR UPDATE SKIP LOCKED)`;
      const expired = await expire(
        manager,
        some(`deadline_at IS NOT NULL AND status IN ('queued', 'scheduled') AND ${IS_OVERDUE}`),
        [],
      );
      const lost = await lose(manager, some(`status = 'running' AND ${IS_LAPSED}`), []);
      return { expired: expired.length, lost };
    });
  }
}

function lose(manager: EntityManager, where: string, values: readonly unknown[]): Promise<string[]> {
  return move(manager, 'lose', where, values, LETS_GO);
}

function expire(manager: EntityManager, where: string, values: readonly unknown[]): Promise<string[]> {
  const error = `$${values.length + 3}`;
  return move(
    manager,
    'expire',
    where,
    [...values, JSON.stringify(overdueError().toWire())],
    `${ENDS}, error = ${error}`,
  );
}

function applyDecision(manager: EntityManager, { id, epoch }: HeldRun, decision: RunDecision): Promise<string[]> {
  const ours = 'id = $3 AND epoch = $4';
  const toJson = (value: unknown): string | null => (value === null ? null : JSON.stringify(value));
  switch (decision.event) {
    case 'succeed':
      return move(manager, 'succeed', ours, [id, epoch], `${ENDS}, error = NULL`);
    case 'fail':
    case 'expire':
      return move(manager, decision.event, ours, [id, epoch, toJson(decision.error)], `${ENDS}, error = $5`);
    case 'retry':
      return move(
        manager,
        'retry',
        ours,
        [id, epoch, toJson(decision.error), decision.notBefore, decision.counts ? 1 : 0],
        `${LETS_GO}, error = $5, not_before = $6, failed_runs = failed_runs + $7`,
      );
    case 'none':
      return Promise.resolve([]);
  }
}

async function keepAttempts(manager: EntityManager, jobId: string, attempts: readonly AttemptSummary[]): Promise<void> {
  // In one order everywhere: others write the same rows at the same time.
  for (const attempt of [...attempts].sort((a, b) => (a.id < b.id ? -1 : 1))) {
    await manager.query(
      `INSERT INTO job_attempts (attempt_id, job_id, outcome, summary) VALUES ($1, $2, $3, $4::json) ${SUPERSEDE}`,
      [attempt.id, jobId, attempt.outcome, JSON.stringify(attempt)],
    );
  }
}
