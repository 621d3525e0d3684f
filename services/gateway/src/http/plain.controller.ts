import { Controller, Inject, Post, Req, Res } from '@nestjs/common';
import { operationTable, type PlainOperation } from '@skein/contracts/operation';
import { RequestBody } from '@skein/contracts/wire';
import { traceparentOf, withSpan } from '@skein/telemetry';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { attemptsOf, closingHeaders, headHeaders } from '../door/answer-figures.js';
import { PlainDesk } from '../plain/plain-desk.js';
import { leaveWithClient, resultOf } from './client-run.js';
import { doorHeadersOf } from './door-headers.js';
import { readThrown, sendError } from './error.filter.js';
import { readForm } from './read-form.js';
import { tellRates } from './rate-headers.js';

const bytesOf = ({ body }: FastifyRequest): Uint8Array => (body instanceof Uint8Array ? body : new Uint8Array(0));

/** What is asked once and answered whole: embeddings, sound to text and back, moderation, reranking. */
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
      const admitted = await this.desk.admit(operation, readBody, headers);
      tellRates(reply.raw, admitted.chat, 'openai');
      const { chat, contentType } = admitted;
      const { request_id: requestId } = chat.order;
      ids['x-request-id'] = requestId;
      const { run, answered } = this.desk.run(admitted, traceparentOf(span) ?? headers['traceparent']);
      leaveWithClient(reply, run);
      const { bytes, head, end } = await answered;
      const attempts = attemptsOf(await resultOf(run, end), end);
      void reply
        .status(200)
        .headers({
          'content-type': contentType,
          ...headHeaders(requestId, head),
          ...closingHeaders(attempts, performance.now() - chat.receivedAt),
        })
        .send(bytes);
    }).catch((thrown: unknown) => sendError(reply, readThrown(thrown), ids));
  }
}
