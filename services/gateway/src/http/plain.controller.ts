import { Controller, Inject, Post, Req, Res } from '@nestjs/common';
import { operationTable, type PlainOperation } from '@skein/contracts/operation';
import { RequestBody } from '@skein/contracts/wire';
import { traceparentOf, withSpan } from '@skein/telemetry';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { attemptsOf, closingHeaders, headHeaders } from '../door/answer-figures.js';
import { PlainDesk, type AdmittedPlain } from '../plain/plain-desk.js';
import type { StreamedForm } from '../plain/plain-request.js';
import { leaveWithClient, resultOf } from './client-run.js';
import { doorHeadersOf } from './door-headers.js';
import { readThrown, sendError } from './error.filter.js';
import { readForm } from './read-form.js';
import { tellRates } from './rate-headers.js';
import { comment, dataEvent, DONE, errorEvent, eventStreamHeaders } from './sse.js';
import { StreamedReply } from './streamed-reply.js';

const bytesOf = ({ body }: FastifyRequest): Uint8Array => (body instanceof Uint8Array ? body : new Uint8Array(0));

/** What is no conversation: embeddings, sound to text and back, moderation, reranking. */
@Controller('/v1')
export class PlainController {
  constructor(@Inject(PlainDesk) private readonly desk: PlainDesk) {}

  @Post('/embeddings')
  embed(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.#serve('embeddings', request, reply);
  }

  @Post('/audio/transcriptions')
  transcribe(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.#serve('transcription', request, reply, () => readForm(request));
  }

  @Post('/audio/speech')
  speak(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.#serve('speech', request, reply);
  }

  @Post('/moderations')
  moderate(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.#serve('moderation', request, reply);
  }

  @Post('/rerank')
  rerank(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.#serve('rerank', request, reply);
  }

  async #serve(
    operation: PlainOperation,
    request: FastifyRequest,
    reply: FastifyReply,
    readBody: () => RequestBody | Promise<RequestBody> = () => new RequestBody(bytesOf(request)),
  ): Promise<void> {
    const headers = doorHeadersOf(request.headers);
    const ids: Record<string, string> = {};
    const { endpoint } = operationTable[operation];
    await withSpan(`POST ${endpoint}`, { kind: 'server', parent: headers['traceparent'] }, async (span) => {
      const admitted = await this.desk.admit(operation, readBody, headers, true);
      tellRates(reply, admitted.chat, 'openai');
      ids['x-request-id'] = admitted.chat.order.request_id;
      const traceparent = traceparentOf(span) ?? headers['traceparent'];
      if (admitted.streamed === null) await this.#answer(admitted, traceparent, reply);
      else await this.#stream(admitted, ways[admitted.streamed], traceparent, reply);
    }).catch((thrown: unknown) => sendError(reply, readThrown(thrown), ids));
  }

  async #answer(admitted: AdmittedPlain, traceparent: string | undefined, reply: FastifyReply): Promise<void> {
    const { chat, contentType } = admitted;
    const { run, answered } = this.desk.run(admitted, traceparent);
    leaveWithClient(reply, run);
    const { bytes, head, end } = await answered;
    const attempts = attemptsOf(await resultOf(run, end), end);
    void reply
      .status(200)
      .headers({
        'content-type': contentType,
        ...headHeaders(chat.order.request_id, head),
        ...closingHeaders(attempts, performance.now() - chat.receivedAt),
      })
      .send(bytes);
  }

  /** Rejects only while nothing has been shown. */
  async #stream(
    admitted: AdmittedPlain,
    way: StreamedWay,
    traceparent: string | undefined,
    reply: FastifyReply,
  ): Promise<void> {
    const { chat, contentType } = admitted;
    const shown = new StreamedReply(reply, () => run.leave());
    const { run, answered } = this.desk.run(admitted, traceparent, {
      onHead: (head) => shown.open({ ...way.headers(contentType), ...headHeaders(chat.order.request_id, head) }),
      onChunk: (payload) => shown.write(...way.chunk(payload)),
      onNotice: (text) => shown.write(...way.notice(text)),
    });
    leaveWithClient(reply, run);
    try {
      await answered;
      way.finish(shown);
    } catch (thrown) {
      if (!shown.isOpen) throw thrown;
      way.breakOff(shown, thrown);
    }
  }
}

/** How a form of stream is written. */
interface StreamedWay {
  headers(contentType: string): Readonly<Record<string, string>>;
  chunk(payload: Uint8Array): readonly Uint8Array[];
  notice(text: string): readonly Uint8Array[];
  finish(shown: StreamedReply): void;
  breakOff(shown: StreamedReply, thrown: unknown): void;
}

const ways: Readonly<Record<StreamedForm, StreamedWay>> = {
  sound: {
    headers: (contentType) => ({ 'content-type': contentType, 'cache-control': 'no-cache, no-transform' }),
    chunk: (payload) => [payload],
    notice: () => [],
    finish: (shown) => shown.end(),
    breakOff: (shown) => shown.breakOff(),
  },
  events: {
    headers: () => eventStreamHeaders,
    chunk: dataEvent,
    notice: (text) => [comment(text)],
    finish: (shown) => shown.end(DONE),
    breakOff: (shown, thrown) => shown.end(errorEvent(readThrown(thrown))),
  },
};
