import { Controller, Get, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { RequestBody } from '@skein/contracts/wire';
import { traceparentOf, withSpan } from '@skein/telemetry';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { JobsDesk } from '../door/jobs-desk.js';
import { KeysView } from '../door/keys.view.js';
import { doorHeadersOf } from './door-headers.js';

/** `/v1/jobs`: submit and forget. */
@Controller('/v1/jobs')
export class JobsController {
  constructor(
    @Inject(KeysView) private readonly keys: KeysView,
    @Inject(JobsDesk) private readonly jobs: JobsDesk,
  ) {}

  @Post()
  async submit(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const headers = doorHeadersOf(request.headers);
    const key = this.keys.authenticate(headers);
    const bytes = request.body instanceof Uint8Array ? request.body : new Uint8Array(0);
    const { job, created } = await withSpan(
      'POST /v1/jobs',
      { kind: 'server', parent: headers['traceparent'] },
      (span) => this.jobs.submit(new RequestBody(bytes).json, key, headers, traceparentOf(span)),
    );
    void reply.status(created ? 202 : 200).send(job);
  }

  @Get()
  list(@Req() request: FastifyRequest, @Query() query: { status?: string; limit?: string; after?: string }) {
    const headers = doorHeadersOf(request.headers);
    return this.jobs.list(query, this.keys.authenticate(headers), headers['traceparent']);
  }

  @Get('/:id')
  get(@Req() request: FastifyRequest, @Param('id') id: string) {
    const headers = doorHeadersOf(request.headers);
    return this.jobs.get(id, this.keys.authenticate(headers), headers['traceparent']);
  }

  @Post('/:id/cancel')
  async cancel(@Req() request: FastifyRequest, @Param('id') id: string, @Res() reply: FastifyReply): Promise<void> {
    const headers = doorHeadersOf(request.headers);
    const job = await this.jobs.cancel(id, this.keys.authenticate(headers), headers['traceparent']);
    void reply.status(200).send(job);
  }
}
