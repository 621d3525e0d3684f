import { Inject, Injectable } from '@nestjs/common';
import type { ApiMessage } from '@skein/bus';
import { toSkeinError } from '@skein/contracts/errors';
import type { PlainOperation } from '@skein/contracts/operation';
import { RequestBody } from '@skein/contracts/wire';
import { attemptsOf, closingHeaders, headHeaders } from '../door/answer-figures.js';
import { PlainDesk } from '../plain/plain-desk.js';
import { replyError } from './api-replies.js';

/** Embeddings and the like over NATS: the body of the HTTP door in JSON (a file in base64), the answer as it is there. */
@Injectable()
export class PlainOverNats {
  constructor(@Inject(PlainDesk) private readonly desk: PlainDesk) {}

  /** Answers one message. Never rejects: refusals are replies too. */
  async serve(operation: PlainOperation, message: ApiMessage, traceparent: string | undefined): Promise<void> {
    let requestId: string | undefined;
    try {
      const admitted = await this.desk.admit(operation, () => new RequestBody(message.bytes), message.headers);
      const { chat, contentType } = admitted;
      requestId = chat.order.request_id;
      const { run, answered } = this.desk.run(admitted, traceparent);
      const { bytes, head, end } = await answered;
      const result = head.attempt_no === 1 ? null : await run.result;
      const figures = closingHeaders(attemptsOf(result, end), performance.now() - chat.receivedAt);
      message.reply({ 'content-type': contentType, ...headHeaders(requestId, head), ...figures }, bytes);
    } catch (thrown) {
      replyError(message, toSkeinError(thrown), requestId);
    }
  }
}
