import { Controller, Delete, Get, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { KeyRecord } from '@skein/contracts/billing';
import { toSkeinError } from '@skein/contracts/errors';
import { traceparentOf, withSpan } from '@skein/telemetry';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { attemptsOf, closingHeaders, headHeaders } from '../door/answer-figures.js';
import { KeysView } from '../door/keys.view.js';
import { BackgroundResponses } from '../responses/background-responses.js';
import { ResponsesDesk, type AdmittedResponse } from '../responses/responses-desk.js';
import { StoredResponses, type ItemsPage } from '../responses/stored-responses.js';
import { leaveWithClient, resultOf } from './client-run.js';
import { doorHeadersOf } from './door-headers.js';
import { sendError } from './error.filter.js';
import { tellRates } from './rate-headers.js';
import { comment, eventStreamHeaders, namedEvents } from './sse.js';
import { StreamedReply } from './streamed-reply.js';

const UNKEPT = 'the response could not be kept: it cannot be looked up or gone on from';

/** `/v1/responses`: OpenAI's Responses dialect, for any model. */
@Controller('/v1/responses')
export class ResponsesController {
  constructor(
    @Inject(ResponsesDesk) private readonly desk: ResponsesDesk,
    @Inject(BackgroundResponses) private readonly background: BackgroundResponses,
    @Inject(StoredResponses) private readonly stored: StoredResponses,
    @Inject(KeysView) private readonly keys: KeysView,
  ) {}

  @Post()
  async create(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const headers = doorHeadersOf(request.headers);
    const bytes = request.body instanceof Uint8Array ? request.body : new Uint8Array(0);
    await withSpan('POST /v1/responses', { kind: 'server', parent: headers['traceparent'] }, async (span) => {
      const { request: asked, body } = await this.desk.read(bytes, headers);
      const traceparent = traceparentOf(span) ?? headers['traceparent'];
      if (asked.background === true) {
        const key = this.keys.authenticate(headers);
        void reply.status(200).send(await this.background.submit(asked, body, key, headers, traceparent));
        return;
      }
      const admitted = await this.desk.admit(asked, body, headers);
      tellRates(reply, admitted.chat, 'openai');
      if (admitted.chat.order.stream) await this.#stream(admitted, traceparent, reply);
      else await this.#answer(admitted, traceparent, reply);
    }).catch((thrown: unknown) => sendError(reply, toSkeinError(thrown)));
  }

  @Get('/:id')
  get(@Req() request: FastifyRequest, @Param('id') id: string) {
    return this.background.get(id, this.#keyOf(request), doorHeadersOf(request.headers)['traceparent']);
  }

  @Get('/:id/input_items')
  inputItems(@Req() request: FastifyRequest, @Param('id') id: string, @Query() page: ItemsPage) {
    return this.stored.inputItems(this.#keyOf(request).tenant, id, page);
  }

  @Delete('/:id')
  async delete(@Req() request: FastifyRequest, @Param('id') id: string) {
    await this.stored.delete(this.#keyOf(request).tenant, id);
    return { id, object: 'response', deleted: true };
  }

  @Post('/:id/cancel')
  async cancel(@Req() request: FastifyRequest, @Param('id') id: string, @Res() reply: FastifyReply): Promise<void> {
    const key = this.#keyOf(request);
    const response = await this.background.cancel(id, key, doorHeadersOf(request.headers)['traceparent']);
    void reply.status(200).send(response);
  }

  #keyOf(request: FastifyRequest): KeyRecord {
    return this.keys.authenticate(doorHeadersOf(request.headers));
  }

  async #answer(admitted: AdmittedResponse, traceparent: string | undefined, reply: FastifyReply): Promise<void> {
    const { chat } = admitted;
    const requestId = chat.order.request_id;
    const { run, ended } = this.desk.run(admitted, traceparent, {
      onHead: () => undefined,
      onEvents: () => undefined,
      onNotice: () => undefined,
    });
    leaveWithClient(reply, run);
    const closed = await ended;
    if (closed.error !== null) return sendError(reply, closed.error, { 'x-request-id': requestId });
    const attempts = attemptsOf(await resultOf(run, closed.end), closed.end);
    const { head, isLost } = closed;
    void reply
      .status(200)
      .headers({
        'content-type': 'application/json; charset=utf-8',
        ...headHeaders(requestId, isLost ? { ...head, notices: [...head.notices, UNKEPT] } : head),
        ...closingHeaders(attempts, performance.now() - chat.receivedAt),
      })
      .send(closed.response);
  }

  async #stream(admitted: AdmittedResponse, traceparent: string | undefined, reply: FastifyReply): Promise<void> {
    const requestId = admitted.chat.order.request_id;
    const answer = new StreamedReply(reply, () => run.leave());
    const { run, ended } = this.desk.run(admitted, traceparent, {
      onHead: (head) => answer.open({ ...eventStreamHeaders, ...headHeaders(requestId, head) }),
      onEvents: (events) => answer.write(namedEvents(events)),
      onNotice: (text) => answer.write(comment(text)),
    });
    leaveWithClient(reply, run);
    const closed = await ended;
    if (!answer.isOpen) {
      const error = closed.error ?? toSkeinError(new Error('a stream ended well that never began'));
      sendError(reply, error, { 'x-request-id': requestId });
    } else if (closed.error !== null) answer.end(namedEvents(closed.event === null ? [] : [closed.event]));
    else {
      if (closed.isLost) answer.write(comment(UNKEPT));
      answer.end(namedEvents(closed.events));
    }
  }
}
