/**
 * The worker's side of batches at a vendor. Starts are stated before the vendor is told, ends when its results are fetched;
 * fetching twice states the same facts under the same attempt ids, so that nothing is posted twice.
 */
import type { ModelRecord } from '@skein/catalog';
import { AttemptFinished, AttemptStarted } from '@skein/contracts/attempt';
import { toSkeinError, type SkeinError } from '@skein/contracts/errors';
import type { AttemptOrder, VendorBatchItem, VendorBatchResult } from '@skein/contracts/provider';
import { RequestBody } from '@skein/contracts/wire';
import { tryParseJson } from '../json.js';
import type { AttemptWorker } from '../run-attempt.js';
import { factOf, identityOf, outcomeOf, settleAttempt, type AttemptEnd } from '../settle-attempt.js';
import type { AnswerProgress, VendorCall } from '../vendor-adapter.js';
import type { BatchDialect, BatchOutcome, BatchState, LostBatch } from './batch-dialect.js';
import { VendorClient } from './vendor-client.js';

export interface VendorBatch {
  readonly mark: string;
  readonly model: string;
  readonly items: readonly VendorBatchItem[];
}

/** Batches have no deadline of their own; adapters that read limits find none. */
const noLimits = { first_byte_ms: null, idle_ms: null, call_ms: 86_400_000 };

export class VendorBatches {
  constructor(
    private readonly worker: AttemptWorker,
    private readonly dialect: BatchDialect,
  ) {}

  /** Throws SkeinError: `invalid_request` where a body cannot be said in the vendor's words, or what the vendor answered. */
  async submit(batch: VendorBatch, bodies: RequestBody): Promise<{ vendor_batch_id: string }> {
    const requests = this.#questions(batch, bodies).map(({ item, call }) => ({
      id: item.attempt_id,
      path: call.path,
      headers: call.headers,
      body: call.body,
    }));
    const at = this.worker.clock.now();
    await Promise.all(
      batch.items.map((item) => this.worker.bus.state(AttemptStarted, identityOf(this.#order(item, batch.model), at))),
    );
    const id = await this.dialect.submit(this.#client(batch.mark), { mark: batch.mark, model: batch.model, requests });
    return { vendor_batch_id: id };
  }

  async look(lost: LostBatch, known: string | null): Promise<{ state: BatchState; vendor_batch_id: string | null }> {
    const client = this.#client(lost.mark);
    const found = known === null ? await this.dialect.find(client, lost) : { id: known };
    if (found === 'none') return { state: 'unknown', vendor_batch_id: null };
    if (found === 'unsure') return { state: 'running', vendor_batch_id: null };
    const { id } = found;
    try {
      return { state: await this.dialect.look(client, id), vendor_batch_id: id };
    } catch (thrown) {
      if (toSkeinError(thrown).vendorCode !== null && toSkeinError(thrown).code === 'vendor_refused') {
        return { state: 'unknown', vendor_batch_id: id };
      }
      throw thrown;
    }
  }

  /** Fetches the results and states them. Throws what the vendor answered, and `unavailable` where facts cannot be stated. */
  async collect(batch: VendorBatch & { vendor_batch_id: string }, bodies: RequestBody): Promise<VendorBatchResult[]> {
    const outcomes = await this.dialect.outcomes(this.#client(batch.mark), batch.vendor_batch_id);
    const byId = new Map(outcomes.map((outcome) => [outcome.id, outcome]));
    return Promise.all(
      this.#questions(batch, bodies).flatMap(({ item, body, call, record }) => {
        const outcome = byId.get(item.attempt_id);
        return outcome === undefined ? [] : [this.#settle(batch.model, item, body, call, record, outcome)];
      }),
    );
  }

  async cancel(id: string): Promise<void> {
    await this.dialect.cancel(this.#client(id), id);
  }

  async #settle(
    model: string,
    item: VendorBatchItem,
    body: RequestBody,
    call: VendorCall,
    record: ModelRecord | null,
    outcome: BatchOutcome,
  ): Promise<VendorBatchResult> {
    const { adapter, catalog, clock, bus, sandboxed } = this.worker;
    const read = this.#read(call, outcome);
    const end: AttemptEnd = {
      outcome: read.error === null ? 'finished' : 'failed',
      error: read.error,
      progress: read.progress,
      firstByteMs: null,
      totalMs: 0,
      vendorRequestId: read.progress?.answerId ?? null,
      at: clock.now(),
      validation: null,
    };
    const settlement = settleAttempt(
      end,
      () => body.json,
      { vendor: adapter.vendor.id, model, record },
      adapter.vendor.quirks.tokenFactor,
      {
        revision: catalog.revision,
        hasDrifted: catalog.hasDrifted,
        costOfAttempt: (of, usage, day) => catalog.costOfAttempt(of, usage, day, { batch: true }),
      },
    );
    const order = this.#order(item, model);
    await bus.state(
      AttemptFinished,
      factOf(settlement, order, { instance: bus.instance, sandboxed, key: null, region: null, quota: null }),
    );
    const { outcome: ending, usage, usage_source, cost_nano_usd, error } = outcomeOf(settlement);
    return {
      attempt: {
        id: item.attempt_id,
        vendor: adapter.vendor.id,
        model,
        outcome: ending,
        first_byte_ms: null,
        total_ms: 0,
        usage,
        usage_source,
        cost_nano_usd,
        error,
      },
      body: read.answer === null ? null : (tryParseJson(read.answer) ?? null),
    };
  }

  #read(
    call: VendorCall,
    { status, body }: BatchOutcome,
  ): { answer: Uint8Array | null; progress: AnswerProgress | null; error: SkeinError | null } {
    if (status >= 300) {
      const error = this.worker.adapter.readError(status, {}, body, this.worker.clock.now());
      return { answer: null, progress: null, error };
    }
    try {
      const { answer, ...progress } = call.readWhole(body);
      return { answer, progress, error: null };
    } catch (thrown) {
      return { answer: null, progress: null, error: toSkeinError(thrown) };
    }
  }

  #questions({ model, items }: VendorBatch, bodies: RequestBody) {
    const { adapter, catalog, clock } = this.worker;
    const record = catalog.recordOf(adapter.vendor.id, model);
    const list = Array.isArray(bodies.json) ? (bodies.json as unknown[]) : [];
    return items.map((item, index) => {
      const body = RequestBody.of(list[index]);
      const question = { body, model, stream: false, continuation: null, record, at: clock.now() };
      return { item, body, record, call: adapter.prepare(question) };
    });
  }

  /** Whose an attempt is, in the form that facts are made of. */
  #order(item: VendorBatchItem, model: string): AttemptOrder {
    return {
      request_id: item.request_id,
      sink: '',
      operation: 'chat',
      stream: false,
      head: {
        attempt_id: item.attempt_id,
        attempt_no: 1,
        vendor: this.worker.adapter.vendor.id,
        model,
        reason: 'batch',
        cache: 'off',
        notices: [],
      },
      kind: 'job',
      caller: item.caller,
      task: null,
      limits: noLimits,
      continuation: null,
    };
  }

  #client(mark: string): VendorClient {
    return new VendorClient(this.worker, {
      ...this.dialect.headers,
      ...(this.worker.sandboxed && { 'x-skein-batch': mark }),
    });
  }
}
