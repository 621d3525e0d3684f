import { Inject, Injectable } from '@nestjs/common';
import type { ApiMessage } from '@skein/bus';
import { toAnthropicError, toSkeinError, type SkeinError } from '@skein/contracts/errors';
import { headerNames } from '@skein/contracts/wire';
import { ulid } from 'ulid';
import { CountTokensDesk } from '../anthropic/count-tokens-desk.js';
import { MessagesDesk } from '../anthropic/messages-desk.js';
import type { AdmittedChat } from '../door/admitted-chat.js';
import { attemptsOf, closingHeaders, headHeaders } from '../door/answer-figures.js';
import { NOTHING, encodeJson, reply, replyEnd, replyError, wantsStream } from './api-replies.js';

/** `skein.api.messages`: Anthropic's dialect over NATS; each event of a stream is a message. */
@Injectable()
export class MessagesOverNats {
  constructor(
    @Inject(MessagesDesk) private readonly desk: MessagesDesk,
    @Inject(CountTokensDesk) private readonly counts: CountTokensDesk,
  ) {}

  /** `skein.api.messages.count_tokens`. Never rejects. */
  async count(message: ApiMessage, traceparent: string | undefined): Promise<void> {
    const requestId = `req_${ulid()}`;
    try {
      const count = await this.counts.count(message.bytes, message.headers, requestId, traceparent);
      reply(message, { 'x-request-id': requestId }, count);
    } catch (thrown) {
      refuse(message, toSkeinError(thrown), requestId, false);
    }
  }

  /** Answers one message. Never rejects: refusals are replies too. */
  async serve(message: ApiMessage, traceparent: string | undefined): Promise<void> {
    try {
      await this.#answer(message, await this.desk.admit(message.bytes, message.headers), traceparent);
    } catch (thrown) {
      refuse(message, toSkeinError(thrown), `req_${ulid()}`, wantsStream(message));
    }
  }

  async #answer(message: ApiMessage, chat: AdmittedChat, traceparent: string | undefined): Promise<void> {
    const { request_id: requestId, stream } = chat.order;
    const { run, ended } = this.desk.run(chat, traceparent, {
      onHead: (head) => {
        if (stream) message.reply({ [headerNames.kind]: 'notice', ...headHeaders(requestId, head) }, NOTHING);
      },
      onEvents: (events) => events.forEach((event) => reply(message, { [headerNames.kind]: 'chunk' }, event)),
      onNotice: (text) => message.reply({ [headerNames.kind]: 'notice' }, encodeJson({ notice: text })),
    });
    const closed = await ended;
    if (closed.error !== null) return refuse(message, closed.error, requestId, stream);
    if (stream) {
      for (const event of closed.events) reply(message, { [headerNames.kind]: 'chunk' }, event);
      return replyEnd(message);
    }
    const result = closed.head.attempt_no === 1 ? null : await run.result;
    const figures = closingHeaders(attemptsOf(result, closed.end), performance.now() - chat.receivedAt);
    reply(message, { ...headHeaders(requestId, closed.head), ...figures }, closed.message);
  }
}

function refuse(message: ApiMessage, error: SkeinError, requestId: string, isStream: boolean): void {
  replyError(message, error, requestId, toAnthropicError(error, requestId));
  if (isStream) replyEnd(message);
}
