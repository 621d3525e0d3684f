import { Inject, Injectable } from '@nestjs/common';
import type { ApiMessage } from '@skein/bus';
import { toSkeinError } from '@skein/contracts/errors';
import type { PlainOperation } from '@skein/contracts/operation';
import { RequestBody, headerNames } from '@skein/contracts/wire';
import { attemptsOf, closingHeaders, headHeaders } from '../door/answer-figures.js';
import { PlainDesk } from '../plain/plain-desk.js';
import { JSON_TYPE } from '../plain/plain-request.js';
import { NOTHING, encodeJson, replyEnd, replyError, wantsStream } from './api-replies.js';

/**
 * What is no conversation, over NATS: the body of the HTTP door in JSON (a file in base64), the answer as it is there. What
 * is streamed there as events or sound is here a message for each event, or each piece of sound.
 */
@Injectable()
export class PlainOverNats {
  constructor(@Inject(PlainDesk) private readonly desk: PlainDesk) {}

  /** Answers one message. Never rejects: refusals are replies too. */
  async serve(operation: PlainOperation, message: ApiMessage, traceparent: string | undefined): Promise<void> {
    let requestId: string | undefined;
    let isStream = wantsStream(message);
    try {
      const admitted = await this.desk.admit(operation, () => new RequestBody(message.bytes), message.headers, false);
      const { chat, contentType, streamed } = admitted;
      const { request_id: id } = chat.order;
      requestId = id;
      isStream = streamed !== null;
      const { run, answered } = this.desk.run(admitted, traceparent, {
        onHead: (head) => {
          const type = streamed === 'sound' ? contentType : JSON_TYPE;
          message.reply({ [headerNames.kind]: 'notice', 'content-type': type, ...headHeaders(id, head) }, NOTHING);
        },
        onChunk: (payload) => message.reply({ [headerNames.kind]: 'chunk' }, payload),
        onNotice: (text) => message.reply({ [headerNames.kind]: 'notice' }, encodeJson({ notice: text })),
      });
      const { bytes, head, end } = await answered;
      if (isStream) return replyEnd(message);
      const result = head.attempt_no === 1 ? null : await run.result;
      const figures = closingHeaders(attemptsOf(result, end), performance.now() - chat.receivedAt);
      message.reply({ 'content-type': contentType, ...headHeaders(id, head), ...figures }, bytes);
    } catch (thrown) {
      replyError(message, toSkeinError(thrown), requestId);
      if (isStream) replyEnd(message);
    }
  }
}
