import { Controller, Get, Inject, Param, Post, Put, Query, Req, Res } from '@nestjs/common';
import { toSkeinError } from '@skein/contracts/errors';
import { traceparentOf, withSpan } from '@skein/telemetry';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { KeysView } from '../door/keys.view.js';
import { leaveWithClient } from '../http/client-run.js';
import { doorHeadersOf } from '../http/door-headers.js';
import { sendError } from '../http/error.filter.js';
import { DONE, errorEvent, eventStreamHeaders, namedEvents } from '../http/sse.js';
import { StreamedReply } from '../http/streamed-reply.js';
import { publicCheck, publicEvent, publicRun, publicRunPlan, publicRuns, workflowSchema } from './public-run.js';
import { WorkflowsDesk, readRequest, statusOf } from './workflows-desk.js';

/** `/v1/workflows`: define, plan, run, look. A definition is sent as it is written, YAML or JSON. */
@Controller('/v1/workflows')
export class WorkflowsController {
  constructor(
    @Inject(KeysView) private readonly keys: KeysView,
    @Inject(WorkflowsDesk) private readonly desk: WorkflowsDesk,
  ) {}

  /** The form of a definition, for editors. Needs no key: it is the same for everyone. */
  @Get('/schema')
  schema(): object {
    return workflowSchema();
  }

  @Post()
  async define(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.#define(null, request, reply);
  }

  @Put('/:name')
  async put(@Param('name') name: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.#define(name, request, reply);
  }

  @Post('/check')
  async check(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { headers, key, body } = this.#read(request);
    void reply.status(200).send(publicCheck(await this.desk.check(body, key, headers)));
  }

  @Get()
  list(@Req() request: FastifyRequest) {
    const { headers, key } = this.#read(request);
    return this.desk.list(null, key, headers);
  }

  @Get('/runs')
  async listRuns(
    @Req() request: FastifyRequest,
    @Query() query: { workflow?: string; status?: string; limit?: string; after?: string },
  ) {
    const { headers, key } = this.#read(request);
    return publicRuns(await this.desk.listRuns(query, key, headers));
  }

  @Get('/runs/:id')
  async getRun(@Param('id') id: string, @Req() request: FastifyRequest) {
    const { headers, key } = this.#read(request);
    return publicRun(await this.desk.getRun(id, key, headers));
  }

  @Post('/runs/:id/cancel')
  async cancelRun(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { headers, key } = this.#read(request);
    void reply.status(200).send(publicRun(await this.desk.cancelRun(id, key, headers)));
  }

  @Get('/:name')
  get(@Param('name') name: string, @Query() query: { version?: string }, @Req() request: FastifyRequest) {
    const { headers, key } = this.#read(request);
    return this.desk.get(name, query.version, key, headers);
  }

  @Get('/:name/versions')
  versions(@Param('name') name: string, @Req() request: FastifyRequest) {
    const { headers, key } = this.#read(request);
    return this.desk.list(name, key, headers);
  }

  @Post('/:name/plan')
  async plan(@Param('name') name: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { headers, key, body } = this.#read(request);
    void reply.status(200).send(publicRunPlan(await this.desk.plan(name, body, key, headers)));
  }

  @Post('/:name/runs')
  async run(@Param('name') name: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { headers, key, body } = this.#read(request);
    const asked = readRequest(body);
    await withSpan('POST /v1/workflows/runs', { kind: 'server', parent: headers['traceparent'] }, async (span) => {
      const traceparent = traceparentOf(span) ?? headers['traceparent'];
      if (asked.mode === 'job') {
        const { mode: _mode, stream: _stream, ...rest } = asked;
        const view = await this.desk.submit(name, rest, key, { ...headers, traceparent });
        void reply.status(202).send(publicRun(view));
        return;
      }
      const isStreamed = asked.stream === true;
      const sse = new StreamedReply(reply, () => waited.run.leave());
      const waited = await this.desk.run(name, body, headers, isStreamed, traceparent, (event) => {
        sse.open({ ...eventStreamHeaders, 'x-request-id': waited.requestId });
        sse.write(namedEvents([publicEvent(event)]));
      });
      leaveWithClient(reply, waited.run);
      const shown = { 'x-request-id': waited.requestId };
      const view = await waited.view.catch((thrown: unknown) => {
        const error = toSkeinError(thrown);
        if (sse.isOpen) sse.end(errorEvent(error));
        else sendError(reply, error, shown);
        return null;
      });
      if (view === null) return;
      const run = publicRun(view);
      if (sse.isOpen) {
        sse.end(DONE);
        return;
      }
      const cost = run.cost_usd === null ? {} : { 'x-skein-cost-usd': run.cost_usd };
      void reply
        .status(statusOf(view))
        .headers({ ...shown, ...cost })
        .send(run);
    }).catch((thrown: unknown) => sendError(reply, toSkeinError(thrown)));
  }

  async #define(name: string | null, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { headers, key, body } = this.#read(request);
    const { workflow, created } = await this.desk.define(body, name, key, headers);
    void reply.status(created ? 201 : 200).send(workflow);
  }

  #read(request: FastifyRequest) {
    const headers = doorHeadersOf(request.headers);
    const key = this.keys.authenticate(headers);
    const body = request.body instanceof Uint8Array ? request.body : new Uint8Array(0);
    return { headers, key, body };
  }
}
