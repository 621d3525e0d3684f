import { Inject, Injectable } from '@nestjs/common';
import { BUS, LOGGER, SETTINGS } from '@skein/boot';
import { newId, type Bus } from '@skein/bus';
import { errorTable, toSkeinError, type ErrorCode } from '@skein/contracts/errors';
import {
  VENDOR_BATCH_MAX,
  cancelVendorBatchAt,
  collectVendorBatchAt,
  lookAtVendorBatchAt,
  submitVendorBatchAt,
  type VendorBatchResult,
} from '@skein/contracts/provider';
import { RequestBody, type CallContext } from '@skein/contracts/wire';
import type { Logger } from '@skein/telemetry';
import { decideRun, type EndedRun } from '../../decide-run.js';
import type { JobsSettings } from '../../settings.js';
import type { Batch, HeldLine, SettledLine } from '../batch.js';
import { LinesRepository } from '../lines.repository.js';
import { settleLine } from '../settle-line.js';
import { promotionAt } from './choose-lane.js';
import { VendorBatchesRepository, type VendorBatchRow } from './vendor-batches.repository.js';

const CALL_MS = 300_000;
/** Longer than a submission may take: before that, nobody but the one who submits knows how it went. */
const SUBMITTED_AFTER_MS = 150_000;

/** Lines that vendors run by their own batch APIs, at their batch price: submitted, looked after, fetched, taken back. */
@Injectable()
export class VendorLane {
  constructor(
    @Inject(BUS) private readonly bus: Bus,
    @Inject(SETTINGS) private readonly settings: JobsSettings,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(LinesRepository) private readonly lines: LinesRepository,
    @Inject(VendorBatchesRepository) private readonly batches: VendorBatchesRepository,
  ) {}

  /** What is due for one batch. Failures of vendors are kept here: the next turn tries again, and real time is always left. */
  async turn(batch: Batch): Promise<void> {
    if (batch.lane === 'realtime' || batch.lane === 'merge') return;
    while (await this.#submit(batch));
    await this.#lookAtDue(batch.id);
  }

  /** Fetches what batches came to that are no longer waited for: it was used, so it is posted. */
  async sweep(): Promise<void> {
    await this.#lookAtDue(null);
  }

  /** The batch of ours ends before those at vendors: they are told to stop. */
  async leave(batchId: string): Promise<void> {
    for (const row of await this.batches.leave(batchId)) await this.#cancel(row);
  }

  /** False when no line waits for a vendor. */
  async #submit(batch: Batch): Promise<boolean> {
    const requestIds = Array.from({ length: VENDOR_BATCH_MAX }, () => newId('req'));
    const row = await this.batches.begin(batch, newId('vb'), requestIds, SUBMITTED_AFTER_MS);
    if (row === null) return false;
    const lines = await this.batches.linesOf(row.id);
    try {
      const { vendor_batch_id } = await this.bus.call(
        submitVendorBatchAt(row.vendor),
        { mark: row.id, model: row.model, items: itemsOf(row, lines) },
        this.#context(batch.caller.tenant),
        { body: bodiesOf(lines) },
      );
      await this.batches.note(row.id, vendor_batch_id);
      this.logger.info({ batch: batch.id, vendor: row.vendor, lines: lines.length }, 'lines are at a vendor');
    } catch (thrown) {
      await this.#onRefusal(row, thrown);
    }
    return true;
  }

  /** What a vendor has refused is run in real time; where it may have been taken, the next look tells. */
  async #onRefusal(row: VendorBatchRow, thrown: unknown): Promise<void> {
    const error = toSkeinError(thrown);
    this.logger.warn({ err: error, vendor: row.vendor, batch: row.batchId }, 'a vendor did not take a batch');
    if (!mayHaveBeenTaken.has(error.code)) await this.batches.takeBack(row.id, 'over');
    // The worker has given up on the call, so that looking does not come before it.
    else if (isOver.has(error.code)) await this.batches.lookSoon(row.id);
  }

  async #lookAtDue(batchId: string | null): Promise<void> {
    for (const row of await this.batches.due(batchId, this.settings.JOBS_VENDOR_LOOK_MS)) {
      await this.#lookAt(row).catch((error: unknown) =>
        this.logger.warn(
          { err: error, vendor: row.vendor, batch: row.batchId },
          'a batch at a vendor was not looked at',
        ),
      );
    }
  }

  async #lookAt(row: VendorBatchRow): Promise<void> {
    const isLost = row.vendorBatchId === null;
    const asked = {
      mark: row.id,
      vendor_batch_id: row.vendorBatchId,
      attempt_ids: isLost ? (await this.batches.linesOf(row.id)).map(attemptIdOf) : [],
      submitted_at: row.createdAt.getTime(),
    };
    const context = this.#context(row.caller.tenant);
    const { state, vendor_batch_id: id } = await this.bus.call(lookAtVendorBatchAt(row.vendor), asked, context);
    if (id !== null && isLost) await this.batches.note(row.id, id);
    if (state === 'ended' && id !== null) return this.#collect(row, id);
    if (state !== 'running') return void (await this.batches.takeBack(row.id, 'over'));
    if (row.status === 'leaving' || Date.now() < promotionAt(row.batchCreatedAt, row.expiresAt).getTime()) return;
    const promoted = await this.batches.takeBack(row.id, 'leaving');
    this.logger.info(
      { batch: row.batchId, vendor: row.vendor, lines: promoted },
      'lines are run in real time after all',
    );
    await this.#cancel({ ...row, vendorBatchId: id });
  }

  async #collect(row: VendorBatchRow, vendorBatchId: string): Promise<void> {
    const lines = await this.batches.linesOf(row.id);
    const { results } = await this.bus.call(
      collectVendorBatchAt(row.vendor),
      { mark: row.id, model: row.model, vendor_batch_id: vendorBatchId, items: itemsOf(row, lines) },
      this.#context(row.caller.tenant),
      { body: bodiesOf(lines) },
    );
    const byAttempt = new Map(results.map((result) => [result.attempt.id, result]));
    const settled = lines.flatMap((line) => {
      const result = byAttempt.get(attemptIdOf(line));
      return result === undefined || !line.isThere ? [] : (this.#settle(row, line, result) ?? []);
    });
    await this.lines.settle(row.batchId, settled, 'at_vendor');
    // Lines the vendor never came to.
    await this.batches.takeBack(row.id, 'over');
  }

  #settle(row: VendorBatchRow, line: HeldLine, { attempt, body }: VendorBatchResult): SettledLine | null {
    const told = { error: attempt.error, attempts: [attempt], explanation: null, isBlind: false };
    const ended: EndedRun =
      attempt.outcome === 'finished'
        ? { ...told, ending: 'answered', result: { status_code: 200, body } }
        : {
            ...told,
            ending: attempt.error !== null && errorTable[attempt.error.code].retry === 'never' ? 'refused' : 'failed',
            result: null,
          };
    const decision = decideRun(ended, {
      epoch: line.epoch,
      failedRuns: line.failedRuns,
      maxRuns: this.settings.JOBS_MAX_RUNS,
      retryUnknown: true,
      onExhausted: 'fail',
      deadlineAt: row.expiresAt,
      now: new Date(),
      chance: Math.random(),
    });
    return settleLine(line, ended, decision);
  }

  async #cancel(row: VendorBatchRow): Promise<void> {
    if (row.vendorBatchId === null) return;
    await this.bus
      .call(cancelVendorBatchAt(row.vendor), { vendor_batch_id: row.vendorBatchId }, this.#context(row.caller.tenant))
      .catch((error: unknown) => this.logger.warn({ err: error, vendor: row.vendor }, 'a batch at a vendor goes on'));
  }

  #context(tenant: string): CallContext {
    return { requestId: newId('req'), tenant, deadline: performance.now() + CALL_MS };
  }
}

/** After these nobody knows whether the vendor has the batch; it is looked for by its mark. */
const mayHaveBeenTaken: ReadonlySet<ErrorCode> = new Set([
  'deadline_exceeded',
  'vendor_unreachable',
  'vendor_timeout',
  'unavailable',
  'worker_lost',
]);

/** Of those, what the worker itself has said: nothing of the submission is under way any more. */
const isOver: ReadonlySet<ErrorCode> = new Set(['vendor_unreachable', 'vendor_timeout']);

/** The one attempt of a request at a vendor's batch API has an id that can be told from the request's. */
const attemptIdOf = ({ requestId }: HeldLine): string => requestId.replace(/^req_/, 'att_');

function itemsOf({ caller }: VendorBatchRow, lines: readonly HeldLine[]) {
  return lines.map((line) => ({ attempt_id: attemptIdOf(line), request_id: line.requestId, caller }));
}

const bodiesOf = (lines: readonly HeldLine[]): RequestBody => RequestBody.of(lines.map(({ body }) => body));
