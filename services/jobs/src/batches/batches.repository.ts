import { Inject, Injectable } from '@nestjs/common';
import { SkeinError } from '@skein/contracts/errors';
import type { BatchDialect, BatchLineError, BatchStatus } from '@skein/contracts/jobs';
import { askStore, inTransaction, toSafeInteger } from '@skein/store';
import type { DataSource, EntityManager } from 'typeorm';
import { finishFile } from '../files/files.repository.js';
import { JOBS_STORE } from '../jobs.repository.js';
import { openStatuses, type Batch, type BatchEnd, type LineCounts, type NewBatch } from './batch.js';
import { batchMoveOf, type BatchEvent } from './next-batch-status.js';

const COLUMNS = `id, caller, dialect, endpoint, lane, idempotency_key AS "idempotencyKey", fingerprint,
  input_file_id AS "inputFileId", completion_window AS "completionWindow", metadata, status, ends_as AS "endsAs", epoch,
  errors, output_file_id AS "outputFileId", error_file_id AS "errorFileId", total, times, created_at AS "createdAt",
  expires_at AS "expiresAt", traceparent`;
const IDEMPOTENCY_HOURS = 24;
/** Results are kept for thirty days. */
const OUTPUT_S = 30 * 86_400;

/** A file whose parts are in; without an id there was nothing to write. */
export interface WrittenFile {
  readonly id: string | null;
  readonly parts: number;
}

/** Batches as their customers and their runners see them. Lines are in `lines.repository.ts`. */
@Injectable()
export class BatchesRepository {
  constructor(@Inject(JOBS_STORE) private readonly store: DataSource) {}

  /**
   * Writes the row. The same wish under the same key gives the batch that is there. Throws `idempotency_mismatch` when
   * another wish has the key, `not_found` when there is no such input file, `unavailable` without PostgreSQL.
   */
  create(batch: NewBatch): Promise<{ batch: Batch; created: boolean }> {
    const { caller, idempotencyKey } = batch;
    return inTransaction(this.store, async (manager) => {
      const [file] = await manager.query<unknown[]>(
        `SELECT 1 FROM files WHERE tenant = $1 AND id = $2 AND status = 'processed'`,
        [caller.tenant, batch.inputFileId],
      );
      if (file === undefined) {
        throw new SkeinError('not_found', `There is no file "${batch.inputFileId}".`, { param: 'input_file_id' });
      }
      if (idempotencyKey !== null) {
        await manager.query(
          `UPDATE batches SET idempotency_key = NULL
           WHERE tenant = $1 AND idempotency_key = $2 AND created_at < now() - make_interval(hours => $3)`,
          [caller.tenant, idempotencyKey, IDEMPOTENCY_HOURS],
        );
      }
      const [row] = await manager.query<Batch[]>(
        `INSERT INTO batches (id, tenant, caller, dialect, endpoint, lane, idempotency_key, fingerprint, input_file_id,
           completion_window, metadata, status, times, expires_at, traceparent)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'validating', jsonb_build_object('validating', now()), $12, $13)
         ON CONFLICT DO NOTHING RETURNING ${COLUMNS}`,
        [
          batch.id,
          caller.tenant,
          JSON.stringify(caller),
          batch.dialect,
          batch.endpoint,
          batch.lane,
          idempotencyKey,
          batch.fingerprint,
          batch.inputFileId,
          batch.completionWindow,
          JSON.stringify(batch.metadata),
          batch.expiresAt,
          batch.traceparent,
        ],
      );
      if (row !== undefined) return { batch: row, created: true };
      const [earlier] = await manager.query<Batch[]>(
        `SELECT ${COLUMNS} FROM batches WHERE tenant = $1 AND idempotency_key = $2`,
        [caller.tenant, idempotencyKey],
      );
      if (earlier?.fingerprint === batch.fingerprint) return { batch: earlier, created: false };
      throw new SkeinError(
        'idempotency_mismatch',
        'This Idempotency-Key was used for another batch within the last 24 hours.',
        { param: 'Idempotency-Key' },
      );
    });
  }

  /** Throws `not_found` when this tenant has no such batch. */
  get(tenant: string, id: string): Promise<Batch> {
    return askStore(async () => {
      const [row] = await this.store.query<Batch[]>(`SELECT ${COLUMNS} FROM batches WHERE tenant = $1 AND id = $2`, [
        tenant,
        id,
      ]);
      if (row === undefined) throw notFound(id);
      return row;
    });
  }

  /** As a runner sees it; null when there is none. */
  find(id: string): Promise<Batch | null> {
    return askStore(async () => {
      const [row] = await this.store.query<Batch[]>(`SELECT ${COLUMNS} FROM batches WHERE id = $1`, [id]);
      return row ?? null;
    });
  }

  /** Newest first. */
  list(asked: { tenant: string; dialect: BatchDialect; limit: number; after: string | null }): Promise<Batch[]> {
    const { tenant, dialect, after, limit } = asked;
    return askStore(() =>
      this.store.query<Batch[]>(
        `SELECT ${COLUMNS} FROM batches WHERE tenant = $1 AND dialect = $2 AND ($3::text IS NULL OR id < $3)
         ORDER BY id DESC LIMIT $4`,
        [tenant, dialect, after, limit],
      ),
    );
  }

  /** How the lines of these batches stand. */
  counts(ids: readonly string[]): Promise<Map<string, LineCounts>> {
    return askStore(async () => {
      const rows = await this.store.query<CountRow[]>(
        `SELECT batch_id, status, count(*) AS count, sum(cost_nano_usd) AS cost FROM batch_lines
         WHERE batch_id = ANY($1::text[]) GROUP BY batch_id, status`,
        [[...ids]],
      );
      return new Map(ids.map((id) => [id, countLines(rows.filter(({ batch_id }) => batch_id === id))]));
    });
  }

  /** Moves a batch by an event; null when the event does nothing to it. Only the holder of `epoch` may, where one is given. */
  move(
    id: string,
    event: BatchEvent,
    change: { epoch?: number; errors?: readonly BatchLineError[]; endsAs?: BatchEnd; total?: number } = {},
  ): Promise<Batch | null> {
    return askStore(() => moveBatch(this.store.manager, id, event, change));
  }

  /** The customer's wish: a batch that runs is being cancelled, one that has ended stays what it is. Throws `not_found`. */
  cancel(tenant: string, id: string): Promise<Batch> {
    return inTransaction(this.store, async (manager) => {
      await moveBatch(manager, id, 'cancel', { tenant });
      const [row] = await manager.query<Batch[]>(`SELECT ${COLUMNS} FROM batches WHERE tenant = $1 AND id = $2`, [
        tenant,
        id,
      ]);
      if (row === undefined) throw notFound(id);
      return row;
    });
  }

  /** Ends a batch with its files, which are whole from then on, all at once; null when another writer has taken over. */
  publish(batch: Batch, event: BatchEvent, { output, errors }: { output: WrittenFile; errors: WrittenFile }) {
    return inTransaction(this.store, async (manager) => {
      for (const { id, parts } of [output, errors]) {
        if (id !== null) await finishFile(manager, id, { parts, purpose: 'batch_output', expiresAfterS: OUTPUT_S });
      }
      return moveBatch(manager, batch.id, event, {
        epoch: batch.epoch,
        outputFileId: output.id,
        errorFileId: errors.id,
      });
    });
  }

  /** Takes the reading in or the closing of a batch upon oneself; whoever had it before can write no more. */
  raiseEpoch(id: string, status: BatchStatus): Promise<Batch | null> {
    return askStore(async () => {
      const [rows] = await this.store.query<[Batch[], number]>(
        `UPDATE batches SET epoch = epoch + 1 WHERE id = $1 AND status = $2 RETURNING ${COLUMNS}`,
        [id, status],
      );
      return rows[0] ?? null;
    });
  }

  /** Open batches that nobody has looked after for `recheckMs`: to be woken up again. */
  takeNeglected(recheckMs: number): Promise<{ id: string; status: BatchStatus }[]> {
    return askStore(async () => {
      const [rows] = await this.store.query<[{ id: string; status: BatchStatus }[], number]>(
        `UPDATE batches SET queue_checked_at = now()
         WHERE status = ANY($1::text[]) AND queue_checked_at < now() - $2 * interval '1 millisecond'
         RETURNING id, status`,
        [[...openStatuses], recheckMs],
      );
      return rows;
    });
  }

  /** Deletes batches that ended `days` ago, with their lines; returns how many. */
  sweep(days: number): Promise<number> {
    return askStore(async () => {
      const [, count] = await this.store.query<[unknown[], number]>(
        `DELETE FROM batches WHERE NOT (status = ANY($1::text[])) AND created_at < now() - make_interval(days => $2)`,
        [[...openStatuses], days],
      );
      return count;
    });
  }
}

/** Moves a batch inside a transaction. */
async function moveBatch(
  manager: EntityManager,
  id: string,
  event: BatchEvent,
  change: {
    epoch?: number;
    tenant?: string;
    errors?: readonly BatchLineError[];
    endsAs?: BatchEnd;
    total?: number;
    outputFileId?: string | null;
    errorFileId?: string | null;
  } = {},
): Promise<Batch | null> {
  const { from, to } = batchMoveOf(event);
  const [rows] = await manager.query<[Batch[], number]>(
    `UPDATE batches SET status = $2, times = times || jsonb_build_object($2::text, now()),
       errors = coalesce($6, errors), ends_as = coalesce($7, ends_as), total = coalesce($8, total),
       output_file_id = coalesce($9, output_file_id), error_file_id = coalesce($10, error_file_id)
     WHERE id = $1 AND status = ANY($3::text[]) AND ($4::integer IS NULL OR epoch = $4) AND ($5::text IS NULL OR tenant = $5)
     RETURNING ${COLUMNS}`,
    [
      id,
      to,
      from,
      change.epoch ?? null,
      change.tenant ?? null,
      change.errors === undefined ? null : JSON.stringify(change.errors),
      change.endsAs ?? null,
      change.total ?? null,
      change.outputFileId ?? null,
      change.errorFileId ?? null,
    ],
  );
  return rows[0] ?? null;
}

interface CountRow {
  readonly batch_id: string;
  readonly status: Exclude<keyof LineCounts, 'costNanoUsd'>;
  readonly count: string;
  readonly cost: string;
}

function countLines(rows: readonly CountRow[]): LineCounts {
  const of = (status: CountRow['status']): number => Number(rows.find((row) => row.status === status)?.count ?? 0);
  return {
    queued: of('queued'),
    running: of('running'),
    at_vendor: of('at_vendor'),
    succeeded: of('succeeded'),
    failed: of('failed'),
    cancelled: of('cancelled'),
    expired: of('expired'),
    costNanoUsd: rows.reduce((sum, { cost }) => sum + toSafeInteger(cost), 0),
  };
}

function notFound(id: string): SkeinError {
  return new SkeinError('not_found', `There is no batch "${id}".`, { param: 'id' });
}
