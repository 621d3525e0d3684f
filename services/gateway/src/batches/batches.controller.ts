import { Controller, Get, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { traceparentOf, withSpan } from '@skein/telemetry';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { KeysView } from '../door/keys.view.js';
import { doorHeadersOf } from '../http/door-headers.js';
import { readJson } from '../http/read-json.js';
import { BatchesDesk, batchRequest, planRequest } from './batches-desk.js';
import { publicBatch } from './public-batch.js';
import { publicPlan } from './public-plan.js';

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
  list(@Req() request: FastifyRequest, @Query() query: { limit?: string; after?: string }): Promise<object> {
    return this.batches.page(this.keys.authenticate(doorHeadersOf(request.headers)), query);
  }

  @Get('/:id')
  async get(@Req() request: FastifyRequest, @Param('id') id: string): Promise<object> {
    const key = this.keys.authenticate(doorHeadersOf(request.headers));
    return publicBatch(await this.batches.ofOpenAi(key, id));
  }

  @Post('/:id/cancel')
  async cancel(@Req() request: FastifyRequest, @Param('id') id: string, @Res() reply: FastifyReply): Promise<void> {
    const key = this.keys.authenticate(doorHeadersOf(request.headers));
    await this.batches.ofOpenAi(key, id);
    void reply.status(200).send(publicBatch(await this.batches.cancel(key, id)));
  }
}
