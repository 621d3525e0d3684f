import { Inject, Injectable } from '@nestjs/common';
import type { ApiMessage } from '@skein/bus';
import { headerNames } from '@skein/contracts/wire';
import { attemptsOf, closingHeaders, headHeaders } from '../door/answer-figures.js';
import { KeysView } from '../door/keys.view.js';
import { BackgroundResponses } from '../responses/background-responses.js';
import { ResponsesDesk, type AdmittedResponse } from '../responses/responses-desk.js';
import { NOTHING, encodeJson, reply, replyEnd, replyError } from './api-replies.js';

/** `skein.api.responses`: the Responses dialect over NATS; each event of a stream is a message. */
@Injectable()
export class ResponsesOverNats {
  constructor(
    @Inject(ResponsesDesk) private readonly desk: ResponsesDesk,
    @Inject(BackgroundResponses) private readonly background: BackgroundResponses,
    @Inject(KeysView) private readonly keys: KeysView,
  ) {}

  /** Answers one message. Throws the caller's `SkeinError` for what is refused before it runs. */
  async serve(message: ApiMessage, traceparent: string | undefined): Promise<void> {
    const { request, body } = await this.desk.read(message.bytes, message.headers);
    if (request.background === true) {
      const key = this.keys.authenticate(message.headers);
      reply(message, {}, await this.background.submit(request, body, key, message.headers, traceparent));
      return;
    }
    await this.#answer(message, await this.desk.admit(request, body, message.headers), traceparent);
  }

  async #answer(message: ApiMessage, admitted: AdmittedResponse, traceparent: string | undefined): Promise<void> {
    const { request_id: requestId, stream } = admitted.chat.order;
    const chunk = { [headerNames.kind]: 'chunk' };
    const { run, ended } = this.desk.run(admitted, traceparent, {
      onHead: (head) => {
        if (stream) message.reply({ [headerNames.kind]: 'notice', ...headHeaders(requestId, head) }, NOTHING);
      },
      onEvents: (events) => events.forEach((event) => reply(message, chunk, event)),
      onNotice: (text) => message.reply({ [headerNames.kind]: 'notice' }, encodeJson({ notice: text })),
    });
    const closed = await ended;
    if (closed.error !== null) {
      replyError(message, closed.error, requestId);
      if (stream) replyEnd(message);
    } else if (stream) {
      for (const event of closed.events) reply(message, chunk, event);
      replyEnd(message);
    } else {
      const result = closed.head.attempt_no === 1 ? null : await run.result;
      const figures = closingHeaders(attemptsOf(result, closed.end), performance.now() - admitted.chat.receivedAt);
      reply(message, { ...headHeaders(requestId, closed.head), ...figures }, closed.response);
    }
  }
}
