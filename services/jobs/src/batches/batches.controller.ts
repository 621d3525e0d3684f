import { createHash } from 'node:crypto';
import { Controller, Inject } from '@nestjs/common';
import { Serves, newId, type ServedContext } from '@skein/bus';
import { SkeinError } from '@skein/contracts/errors';
import {
  CancelBatch,
  CreateBatch,
  GetBatch,
  ListBatches,
  PlanLines,
  type BatchView,
  type LinesPlan,
} from '@skein/contracts/jobs';
import type { z } from 'zod';
import { readDuration } from '../duration.js';
import { toBatchView } from './batch-view.js';
import { BatchWorker } from './batch-worker.js';
import type { Batch } from './batch.js';
import { BatchesRepository } from './batches.repository.js';
import { runsAs } from './line-bodies.js';
import { LinesRepository } from './lines.repository.js';
import { LinePlanner } from './plan/line-planner.js';
import { MergedCallsRepository } from './merge-lane/merged-calls.repository.js';

const LONGEST_WINDOW_MS = 7 * 86_400_000;

@Controller()
export class BatchesController {
  constructor(
    @Inject(BatchesRepository) private readonly batches: BatchesRepository,
    @Inject(LinesRepository) private readonly lines: LinesRepository,
    @Inject(MergedCallsRepository) private readonly calls: MergedCallsRepository,
    @Inject(BatchWorker) private readonly worker: BatchWorker,
    @Inject(LinePlanner) private readonly planner: LinePlanner,
  ) {}

  @Serves(CreateBatch)
  async create(request: z.infer<typeof CreateBatch.request>, { traceparent }: ServedContext): Promise<BatchView> {
    const { caller, dialect, endpoint, input_file_id: inputFileId, metadata } = request;
    const lane = laneOf(request);
    const windowMs = readWindow(request.completion_window);
    const createdAt = new Date();
    const { batch, created } = await this.batches.create({
      id: newId('batch'),
      caller,
      dialect,
      endpoint,
      lane,
      inputFileId,
      metadata,
      completionWindow: request.completion_window,
      idempotencyKey: request.idempotency_key,
      fingerprint: fingerprintOf([dialect, endpoint, lane, inputFileId, request.completion_window, metadata]),
      createdAt,
      expiresAt: new Date(createdAt.getTime() + windowMs),
      traceparent: traceparent ?? null,
    });
    if (created) await this.worker.wake(batch.id);
    return this.#view(batch);
  }

  @Serves(GetBatch)
  async get({ tenant, id }: z.infer<typeof GetBatch.request>): Promise<BatchView> {
    return this.#view(await this.batches.get(tenant, id));
  }

  @Serves(ListBatches)
  async list({ limit, ...asked }: z.infer<typeof ListBatches.request>): Promise<z.infer<typeof ListBatches.reply>> {
    const found = await this.batches.list({ ...asked, limit: limit + 1 });
    const page = found.slice(0, limit);
    return { batches: await this.#views(page), has_more: found.length > limit };
  }

  @Serves(CancelBatch)
  async cancel({ tenant, id }: z.infer<typeof CancelBatch.request>): Promise<BatchView> {
    const batch = await this.batches.cancel(tenant, id);
    if (batch.status === 'cancelling') {
      // Whoever runs a line hears of it when it renews its lease.
      await this.lines.end(id, 'cancelled');
      await this.worker.wake(id);
    }
    return this.#view(batch);
  }

  @Serves(PlanLines)
  plan(request: z.infer<typeof PlanLines.request>, { body }: ServedContext): Promise<LinesPlan> {
    return this.planner.plan(request, body.json, readWindow(request.completion_window));
  }

  async #view(batch: Batch): Promise<BatchView> {
    const [view] = await this.#views([batch]);
    if (view === undefined) throw new RangeError('a batch has no view');
    return view;
  }

  async #views(batches: readonly Batch[]): Promise<BatchView[]> {
    const ids = batches.map(({ id }) => id);
    const [counts, merged] = await Promise.all([this.batches.counts(ids), this.calls.reportOf(ids)]);
    return batches.map((batch) => toBatchView(batch, counts.get(batch.id), merged.get(batch.id)));
  }
}

/** What is no conversation is neither merged nor run by vendors' batch APIs. */
function laneOf({ endpoint, lane }: Pick<BatchView, 'endpoint' | 'lane'>): BatchView['lane'] {
  if (runsAs[endpoint] === '/v1/chat/completions' || lane === 'realtime') return lane;
  if (lane === 'auto') return 'realtime';
  throw new SkeinError(
    'invalid_request',
    `lane: "${lane}" is for /v1/chat/completions and /v1/responses; ${endpoint} runs in real time`,
    {
      param: 'lane',
    },
  );
}

function readWindow(written: string): number {
  const ms = readDuration(written);
  if (ms !== null && ms > 0 && ms <= LONGEST_WINDOW_MS) return ms;
  throw new SkeinError(
    'invalid_request',
    'completion_window: must be a duration such as "24h", of at most seven days',
    {
      param: 'completion_window',
    },
  );
}

function fingerprintOf(wish: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(wish)).digest('hex');
}
