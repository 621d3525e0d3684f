import { Controller, Inject, Post, Req, Res } from '@nestjs/common';
import { toAnthropicError, toSkeinError } from '@skein/contracts/errors';
import { traceparentOf, withSpan } from '@skein/telemetry';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CountTokensDesk } from '../anthropic/count-tokens-desk.js';
import { MessagesDesk } from '../anthropic/messages-desk.js';
import type { AdmittedChat } from '../door/admitted-chat.js';
import { attemptsOf, closingHeaders, headHeaders } from '../door/answer-figures.js';
import { anthropicIdHeaders, newRequestId, sendAnthropicError } from './anthropic-errors.js';
import { leaveWithClient, resultOf } from './client-run.js';
import { doorHeadersOf } from './door-headers.js';
import { tellRates } from './rate-headers.js';
import { comment, eventStreamHeaders, namedEvents } from './sse.js';
import { StreamedReply } from './streamed-reply.js';

/** `/v1/messages`: Anthropic's dialect, for any model. */
@Controller('/v1/messages')
export class MessagesController {
  constructor(
    @Inject(MessagesDesk) private readonly desk: MessagesDesk,
    @Inject(CountTokensDesk) private readonly counts: CountTokensDesk,
  ) {}

  @Post()
  async create(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const headers = doorHeadersOf(request.headers);
    await withSpan('POST /v1/messages', { kind: 'server', parent: headers['traceparent'] }, async (span) => {
      const chat = await this.desk.admit(bytesOf(request), headers);
      tellRates(reply, chat, 'anthropic');
      const traceparent = traceparentOf(span) ?? headers['traceparent'];
      if (chat.order.stream) await this.#stream(chat, traceparent, reply);
      else await this.#answer(chat, traceparent, reply);
    }).catch((thrown: unknown) => sendAnthropicError(reply, toSkeinError(thrown), newRequestId()));
  }

  /** An estimate: see the README. */
  @Post('/count_tokens')
  async count(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const headers = doorHeadersOf(request.headers);
    const requestId = newRequestId();
    await withSpan(
      'POST /v1/messages/count_tokens',
      { kind: 'server', parent: headers['traceparent'] },
      async (span) => {
        const traceparent = traceparentOf(span) ?? headers['traceparent'];
        const count = await this.counts.count(bytesOf(request), headers, requestId, traceparent);
        void reply.status(200).headers(anthropicIdHeaders(requestId)).send(count);
      },
    ).catch((thrown: unknown) => sendAnthropicError(reply, toSkeinError(thrown), requestId));
  }

  async #answer(chat: AdmittedChat, traceparent: string | undefined, reply: FastifyReply): Promise<void> {
    const requestId = chat.order.request_id;
    const { run, ended } = this.desk.run(chat, traceparent, {
      onHead: () => undefined,
      onEvents: () => undefined,
      onNotice: () => undefined,
    });
    leaveWithClient(reply, run);
    const closed = await ended;
    if (closed.error !== null) return sendAnthropicError(reply, closed.error, requestId);
    const attempts = attemptsOf(await resultOf(run, closed.end), closed.end);
    void reply
      .status(200)
      .headers({
        'content-type': 'application/json; charset=utf-8',
        ...headHeaders(requestId, closed.head),
        ...anthropicIdHeaders(requestId),
        ...closingHeaders(attempts, performance.now() - chat.receivedAt),
      })
      .send(closed.message);
  }

  async #stream(chat: AdmittedChat, traceparent: string | undefined, reply: FastifyReply): Promise<void> {
    const requestId = chat.order.request_id;
    const answer = new StreamedReply(reply, () => run.leave());
    const { run, ended } = this.desk.run(chat, traceparent, {
      onHead: (head) =>
        answer.open({ ...eventStreamHeaders, ...headHeaders(requestId, head), ...anthropicIdHeaders(requestId) }),
      onEvents: (events) => answer.write(namedEvents(events)),
      onNotice: (text) => answer.write(comment(text)),
    });
    leaveWithClient(reply, run);
    const closed = await ended;
    if (!answer.isOpen) {
      const error = closed.error ?? toSkeinError(new Error('a stream ended well that never began'));
      sendAnthropicError(reply, error, requestId);
    } else if (closed.error !== null) answer.end(namedEvents([toAnthropicError(closed.error, requestId)]));
    else answer.end(namedEvents(closed.events));
  }
}

const bytesOf = ({ body }: FastifyRequest): Uint8Array => (body instanceof Uint8Array ? body : new Uint8Array(0));
