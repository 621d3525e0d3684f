import { Inject, Injectable } from '@nestjs/common';
import { attemptSummary, type AttemptSummary } from '@skein/contracts/orchestrator';
import { askStore, inTransaction } from '@skein/store';
import type { DataSource } from 'typeorm';
import { z } from 'zod';
import { JOBS_STORE } from '../jobs.repository.js';
import type { Batch, EndedLine, LineStatus, SettledLine, WeighedLine } from './batch.js';
import { divideAttempt } from './merge-lane/divide.js';
import type { BatchLine } from './read-line.js';

/** Read out at once: so many, until they have so many bytes. */
const SOME_LINES = 200;
const SOME_BYTES = 1_048_576;
/** So many that reading all of them for each that is taken is felt. */
const MANY_LINES = 1_000;

/** Lines of batches, always in company: put in, taken, settled and read out by the hundred. */
@Injectable()
export class LinesRepository {
  constructor(@Inject(JOBS_STORE) private readonly store: DataSource) {}

  /** Forgets what an earlier reader, whose work was broken off, has put in. */
  async clear(batchId: string): Promise<void> {
    await askStore(() => this.store.query('DELETE FROM batch_lines WHERE batch_id = $1', [batchId]));
  }

  /** Puts lines in, as the reader of `epoch`; false when another reader has taken over. */
  put(batchId: string, epoch: number, lines: readonly BatchLine[]): Promise<boolean> {
    return askStore(async () => {
      const rows = await this.store.query<unknown[]>(
        `WITH reader AS (SELECT id, lane FROM batches WHERE id = $1 AND epoch = $2 AND status = 'validating' FOR SHARE),
         put AS (
           INSERT INTO batch_lines (batch_id, line_no, custom_id, body, asked, bytes, lane)
           SELECT reader.id, line.no, line.custom_id, line.body, line.asked, octet_length(line.body::text),
             CASE reader.lane WHEN 'realtime' THEN 'realtime' ELSE 'undecided' END
           FROM reader, unnest($3::integer[], $4::text[], $5::json[], $6::json[]) AS line (no, custom_id, body, asked)
         ) SELECT id FROM reader`,
        [
          batchId,
          epoch,
          lines.map(({ lineNo }) => lineNo),
          lines.map(({ customId }) => customId),
          lines.map(({ body }) => JSON.stringify(body)),
          lines.map(({ asked }) => asked && JSON.stringify(asked)),
        ],
      );
      return rows.length > 0;
    });
  }

  /**
   * Has PostgreSQL look at what became of many lines: that they are there, or that they have ended. Until it has by itself, a
   * minute later, it plans as if they were as before, and reads all of a batch to find its next ones.
   */
  async survey({ total }: Pick<Batch, 'total'>): Promise<void> {
    if (total >= MANY_LINES) await askStore(() => this.store.query('ANALYZE batch_lines'));
  }

  /**
   * Takes the next lines that are due, one for each of `requestIds` at most, until they have `bytes` together, for `leaseMs`.
   * Nothing is taken of a batch that does not run.
   */
  take(
    batchId: string,
    hold: { owner: string; leaseMs: number; bytes: number; requestIds: readonly string[] },
  ): Promise<WeighedLine[]> {
    return askStore(() =>
      this.store.query<WeighedLine[]>(
        `WITH due AS (
           SELECT line_no, bytes FROM batch_lines
           WHERE batch_id = $1 AND status = 'queued' AND lane = 'realtime' AND (not_before IS NULL OR not_before <= now())
             AND EXISTS (SELECT 1 FROM batches WHERE id = $1 AND status = 'in_progress')
           ORDER BY line_no LIMIT $2 FOR UPDATE SKIP LOCKED
         ), numbered AS (
           SELECT line_no, row_number() OVER (ORDER BY line_no) AS n, sum(bytes) OVER (ORDER BY line_no) - bytes AS before
           FROM due
         ), taken AS (
           UPDATE batch_lines line SET status = 'running', epoch = epoch + 1, not_before = NULL, lease_owner = $3,
             lease_expires_at = now() + $4 * interval '1 millisecond', request_id = run.request_id
           FROM numbered JOIN unnest($5::text[]) WITH ORDINALITY AS run (request_id, n) USING (n)
           WHERE line.batch_id = $1 AND line.line_no = numbered.line_no AND numbered.before < $6
           RETURNING line.line_no, line.epoch, line.failed_runs, line.request_id, line.body, line.bytes
         )
         SELECT line_no AS "lineNo", epoch, failed_runs AS "failedRuns", request_id AS "requestId", body, bytes
         FROM taken ORDER BY line_no`,
        [batchId, hold.requestIds.length, hold.owner, hold.leaseMs, [...hold.requestIds], hold.bytes],
      ),
    );
  }

  /** Holds on to what an owner has. Returns the numbers of the lines that are still the owner's. */
  async renew(batchId: string, owner: string, leaseMs: number): Promise<number[]> {
    const rows = await askStore(() =>
      this.store.query<{ line_no: number }[]>(
        `WITH held AS (
           UPDATE batch_lines SET lease_expires_at = now() + $3 * interval '1 millisecond'
           WHERE batch_id = $1 AND status = 'running' AND lease_owner = $2 RETURNING line_no
         ) SELECT line_no FROM held`,
        [batchId, owner, leaseMs],
      ),
    );
    return rows.map(({ line_no }) => line_no);
  }

  /** Writes down what came of lines, each only if it is still of the epoch it was taken under. Returns how many counted. */
  async settle(
    batchId: string,
    lines: readonly SettledLine[],
    from: Extract<LineStatus, 'running' | 'at_vendor'> = 'running',
  ): Promise<number> {
    if (lines.length === 0) return 0;
    const [row] = await askStore(() =>
      this.store.query<{ count: string }[]>(
        `WITH settled AS (
           UPDATE batch_lines line SET status = end_.status, lane = 'realtime', result = end_.result, error = end_.error,
             attempts = (line.attempts::jsonb || end_.attempts::jsonb)::json,
             cost_nano_usd = line.cost_nano_usd + end_.cost, not_before = end_.not_before, failed_runs = end_.failed_runs,
             lease_owner = NULL, lease_expires_at = NULL
           FROM unnest($2::integer[], $3::integer[], $4::text[], $5::json[], $6::json[], $7::json[], $8::bigint[],
                       $9::timestamptz[], $10::integer[])
             AS end_ (line_no, epoch, status, result, error, attempts, cost, not_before, failed_runs)
           WHERE line.batch_id = $1 AND line.line_no = end_.line_no AND line.epoch = end_.epoch AND line.status = $12
           RETURNING line.line_no, line.request_id
         ), unsure AS (
           INSERT INTO lost_line_runs (request_id, batch_id, line_no)
           SELECT request_id, $1, line_no FROM settled WHERE line_no = ANY($11::integer[]) ON CONFLICT DO NOTHING
         ) SELECT count(*) AS count FROM settled`,
        [
          batchId,
          lines.map(({ lineNo }) => lineNo),
          lines.map(({ epoch }) => epoch),
          lines.map(({ status }) => status),
          lines.map(({ result }) => result && JSON.stringify(result)),
          lines.map(({ error }) => error && JSON.stringify(error)),
          lines.map(({ attempts }) => JSON.stringify(attempts)),
          lines.map(({ attempts }) => costOf(attempts)),
          lines.map(({ notBefore }) => notBefore),
          lines.map(({ failedRuns }) => failedRuns),
          lines
            .filter(({ attempts }) => attempts.some(({ outcome }) => outcome === 'unknown'))
            .map(({ lineNo }) => lineNo),
          from,
        ],
      ),
    );
    return Number(row?.count ?? 0);
  }

  /** Gives back what a lost runner held, and remembers its runs: their attempts may still be heard of. */
  release(batchId: string): Promise<number> {
    return inTransaction(this.store, async (manager) => {
      const rows = await manager.query<unknown[]>(
        `WITH lapsed AS (
           UPDATE batch_lines SET status = 'queued', lease_owner = NULL, lease_expires_at = NULL
           WHERE batch_id = $1 AND status = 'running' AND lease_expires_at <= now() RETURNING line_no, request_id
         ) INSERT INTO lost_line_runs (request_id, batch_id, line_no) SELECT request_id, $1, line_no FROM lapsed
         ON CONFLICT DO NOTHING RETURNING request_id`,
        [batchId],
      );
      return rows.length;
    });
  }

  /** Ends every line that has not: as `cancelled` also those under way, as `expired` those that wait. */
  async end(batchId: string, as: Extract<LineStatus, 'cancelled' | 'expired'>): Promise<void> {
    const which = as === 'cancelled' ? `IN ('queued', 'running', 'at_vendor')` : `IN ('queued', 'at_vendor')`;
    await askStore(() =>
      this.store.query(
        `UPDATE batch_lines SET status = $2, lease_owner = NULL, lease_expires_at = NULL WHERE batch_id = $1 AND status ${which}`,
        [batchId, as],
      ),
    );
  }

  /** How many lines are open, and in how many ms the next of those that wait is due. */
  async open(batchId: string): Promise<{ open: number; dueInMs: number | null }> {
    const [row] = await askStore(() =>
      this.store.query<{ open: string; due: string | null }[]>(
        `SELECT count(*) AS open, ceil(extract(epoch FROM
           min(CASE status WHEN 'queued' THEN coalesce(not_before, now()) ELSE coalesce(lease_expires_at, now() + interval '1 second') END) - now()) * 1000) AS due
         FROM batch_lines WHERE batch_id = $1 AND status IN ('queued', 'running', 'at_vendor')`,
        [batchId],
      ),
    );
    return { open: Number(row?.open ?? 0), dueInMs: row?.due == null ? null : Number(row.due) };
  }

  /** Lines that have ended, in order, some at a time: fewer where results are long. */
  async *ended(batchId: string): AsyncGenerator<EndedLine[]> {
    for (let after = 0; ;) {
      const from = after;
      const lines = await askStore(() =>
        this.store.query<EndedLine[]>(
          `WITH next AS (
             SELECT line_no, coalesce(octet_length(result::text), 0) + coalesce(octet_length(asked::text), 0) AS bytes FROM batch_lines
             WHERE batch_id = $1 AND line_no > $2 AND status NOT IN ('queued', 'running', 'at_vendor')
             ORDER BY line_no LIMIT $3
           ), weighed AS (
             SELECT line_no, sum(bytes) OVER (ORDER BY line_no) - bytes AS before FROM next
           )
           SELECT line_no AS "lineNo", custom_id AS "customId", request_id AS "requestId", asked, status, result, error, attempts
           FROM weighed JOIN batch_lines USING (line_no) WHERE batch_id = $1 AND before < $4 ORDER BY line_no`,
          [batchId, from, SOME_LINES, SOME_BYTES],
        ),
      );
      const last = lines.at(-1);
      if (last === undefined) return;
      yield lines;
      after = last.lineNo;
    }
  }

  /** Keeps late news of attempts whose runner was lost, or could not tell what came of them. */
  async hear(attempts: readonly { requestId: string; attempt: AttemptSummary }[]): Promise<void> {
    await inTransaction(this.store, async (manager) => {
      const rows = await manager.query<LostRun[]>(
        `SELECT lost.request_id, line.batch_id, line.line_no, line.attempts, call.line_nos, call.weights
         FROM lost_line_runs lost JOIN batch_lines line USING (batch_id, line_no)
         LEFT JOIN merged_calls call ON call.request_id = lost.request_id
         WHERE lost.request_id = ANY($1::text[]) FOR UPDATE OF line`,
        [attempts.map(({ requestId }) => requestId)],
      );
      for (const row of rows) {
        const late = attempts
          .filter(({ requestId }) => requestId === row.request_id)
          .flatMap(({ attempt }) => partOf(attempt, row));
        const kept = supersede(z.array(attemptSummary).parse(row.attempts), late);
        await manager.query(
          'UPDATE batch_lines SET attempts = $3, cost_nano_usd = $4 WHERE batch_id = $1 AND line_no = $2',
          [row.batch_id, row.line_no, JSON.stringify(kept), costOf(kept)],
        );
      }
    });
  }
}

interface LostRun {
  readonly request_id: string;
  readonly batch_id: string;
  readonly line_no: number;
  readonly attempts: unknown;
  /** Of the call that the line shared with others; null where the run was its own. */
  readonly line_nos: readonly number[] | null;
  readonly weights: readonly number[] | null;
}

function partOf(attempt: AttemptSummary, { line_no, line_nos, weights }: LostRun): AttemptSummary[] {
  if (line_nos === null || weights === null) return [attempt];
  return divideAttempt(attempt, weights).slice(line_nos.indexOf(line_no)).slice(0, 1);
}

/** A known outcome takes the place of an unknown one; what is known stays. */
export function supersede(known: readonly AttemptSummary[], late: readonly AttemptSummary[]): AttemptSummary[] {
  const byId = new Map(known.map((attempt) => [attempt.id, attempt]));
  for (const attempt of late) {
    const earlier = byId.get(attempt.id);
    if (earlier === undefined || earlier.outcome === 'unknown') byId.set(attempt.id, attempt);
  }
  return [...byId.values()];
}

/** Nano-USD over the attempts whose cost is known. */
function costOf(attempts: readonly AttemptSummary[]): number {
  return attempts.reduce((sum, { cost_nano_usd: cost }) => sum + (cost ?? 0), 0);
}
