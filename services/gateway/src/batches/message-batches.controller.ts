import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { Controller, Get, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { KeyRecord } from '@skein/contracts/billing';
import { SkeinError } from '@skein/contracts/errors';
import type { BatchView } from '@skein/contracts/jobs';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { readBetas } from '../anthropic/to-chat.js';
import { KeysView } from '../door/keys.view.js';
import { doorHeadersOf } from '../http/door-headers.js';
import { readJson } from '../http/read-json.js';
import { BatchesDesk, batchRequest } from './batches-desk.js';
import { FilesDesk } from './files-desk.js';
import { messageBatchRequest, toLines, toMessageResult } from './message-batch.js';
import { publicMessageBatch } from './public-batch.js';
import { readPage } from './read-page.js';

/** `/v1/messages/batches`, as Anthropic has them, for any model of any vendor. */
@Controller('/v1/messages/batches')
export class MessageBatchesController {
  constructor(
    @Inject(KeysView) private readonly keys: KeysView,
    @Inject(BatchesDesk) private readonly batches: BatchesDesk,
    @Inject(FilesDesk) private readonly files: FilesDesk,
  ) {}

  @Post()
  async create(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const headers = doorHeadersOf(request.headers);
    const key = this.keys.authenticate(headers);
    const wish = readJson(request, messageBatchRequest);
    const lines = Readable.from(toLines(wish, readBetas(headers['anthropic-beta'])));
    const brought = await this.files.bring(key, 'message_batch.jsonl', lines);
    const file = await this.files.finish(key, brought, 'batch', null);
    const batch = await this.batches.create(
      key,
      'anthropic',
      batchRequest.parse({ input_file_id: file.id, endpoint: '/v1/chat/completions' }),
      { idempotencyKey: headers['idempotency-key'] ?? null, traceparent: headers['traceparent'] },
    );
    // What will be run is known before it is read in.
    const counts = { ...batch.counts, total: Math.max(batch.counts.total, wish.requests.length) };
    void reply.status(200).send(this.#view({ ...batch, counts }, request));
  }

  @Get()
  async list(
    @Req() request: FastifyRequest,
    @Query() query: { limit?: string; after_id?: string; before_id?: string },
  ): Promise<object> {
    if (query.before_id !== undefined) {
      throw new SkeinError('invalid_request', 'before_id: pages go forward only; use after_id', { param: 'before_id' });
    }
    const asked = readPage({ ...query, ...(query.after_id !== undefined && { after: query.after_id }) }, 1_000, 100);
    const page = await this.batches.list(this.#keyOf(request), 'anthropic', asked);
    const data = page.batches.map((batch) => this.#view(batch, request));
    return { data, has_more: page.has_more, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null };
  }

  @Get('/:id')
  async get(@Req() request: FastifyRequest, @Param('id') id: string): Promise<object> {
    return this.#view(await this.#find(this.#keyOf(request), id), request);
  }

  @Post('/:id/cancel')
  async cancel(@Req() request: FastifyRequest, @Param('id') id: string, @Res() reply: FastifyReply): Promise<void> {
    const key = this.#keyOf(request);
    await this.#find(key, id);
    void reply.status(200).send(this.#view(await this.batches.cancel(key, id), request));
  }

  /** JSON lines, the answered ones first; told when the batch has ended. */
  @Get('/:id/results')
  async results(@Req() request: FastifyRequest, @Param('id') id: string, @Res() reply: FastifyReply): Promise<void> {
    const key = this.#keyOf(request);
    const batch = await this.#find(key, id);
    if (publicMessageBatch(batch, '').processing_status !== 'ended') {
      throw new SkeinError('invalid_request', `The batch "${id}" has not ended; its results come with its end.`, {
        param: 'id',
      });
    }
    void reply
      .status(200)
      .header('content-type', 'application/x-jsonl')
      .send(Readable.from(this.#resultsOf(key, batch), { objectMode: false }));
  }

  async *#resultsOf(key: KeyRecord, batch: BatchView): AsyncGenerator<string> {
    for (const id of [batch.output_file_id, batch.error_file_id]) {
      if (id === null) continue;
      for await (const line of createInterface({
        input: Readable.from(this.files.read(key, id)),
        crlfDelay: Infinity,
      })) {
        yield toMessageResult(line);
      }
    }
  }

  async #find(key: KeyRecord, id: string): Promise<BatchView> {
    const batch = await this.batches.get(key, id);
    if (batch.dialect === 'anthropic') return batch;
    throw new SkeinError('not_found', `There is no batch of messages "${id}".`, { param: 'id' });
  }

  #view(batch: BatchView, request: FastifyRequest) {
    return publicMessageBatch(batch, `${request.protocol}://${request.host}/v1/messages/batches/${batch.id}/results`);
  }

  #keyOf(request: FastifyRequest): KeyRecord {
    return this.keys.authenticate(doorHeadersOf(request.headers));
  }
}
