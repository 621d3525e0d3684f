import { Controller, Get, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { SkeinError } from '@skein/contracts/errors';
import type { BatchView } from '@skein/contracts/jobs';
import { traceparentOf, withSpan } from '@skein/telemetry';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { KeysView } from '../door/keys.view.js';
import { doorHeadersOf } from '../http/door-headers.js';
import { readJson } from '../http/read-json.js';
import { BatchesDesk, batchRequest, planRequest } from './batches-desk.js';
import { publicBatch } from './public-batch.js';
import { publicPlan } from './public-plan.js';
import { readPage } from './read-page.js';

/** `/v1/batches`, as OpenAI has them, for any model of any vendor. */
@Controller('/v1/batches')
export class BatchesController {
  constructor(
    @Inject(KeysView) private readonly keys: KeysView,
    @Inject(BatchesDesk) private readonly batches: BatchesDesk,
  ) {}

  @Post()
  async create(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const headers = doorHeadersOf(request.headers);
    const key = this.keys.authenticate(headers);
    const wish = readJson(request, batchRequest);
    const batch = await withSpan('POST /v1/batches', { kind: 'server', parent: headers['traceparent'] }, (span) =>
      this.batches.create(key, 'openai', wish, {
        idempotencyKey: headers['idempotency-key'] ?? null,
        traceparent: traceparentOf(span) ?? headers['traceparent'],
      }),
    );
    void reply.status(200).send(publicBatch(batch));
  }

  /** What lines would cost in each lane. Nothing is sent. */
  @Post('/plan')
  async plan(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const headers = doorHeadersOf(request.headers);
    const key = this.keys.authenticate(headers);
    const plan = await this.batches.plan(key, readJson(request, planRequest), headers['traceparent']);
    void reply.status(200).send(publicPlan(plan));
  }

  @Get()
  async list(@Req() request: FastifyRequest, @Query() query: { limit?: string; after?: string }): Promise<object> {
    const key = this.keys.authenticate(doorHeadersOf(request.headers));
    const page = await this.batches.list(key, 'openai', readPage(query, 100));
    const data = page.batches.map(publicBatch);
    return {
      object: 'list',
      data,
      has_more: page.has_more,
      first_id: data[0]?.id ?? null,
      last_id: data.at(-1)?.id ?? null,
    };
  }

  @Get('/:id')
  async get(@Req() request: FastifyRequest, @Param('id') id: string): Promise<object> {
    const key = this.keys.authenticate(doorHeadersOf(request.headers));
    return publicBatch(ofOpenAi(await this.batches.get(key, id)));
  }

  @Post('/:id/cancel')
  async cancel(@Req() request: FastifyRequest, @Param('id') id: string, @Res() reply: FastifyReply): Promise<void> {
    const key = this.keys.authenticate(doorHeadersOf(request.headers));
    ofOpenAi(await this.batches.get(key, id));
    void reply.status(200).send(publicBatch(await this.batches.cancel(key, id)));
  }
}

/** A batch of messages has its results in Anthropic's shape: it is found under Anthropic's paths alone. */
function ofOpenAi(batch: BatchView): BatchView {
  if (batch.dialect === 'openai') return batch;
  throw new SkeinError('not_found', `There is no batch "${batch.id}".`, { param: 'id' });
}
