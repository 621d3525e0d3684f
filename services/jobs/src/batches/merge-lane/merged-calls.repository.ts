import { Inject, Injectable } from '@nestjs/common';
import type { MergePolicy } from '@skein/contracts/router';
import { askStore, inTransaction, toSafeInteger } from '@skein/store';
import type { DataSource, EntityManager } from 'typeorm';
import { JOBS_STORE } from '../../jobs.repository.js';
import { lookAhead, nextCall } from './next-call.js';
import type { MergedLine } from './settle-merged.js';

export interface TakenLine extends MergedLine {
  readonly answerTokens: number;
}

/** Lines that one call is made for, in the hands of who makes it. */
export interface HeldCall {
  readonly requestId: string;
  readonly vendor: string;
  readonly model: string;
  readonly sharedTokens: number;
  readonly lines: readonly TakenLine[];
}

/** What became of a line in a call, for the report: what it would have cost alone, null where the price is unknown. */
export interface NotedLine {
  readonly lineNo: number;
  readonly redone: boolean;
  readonly aloneNanoUsd: number;
}

export interface MergeReport {
  readonly calls: number;
  readonly lines: number;
  readonly redone: number;
  readonly cost_nano_usd: number;
  readonly alone_nano_usd: number;
}

interface Waiting extends TakenLine {
  readonly vendor: string;
  readonly model: string;
}

const DUE = `batch_id = $1 AND status = 'queued' AND lane = 'merge' AND (not_before IS NULL OR not_before <= now())`;

/** Lines that wait to share a call, and the calls they share. */
@Injectable()
export class MergedCallsRepository {
  constructor(@Inject(JOBS_STORE) private readonly store: DataSource) {}

  /** Once every line has its lane: kinds too small for a call are run one by one. */
  async sendFewAlone(batchId: string): Promise<void> {
    await askStore(() =>
      this.store.query(
        `UPDATE batch_lines SET lane = 'realtime' WHERE ${DUE} AND merge_key IN (
           SELECT merge_key FROM batch_lines line JOIN merge_kinds kind USING (batch_id)
           WHERE ${DUE} AND kind.key = line.merge_key
             AND NOT EXISTS (SELECT 1 FROM batch_lines WHERE batch_id = $1 AND status = 'queued' AND lane = 'undecided')
           GROUP BY merge_key, policy HAVING count(*) < (policy ->> 'least')::integer
         )`,
        [batchId],
      ),
    );
  }

  /** Takes the lines of the next call, written down before it is made. Null when there is none to make now. */
  take(batchId: string, hold: { owner: string; leaseMs: number; requestId: string }): Promise<HeldCall | null> {
    return inTransaction(this.store, async (manager) => {
      // One hand at a time: beside another's lines, which are passed over while it chooses, calls would be cut too small.
      await manager.query("SELECT pg_advisory_xact_lock(hashtext('skein merged calls'), hashtext($1))", [batchId]);
      for (;;) {
        const kind = await nextKind(manager, batchId);
        if (kind === null) return null;
        const waiting = await manager.query<Waiting[]>(
          `SELECT line_no AS "lineNo", epoch + 1 AS epoch, failed_runs AS "failedRuns", body, vendor, model,
             input_tokens AS "inputTokens", answer_tokens AS "answerTokens", $4::text AS "requestId"
           FROM batch_lines WHERE ${DUE} AND merge_key = $2 ORDER BY line_no LIMIT $3 FOR UPDATE SKIP LOCKED`,
          [batchId, kind.key, lookAhead(kind.policy), hold.requestId],
        );
        const taken = nextCall(waiting, kind.policy, kind.mayMoreCome);
        if (taken === 'wait') return null;
        if (taken === 'alone') {
          // Others of the kind are in other hands just now: these are what is left of it.
          if (waiting.length === 0) return null;
          await sendAlone(manager, batchId, waiting);
          continue;
        }
        const lines = waiting.slice(0, taken);
        const [first] = lines;
        if (first === undefined) return null;
        await holdLines(manager, batchId, lines, hold);
        return { ...first, ...kind, requestId: hold.requestId, lines };
      }
    });
  }

  /** Gives lines back that our own rooms broke off, to be merged again; the call's attempts may still be heard of. */
  async giveBack(batchId: string, lines: readonly MergedLine[], notBefore: Date): Promise<void> {
    await askStore(() =>
      this.store.query(
        `WITH back AS (
           UPDATE batch_lines line SET status = 'queued', not_before = $4, lease_owner = NULL, lease_expires_at = NULL
           FROM unnest($2::integer[], $3::integer[]) AS held (line_no, epoch)
           WHERE line.batch_id = $1 AND line.line_no = held.line_no AND line.epoch = held.epoch AND line.status = 'running'
           RETURNING line.line_no, line.request_id
         ) INSERT INTO lost_line_runs (request_id, batch_id, line_no) SELECT request_id, $1, line_no FROM back
         ON CONFLICT DO NOTHING`,
        [batchId, lines.map(({ lineNo }) => lineNo), lines.map(({ epoch }) => epoch), notBefore],
      ),
    );
  }

  /** For the report alone: a crash before it loses no money and no answer. */
  async note(batchId: string, requestId: string, lines: readonly NotedLine[]): Promise<void> {
    await askStore(() =>
      this.store.query(
        `WITH ended AS (UPDATE merged_calls SET ended = true WHERE request_id = $2)
         UPDATE batch_lines line SET redone = noted.redone, alone_nano_usd = noted.alone
         FROM unnest($3::integer[], $4::boolean[], $5::bigint[]) AS noted (line_no, redone, alone)
         WHERE line.batch_id = $1 AND line.line_no = noted.line_no`,
        [
          batchId,
          requestId,
          lines.map(({ lineNo }) => lineNo),
          lines.map(({ redone }) => redone),
          lines.map(({ aloneNanoUsd }) => aloneNanoUsd),
        ],
      ),
    );
  }

  /** What merging did for batches; those without a merged line are left out. */
  async reportOf(batchIds: readonly string[]): Promise<Map<string, MergeReport>> {
    const rows = await askStore(() =>
      this.store.query<Record<'batch_id' | keyof MergeReport, string>[]>(
        `SELECT batch_id, count(*) AS lines, count(*) FILTER (WHERE redone) AS redone,
           sum(cost_nano_usd) AS cost_nano_usd, sum(alone_nano_usd) AS alone_nano_usd,
           (SELECT count(*) FROM merged_calls call WHERE call.batch_id = line.batch_id AND ended) AS calls
         FROM batch_lines line WHERE batch_id = ANY($1::text[]) AND alone_nano_usd IS NOT NULL GROUP BY batch_id`,
        [[...batchIds]],
      ),
    );
    return new Map(
      rows.map((row) => [
        row.batch_id,
        {
          calls: Number(row.calls),
          lines: Number(row.lines),
          redone: Number(row.redone),
          cost_nano_usd: toSafeInteger(row.cost_nano_usd),
          alone_nano_usd: toSafeInteger(row.alone_nano_usd),
        },
      ]),
    );
  }
}

interface Kind {
  readonly key: string;
  readonly policy: MergePolicy;
  readonly sharedTokens: number;
  readonly mayMoreCome: boolean;
}

/** The kind whose first line has waited longest; as long as lines have no lane yet, only one that makes a full call. */
async function nextKind(manager: EntityManager, batchId: string): Promise<Kind | null> {
  const [kind] = await manager.query<Kind[]>(
    `WITH more AS (
       SELECT EXISTS (SELECT 1 FROM batch_lines WHERE batch_id = $1 AND status = 'queued' AND lane = 'undecided') AS may_come
     ), waiting AS (
       SELECT merge_key, min(line_no) AS first, count(*) AS lines FROM batch_lines
       WHERE ${DUE} AND EXISTS (SELECT 1 FROM batches WHERE id = $1 AND status = 'in_progress') GROUP BY merge_key
     )
     SELECT key, policy, shared_tokens AS "sharedTokens", may_come AS "mayMoreCome"
     FROM waiting JOIN merge_kinds kind ON kind.batch_id = $1 AND kind.key = merge_key, more
     WHERE NOT may_come OR lines >= (policy ->> 'most')::integer ORDER BY first LIMIT 1`,
    [batchId],
  );
  return kind ?? null;
}

async function sendAlone(manager: EntityManager, batchId: string, lines: readonly MergedLine[]): Promise<void> {
  await manager.query(`UPDATE batch_lines SET lane = 'realtime' WHERE batch_id = $1 AND line_no = ANY($2::integer[])`, [
    batchId,
    lines.map(({ lineNo }) => lineNo),
  ]);
}

async function holdLines(
  manager: EntityManager,
  batchId: string,
  lines: readonly MergedLine[],
  { owner, leaseMs, requestId }: { owner: string; leaseMs: number; requestId: string },
): Promise<void> {
  const lineNos = lines.map(({ lineNo }) => lineNo);
  await manager.query(
    `UPDATE batch_lines SET status = 'running', epoch = epoch + 1, not_before = NULL, lease_owner = $3, request_id = $4,
       lease_expires_at = now() + $5 * interval '1 millisecond'
     WHERE batch_id = $1 AND line_no = ANY($2::integer[])`,
    [batchId, lineNos, owner, requestId, leaseMs],
  );
  await manager.query('INSERT INTO merged_calls (request_id, batch_id, line_nos, weights) VALUES ($1, $2, $3, $4)', [
    requestId,
    batchId,
    lineNos,
    lines.map(({ inputTokens }) => inputTokens),
  ]);
}
