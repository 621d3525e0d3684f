import { Inject, Injectable } from '@nestjs/common';
import { toSkeinError } from '@skein/contracts/errors';
import { traceparentOf, withSpan } from '@skein/telemetry';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { attemptsOf, closingHeaders, headHeaders } from '../door/answer-figures.js';
import type { AdmittedChat } from '../door/admitted-chat.js';
import { CompletionDesk } from '../door/completion-desk.js';
import { errorOf, leaveWithClient, resultOf } from './client-run.js';
import { doorHeadersOf } from './door-headers.js';
import { readThrown, sendError } from './error.filter.js';
import { tellRates } from './rate-headers.js';
import { comment, dataEvent, DONE, errorEvent, eventStreamHeaders } from './sse.js';
import { StreamedReply } from './streamed-reply.js';

/**
 * `POST /v1/chat/completions`, plain and streamed. A route of Fastify's own, because nearly all requests are its: Nest's
 * router would wrap each in contexts and promises that here do nothing, and every failure is answered here anyway.
 */
@Injectable()
export class ChatCompletions {
  constructor(@Inject(CompletionDesk) private readonly desk: CompletionDesk) {}

  /** Takes a scope of its own, which has Fastify's refusals answered as Nest has those of the rest. */
  openAt(fastify: FastifyInstance): void {
    fastify.setErrorHandler((thrown, _request, reply) => sendError(reply, readThrown(thrown)));
    fastify.post('/v1/chat/completions', (request, reply) => {
      void this.#complete(request, reply);
    });
  }

  /** Never rejects. */
  async #complete(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const headers = doorHeadersOf(request.headers);
    await withSpan('POST /v1/chat/completions', { kind: 'server', parent: headers['traceparent'] }, async (span) => {
      const bytes = request.body instanceof Uint8Array ? request.body : new Uint8Array(0);
      const chat = await this.desk.admit(bytes, headers);
      tellRates(reply, chat, 'openai');
      const traceparent = traceparentOf(span) ?? headers['traceparent'];
      if (chat.order.stream) return this.#stream(chat, traceparent, reply);
      return this.#answer(chat, traceparent, reply);
    }).catch((thrown: unknown) => sendError(reply, toSkeinError(thrown)));
  }

  async #answer(chat: AdmittedChat, traceparent: string | undefined, reply: FastifyReply): Promise<void> {
    let answer: Uint8Array | null = null;
    const run = this.desk.run(chat, traceparent, {
      onHead: () => undefined,
      onChunk: () => undefined,
      onNotice: () => undefined,
      onWhole: (payload) => {
        answer = payload;
      },
    });
    leaveWithClient(reply, run);
    const end = await run.answered;
    const requestId = chat.order.request_id;
    if (end.status !== 'succeeded' || answer === null || end.head === null) {
      sendError(reply, errorOf(end), { 'x-request-id': requestId });
      return;
    }
    const attempts = attemptsOf(await resultOf(run, end), end);
    void reply
      .status(200)
      .headers({
        'content-type': 'application/json; charset=utf-8',
        ...headHeaders(requestId, end.head),
        ...closingHeaders(attempts, performance.now() - chat.receivedAt),
      })
      .send(answer);
  }

  async #stream(chat: AdmittedChat, traceparent: string | undefined, reply: FastifyReply): Promise<void> {
    const requestId = chat.order.request_id;
    const answer = new StreamedReply(reply, () => run.leave());
    const run = this.desk.run(chat, traceparent, {
      onHead: (head) => answer.open({ ...eventStreamHeaders, ...headHeaders(requestId, head) }),
      onChunk: (payload) => answer.write(...dataEvent(payload)),
      onNotice: (text) => answer.write(comment(text)),
      onWhole: () => undefined,
    });
    leaveWithClient(reply, run);
    const end = await run.answered;
    if (end.status === 'succeeded' && answer.isOpen) answer.end(DONE);
    else if (answer.isOpen) answer.end(errorEvent(errorOf(end)));
    else sendError(reply, errorOf(end), { 'x-request-id': requestId });
  }
}
