import { Inject, Injectable } from '@nestjs/common';
import { BUS } from '@skein/boot';
import type { Bus } from '@skein/bus';
import type { KeyRecord } from '@skein/contracts/billing';
import { SkeinError } from '@skein/contracts/errors';
import {
  CancelBatch,
  CreateBatch,
  GetBatch,
  ListBatches,
  PLAN_MAX_LINES,
  PlanLines,
  batchEndpoints,
  batchLanes,
  type BatchDialect,
  type BatchView,
  type LinesPlan,
} from '@skein/contracts/jobs';
import { RequestBody } from '@skein/contracts/wire';
import { z } from 'zod';
import { askRoom } from '../door/ask-room.js';
import { callerOf } from '../door/completion-desk.js';
import { callOf } from './jobs-room.js';
import { publicBatch } from './public-batch.js';
import { listOf, readPage } from './read-page.js';

/** What a customer asks of a batch; fields we do not know are refused. */
export const batchRequest = z.strictObject({
  input_file_id: z.string().min(1),
  endpoint: z.enum(batchEndpoints),
  completion_window: z.string().default('24h'),
  metadata: z.record(z.string().max(64), z.string().max(512)).nullable().optional(),
  /** Ours: how the lines are run. */
  lane: z.enum(batchLanes).default('auto'),
});
export type BatchRequest = z.infer<typeof batchRequest>;

/** Lines of a batch of which someone wants to know beforehand what they would cost. */
export const planRequest = z.strictObject({
  lines: z.array(z.unknown()).min(1).max(PLAN_MAX_LINES),
  endpoint: z.literal('/v1/chat/completions').default('/v1/chat/completions'),
  completion_window: z.string().default('24h'),
  /** Number of the first of them in its file. */
  first_line: z.int().positive().default(1),
});

const PLAN_MS = 60_000;

/** Both dialects' way to batches. */
@Injectable()
export class BatchesDesk {
  constructor(@Inject(BUS) private readonly bus: Bus) {}

  create(
    key: KeyRecord,
    dialect: BatchDialect,
    { metadata, ...request }: BatchRequest,
    { idempotencyKey, traceparent }: { idempotencyKey: string | null; traceparent: string | undefined },
  ): Promise<BatchView> {
    const wish = {
      ...request,
      dialect,
      metadata: metadata ?? {},
      caller: callerOf(key, undefined, undefined),
      idempotency_key: idempotencyKey,
    };
    return askRoom('jobs', this.bus.call(CreateBatch, wish, callOf(key, traceparent)));
  }

  plan(key: KeyRecord, { lines, ...asked }: z.infer<typeof planRequest>, traceparent?: string): Promise<LinesPlan> {
    const wish = { ...asked, caller: callerOf(key, undefined, undefined) };
    const context = { ...callOf(key, traceparent), deadline: performance.now() + PLAN_MS };
    return askRoom('jobs', this.bus.call(PlanLines, wish, context, { body: RequestBody.of(lines) }));
  }

  get(key: KeyRecord, id: string): Promise<BatchView> {
    return askRoom('jobs', this.bus.call(GetBatch, { tenant: key.tenant, id }, callOf(key)));
  }

  /** One of OpenAI's. A batch of messages has its results in Anthropic's shape: it is found under Anthropic's paths alone. */
  async ofOpenAi(key: KeyRecord, id: string): Promise<BatchView> {
    const batch = await this.get(key, id);
    if (batch.dialect === 'openai') return batch;
    throw new SkeinError('not_found', `There is no batch "${id}".`, { param: 'id' });
  }

  /** OpenAI's list of them. */
  async page(key: KeyRecord, query: { limit?: string; after?: string }) {
    const { batches, has_more } = await this.list(key, 'openai', readPage(query, 100));
    return listOf(batches.map(publicBatch), has_more);
  }

  list(key: KeyRecord, dialect: BatchDialect, page: { limit: number; after: string | null }) {
    return askRoom('jobs', this.bus.call(ListBatches, { tenant: key.tenant, dialect, ...page }, callOf(key)));
  }

  cancel(key: KeyRecord, id: string): Promise<BatchView> {
    return askRoom('jobs', this.bus.call(CancelBatch, { tenant: key.tenant, id }, callOf(key)));
  }
}
