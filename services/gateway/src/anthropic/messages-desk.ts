import { Inject, Injectable } from '@nestjs/common';
import type { AnswerEnd } from '@skein/bus';
import type { AnswerHead } from '@skein/contracts/attempt';
import { SkeinError, toSkeinError } from '@skein/contracts/errors';
import { RequestBody } from '@skein/contracts/wire';
import type { JsonObject } from '@skein/contracts/openai';
import type { AdmittedChat } from '../door/admitted-chat.js';
import { CompletionDesk, type RunningChat } from '../door/completion-desk.js';
import type { DoorHeaders } from '../door/read-chat.js';
import { fromChat } from './from-chat.js';
import { readMessagesRequest } from './messages-request.js';
import { MessageStream, type MessageEvent } from './stream-from-chat.js';
import { readBetas, toChat } from './to-chat.js';

/** What a door shows of a message on its way. */
export interface MessageListener {
  onHead(head: AnswerHead): void;
  onEvents(events: readonly MessageEvent[]): void;
  onNotice(text: string): void;
}

/** How a message ended: with what there is to show, or with why there is nothing (more). */
export type MessageEnd =
  | { readonly error: SkeinError; readonly end: AnswerEnd }
  | {
      readonly error: null;
      readonly end: AnswerEnd;
      readonly head: AnswerHead;
      /** Of an answer that was not streamed; null for a stream. */
      readonly message: JsonObject | null;
      /** The last events of a stream. */
      readonly events: readonly MessageEvent[];
    };

export interface RunningMessage {
  readonly run: RunningChat;
  readonly ended: Promise<MessageEnd>;
}

/** Both doors' way to an answer in Anthropic's dialect: canonical on the way in, Anthropic's on the way out. */
@Injectable()
export class MessagesDesk {
  constructor(@Inject(CompletionDesk) private readonly completions: CompletionDesk) {}

  /** Throws the caller's `SkeinError`. */
  admit(bytes: Uint8Array, headers: DoorHeaders): Promise<AdmittedChat> {
    const betas = readBetas(headers['anthropic-beta']);
    return this.completions.admit(bytes, headers, (body) => RequestBody.of(toChat(readMessagesRequest(body), betas)));
  }

  /** Runs what was admitted. Never rejects: failures are ends. */
  run(chat: AdmittedChat, traceparent: string | undefined, listener: MessageListener): RunningMessage {
    const stream = new MessageStream();
    let broken: SkeinError | null = null;
    let answer: Uint8Array | null = null;
    const run = this.completions.run(chat, traceparent, {
      onHead: (head) => listener.onHead(head),
      onNotice: (text) => listener.onNotice(text),
      onChunk: (payload) => {
        if (broken !== null) return;
        try {
          listener.onEvents(stream.feed(payload));
        } catch (thrown) {
          broken = toSkeinError(thrown);
          run.leave();
        }
      },
      onWhole: (payload) => {
        answer = payload;
      },
    });
    const close = (end: AnswerEnd): MessageEnd => {
      const { head, usage } = end;
      if (broken !== null) return { error: broken, end };
      if (end.status !== 'succeeded' || head === null) return { error: end.error ?? nothingCame(), end };
      try {
        const used = usage?.usage ?? null;
        if (chat.order.stream) return { error: null, end, head, message: null, events: stream.finish(used) };
        if (answer === null) return { error: nothingCame(), end };
        return { error: null, end, head, message: fromChat(new RequestBody(answer).json, used), events: [] };
      } catch (thrown) {
        return { error: toSkeinError(thrown), end };
      }
    };
    return { run, ended: run.answered.then(close) };
  }
}

const nothingCame = () => new SkeinError('vendor_malformed', 'The answer ended without any content');
