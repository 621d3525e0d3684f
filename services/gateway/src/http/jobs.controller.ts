import { Controller, Get, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { toSkeinError } from '@skein/contracts/errors';
import { RequestBody } from '@skein/contracts/wire';
import { traceparentOf, withSpan } from '@skein/telemetry';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { JobsDesk } from '../door/jobs-desk.js';
import { KeysView } from '../door/keys.view.js';
import { doorHeadersOf } from './door-headers.js';
import { sendError } from './error.filter.js';
import { streamJobEvents } from './sse-job-events.js';

/** `/v1/jobs`: submit and forget. */
@Controller('/v1')
export class JobsController {
  constructor(
    @Inject(KeysView) private readonly keys: KeysView,
    @Inject(JobsDesk) private readonly jobs: JobsDesk,
  ) {}

  @Post('/jobs')
  async submit(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const headers = doorHeadersOf(request.headers);
    const key = this.keys.authenticate(headers);
    const { job, created } = await withSpan(
      'POST /v1/jobs',
      { kind: 'server', parent: headers['traceparent'] },
      (span) => this.jobs.submit(bodyOf(request), key, headers, traceparentOf(span)),
    );
    void reply.status(created ? 202 : 200).send(job);
  }

  @Get('/jobs')
  list(@Req() request: FastifyRequest, @Query() query: unknown) {
    const headers = doorHeadersOf(request.headers);
    return this.jobs.list(query, this.keys.authenticate(headers), headers['traceparent']);
  }

  @Get('/jobs/:id')
  get(@Req() request: FastifyRequest, @Param('id') id: string) {
    const headers = doorHeadersOf(request.headers);
    return this.jobs.get(id, this.keys.authenticate(headers), headers['traceparent']);
  }

  /** Server-sent events; `Last-Event-ID` goes on where another stream, of any gateway, broke off. */
  @Get('/jobs/:id/events')
  async events(@Req() request: FastifyRequest, @Param('id') id: string, @Res() reply: FastifyReply): Promise<void> {
    const headers = doorHeadersOf(request.headers);
    const key = this.keys.authenticate(headers);
    const left = new AbortController();
    reply.raw.once('close', () => left.abort());
    const look = (after: string | null, waitMs?: number) => this.jobs.events(id, after, key, left.signal, waitMs);
    await streamJobEvents(reply, headers['last-event-id'] ?? null, look).catch((thrown: unknown) =>
      sendError(reply, toSkeinError(thrown)),
    );
  }

  @Post('/jobs/:id/cancel')
  async cancel(@Req() request: FastifyRequest, @Param('id') id: string, @Res() reply: FastifyReply): Promise<void> {
    const headers = doorHeadersOf(request.headers);
    const job = await this.jobs.cancel(id, this.keys.authenticate(headers), headers['traceparent']);
    void reply.status(200).send(job);
  }

  @Post('/jobs/:id/redrive')
  async redrive(@Req() request: FastifyRequest, @Param('id') id: string, @Res() reply: FastifyReply): Promise<void> {
    const headers = doorHeadersOf(request.headers);
    const key = this.keys.authenticate(headers);
    await this.jobs.redrive({ id }, key, headers['traceparent']);
    void reply.status(202).send(await this.jobs.get(id, key, headers['traceparent']));
  }

  /** Many dead letters at once, by a filter. */
  @Post('/jobs/redrive')
  async redriveMany(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const headers = doorHeadersOf(request.headers);
    const key = this.keys.authenticate(headers);
    void reply.status(202).send(await this.jobs.redrive(bodyOf(request), key, headers['traceparent']));
  }

  @Get('/queue')
  queue(@Req() request: FastifyRequest) {
    const headers = doorHeadersOf(request.headers);
    return this.jobs.queue(this.keys.authenticate(headers), headers['traceparent']);
  }
}

function bodyOf({ body }: FastifyRequest): unknown {
  return new RequestBody(body instanceof Uint8Array ? body : new Uint8Array(0)).json;
}
