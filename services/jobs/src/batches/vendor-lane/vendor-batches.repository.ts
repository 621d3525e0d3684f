import { Inject, Injectable } from '@nestjs/common';
import type { Caller } from '@skein/contracts/attempt';
import { VENDOR_BATCH_MAX } from '@skein/contracts/provider';
import { askStore, inTransaction } from '@skein/store';
import type { DataSource } from 'typeorm';
import { JOBS_STORE } from '../../jobs.repository.js';
import type { Batch, HeldLine } from '../batch.js';

/** A batch of ours at a vendor. `leaving`: its lines are run elsewhere, but what it did is still to be posted. */
export interface VendorBatchRow {
  readonly id: string;
  readonly batchId: string;
  readonly caller: Caller;
  readonly vendor: string;
  readonly model: string;
  readonly vendorBatchId: string | null;
  readonly status: 'submitting' | 'running' | 'leaving' | 'over';
  readonly expiresAt: Date;
  readonly batchCreatedAt: Date;
  /** When it was written down, before the vendor was told. */
  readonly createdAt: Date;
}

/** No further line goes to a vendor with what already has so many bytes: they are all held at once. */
const SENT_BYTES = 8_388_608;

/** A quarter of its age, from half a second on. */
const LOOK_AGAIN = `least($2, greatest(500, extract(epoch FROM now() - vb.created_at) * 250)) * interval '1 millisecond'`;

const ROW = `vb.id, vb.batch_id AS "batchId", b.caller, vb.vendor, vb.model, vb.vendor_batch_id AS "vendorBatchId",
  vb.status, b.expires_at AS "expiresAt", b.created_at AS "batchCreatedAt", vb.created_at AS "createdAt"`;

/** Lines on their way to vendors' batch APIs, and the batches there. */
@Injectable()
export class VendorBatchesRepository {
  constructor(@Inject(JOBS_STORE) private readonly store: DataSource) {}

  /**
   * Gathers lines for one vendor and model under a batch `id`, written down before the vendor is told. Null when none wait.
   * `requestIds` are as many as may be taken.
   */
  begin(batch: Batch, id: string, requestIds: readonly string[], lookAgainMs: number): Promise<VendorBatchRow | null> {
    return inTransaction(this.store, async (manager) => {
      const [first] = await manager.query<{ vendor: string; model: string }[]>(
        `SELECT vendor, model FROM batch_lines
         WHERE batch_id = $1 AND status = 'queued' AND lane = 'vendor' ORDER BY line_no LIMIT 1`,
        [batch.id],
      );
      if (first === undefined) return null;
      await manager.query(
        `INSERT INTO vendor_batches (id, batch_id, vendor, model, status, next_look_at)
         VALUES ($1, $2, $3, $4, 'submitting', now() + $5 * interval '1 millisecond')`,
        [id, batch.id, first.vendor, first.model, lookAgainMs],
      );
      const [taken] = await manager.query<[unknown[], number]>(
        `WITH due AS (
           SELECT line_no, bytes FROM batch_lines
           WHERE batch_id = $1 AND status = 'queued' AND lane = 'vendor' AND vendor = $2 AND model = $3
           ORDER BY line_no LIMIT $4 FOR UPDATE SKIP LOCKED
         ), numbered AS (
           SELECT line_no, row_number() OVER (ORDER BY line_no) AS n, sum(bytes) OVER (ORDER BY line_no) - bytes AS before
           FROM due
         )
         UPDATE batch_lines line SET status = 'at_vendor', epoch = epoch + 1, vendor_batch = $5, request_id = run.request_id
         FROM numbered JOIN unnest($6::text[]) WITH ORDINALITY AS run (request_id, n) USING (n)
         WHERE line.batch_id = $1 AND line.line_no = numbered.line_no AND numbered.before < $7 RETURNING line.line_no`,
        [
          batch.id,
          first.vendor,
          first.model,
          Math.min(requestIds.length, VENDOR_BATCH_MAX),
          id,
          [...requestIds],
          SENT_BYTES,
        ],
      );
      if (taken.length === 0) {
        await manager.query('DELETE FROM vendor_batches WHERE id = $1', [id]);
        return null;
      }
      return readRow(
        await manager.query<VendorBatchRow[]>(
          `SELECT ${ROW} FROM vendor_batches vb JOIN batches b ON b.id = vb.batch_id WHERE vb.id = $1`,
          [id],
        ),
      );
    });
  }

  /** The lines of a batch at a vendor, whatever has become of them since. */
  linesOf(id: string): Promise<(HeldLine & { isThere: boolean })[]> {
    return askStore(() =>
      this.store.query<(HeldLine & { isThere: boolean })[]>(
        `SELECT line_no AS "lineNo", epoch, failed_runs AS "failedRuns",
           coalesce(lost.request_id, line.request_id) AS "requestId", body, status = 'at_vendor' AS "isThere"
         FROM batch_lines line
         LEFT JOIN LATERAL (
           -- Of a line whose real-time runs were lost too, the vendor's was the first.
           SELECT min(request_id) AS request_id FROM lost_line_runs
           WHERE batch_id = line.batch_id AND line_no = line.line_no
         ) lost ON true
         WHERE vendor_batch = $1 ORDER BY line_no`,
        [id],
      ),
    );
  }

  /** Batches whose time to be looked at has come, a young one more often than every `lookAgainMs`, of one batch of ours or of those that are being left; each looker has its own. */
  due(batchId: string | null, lookAgainMs: number): Promise<VendorBatchRow[]> {
    return askStore(async () => {
      const [rows] = await this.store.query<[VendorBatchRow[], number]>(
        `UPDATE vendor_batches vb SET next_look_at = now() + ${LOOK_AGAIN}
         FROM batches b
         WHERE b.id = vb.batch_id AND vb.id IN (
           SELECT id FROM vendor_batches
           WHERE next_look_at <= now() AND status <> 'over'
             AND (batch_id = $1 OR ($1::text IS NULL AND status = 'leaving'))
           FOR UPDATE SKIP LOCKED
         ) RETURNING ${ROW}`,
        [batchId, lookAgainMs],
      );
      return rows;
    });
  }

  /** The vendor has it, under that id. */
  async note(id: string, vendorBatchId: string): Promise<void> {
    await askStore(() =>
      this.store.query(
        `UPDATE vendor_batches SET vendor_batch_id = $2, next_look_at = now() + interval '500 milliseconds',
           status = CASE status WHEN 'submitting' THEN 'running' ELSE status END WHERE id = $1`,
        [id, vendorBatchId],
      ),
    );
  }

  /** Nobody is submitting it any more: it can be looked for. */
  async lookSoon(id: string): Promise<void> {
    await askStore(() => this.store.query('UPDATE vendor_batches SET next_look_at = now() WHERE id = $1', [id]));
  }

  /** Settled lines stay what they are; the batch at the vendor is done with. */
  async close(id: string): Promise<void> {
    await askStore(() => this.store.query(`UPDATE vendor_batches SET status = 'over' WHERE id = $1`, [id]));
  }

  /**
   * Takes the lines that are still there back, to be run in real time. What the vendor may do with them meanwhile is heard
   * of by the facts of their requests. `leaving`: the vendor is still to be asked what it did.
   */
  takeBack(id: string, next: 'over' | 'leaving'): Promise<number> {
    return inTransaction(this.store, async (manager) => {
      const rows = await manager.query<unknown[]>(
        `WITH back AS (
           UPDATE batch_lines SET status = 'queued', lane = 'realtime' WHERE vendor_batch = $1 AND status = 'at_vendor'
           RETURNING batch_id, line_no, request_id
         ) INSERT INTO lost_line_runs (request_id, batch_id, line_no) SELECT request_id, batch_id, line_no FROM back
         ON CONFLICT DO NOTHING RETURNING request_id`,
        [id],
      );
      await manager.query('UPDATE vendor_batches SET status = $2 WHERE id = $1', [id, next]);
      return rows.length;
    });
  }

  /** The batch of ours is over before its batches at vendors are: they are left, and what they did is still posted. */
  async leave(batchId: string): Promise<VendorBatchRow[]> {
    return inTransaction(this.store, async (manager) => {
      await manager.query(
        `INSERT INTO lost_line_runs (request_id, batch_id, line_no)
         SELECT line.request_id, line.batch_id, line.line_no
         FROM batch_lines line JOIN vendor_batches vb ON vb.id = line.vendor_batch
         WHERE line.batch_id = $1 AND vb.status IN ('submitting', 'running') AND line.result IS NULL
         ON CONFLICT DO NOTHING`,
        [batchId],
      );
      const [rows] = await manager.query<[VendorBatchRow[], number]>(
        `UPDATE vendor_batches vb SET status = 'leaving' FROM batches b
         WHERE b.id = vb.batch_id AND vb.batch_id = $1 AND vb.status IN ('submitting', 'running') RETURNING ${ROW}`,
        [batchId],
      );
      return rows;
    });
  }
}

function readRow(rows: readonly VendorBatchRow[]): VendorBatchRow {
  const [row] = rows;
  if (row === undefined) throw new Error('PostgreSQL did not return the row it made');
  return row;
}
