import { Inject, Injectable } from '@nestjs/common';
import { LOGGER } from '@skein/boot';
import type { AnswerEnd } from '@skein/bus';
import type { AnswerHead } from '@skein/contracts/attempt';
import { SkeinError, toSkeinError } from '@skein/contracts/errors';
import { RequestBody } from '@skein/contracts/wire';
import type { Logger } from '@skein/telemetry';
import type { JsonObject } from '@skein/contracts/openai';
import {
  fromChat,
  readResponsesRequest,
  type ResponsesRequest,
  responseIdOf,
  type ResponseFrame,
  toChat,
} from '@skein/contracts/responses';
import type { AdmittedChat } from '../door/admitted-chat.js';
import { CompletionDesk, type RunningChat } from '../door/completion-desk.js';
import { KeysView } from '../door/keys.view.js';
import type { DoorHeaders } from '../door/read-chat.js';
import { StoredResponses } from './stored-responses.js';
import { ResponseStream, type ResponseEvent } from './stream-from-chat.js';

export interface AdmittedResponse {
  readonly chat: AdmittedChat;
  readonly frame: ResponseFrame;
}

/** What a door shows of a response on its way. */
export interface ResponseListener {
  onHead(head: AnswerHead): void;
  onEvents(events: readonly ResponseEvent[]): void;
  onNotice(text: string): void;
}

/** How a response ended: with what there is to show, or with why there is nothing (more). */
export type ResponseEnd =
  | {
      readonly error: SkeinError;
      readonly end: AnswerEnd;
      /** Of a stream that had begun. */ readonly event: ResponseEvent | null;
    }
  | {
      readonly error: null;
      readonly end: AnswerEnd;
      readonly head: AnswerHead;
      readonly response: JsonObject;
      /** The last events of a stream. */
      readonly events: readonly ResponseEvent[];
      /** It was to be kept, and could not be. */
      readonly isLost: boolean;
    };

export interface RunningResponse {
  readonly run: RunningChat;
  readonly ended: Promise<ResponseEnd>;
}

/** Both doors' way to an answer in the Responses dialect: canonical on the way in, a response on the way out, and kept. */
@Injectable()
export class ResponsesDesk {
  constructor(
    @Inject(CompletionDesk) private readonly completions: CompletionDesk,
    @Inject(KeysView) private readonly keys: KeysView,
    @Inject(StoredResponses) private readonly stored: StoredResponses,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Reads a request and its conversation, for a caller with a key. Throws the caller's `SkeinError`. */
  async read(bytes: Uint8Array, headers: DoorHeaders): Promise<{ request: ResponsesRequest; body: RequestBody }> {
    const key = this.keys.authenticate(headers);
    const written = readResponsesRequest(new RequestBody(bytes));
    const { input } = written;
    const request =
      typeof input === 'string' ? written : { ...written, input: await this.stored.withReferred(key.tenant, input) };
    const previous = request.previous_response_id;
    const earlier = previous == null ? [] : await this.stored.itemsUpTo(key.tenant, previous);
    return { request, body: RequestBody.of(toChat(request, earlier)) };
  }

  /** Throws the caller's `SkeinError`. */
  async admit(request: ResponsesRequest, body: RequestBody, headers: DoorHeaders): Promise<AdmittedResponse> {
    const chat = await this.completions.admit(body.bytes, headers, () => body);
    const id = responseIdOf(chat.order.request_id);
    return { chat, frame: { id, createdAt: nowInSeconds(), request, isStored: request.store !== false } };
  }

  /** Runs what was admitted. Never rejects: failures are ends. */
  run({ chat, frame }: AdmittedResponse, traceparent: string | undefined, listener: ResponseListener): RunningResponse {
    const stream = new ResponseStream(frame);
    let broken: SkeinError | null = null;
    let answer: Uint8Array | null = null;
    let hasBegun = false;
    const run = this.completions.run(chat, traceparent, {
      onHead: (head) => listener.onHead(head),
      onNotice: (text) => listener.onNotice(text),
      onChunk: (payload) => {
        if (broken !== null) return;
        try {
          hasBegun = true;
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
    const fail = (error: SkeinError, end: AnswerEnd): ResponseEnd => {
      const { code, message, param } = error;
      return { error, end, event: hasBegun ? stream.failure({ code, message, param }) : null };
    };
    const close = async (end: AnswerEnd): Promise<ResponseEnd> => {
      const { head, usage } = end;
      if (broken !== null) return fail(broken, end);
      if (end.status !== 'succeeded' || head === null) return fail(end.error ?? nothingCame(), end);
      try {
        const used = usage?.usage ?? null;
        if (!chat.order.stream) {
          if (answer === null) return fail(nothingCame(), end);
          const whole = fromChat(new RequestBody(answer).json, used, frame);
          const isKept = await this.#keep(chat, frame, whole);
          const response = isKept ? whole : { ...whole, store: false };
          return { error: null, end, head, response, events: [], isLost: frame.isStored && !isKept };
        }
        listener.onEvents(stream.close());
        const isKept = await this.#keep(chat, frame, stream.finished(used, frame.isStored));
        const response = stream.finished(used, isKept);
        return { error: null, end, head, response, events: stream.last(response), isLost: frame.isStored && !isKept };
      } catch (thrown) {
        return fail(toSkeinError(thrown), end);
      }
    };
    return { run, ended: run.answered.then(close) };
  }

  /** Kept before the caller has it, so that it can be gone on from at once. Without the records room it is answered unkept. */
  async #keep(chat: AdmittedChat, frame: ResponseFrame, response: JsonObject): Promise<boolean> {
    if (!frame.isStored) return false;
    const { request, id } = frame;
    try {
      await this.stored.save(chat.key.tenant, {
        id,
        previous_id: request.previous_response_id ?? null,
        input: inputItems(request),
        response,
      });
      return true;
    } catch (thrown) {
      this.logger.warn(
        { code: toSkeinError(thrown).code, request_id: chat.order.request_id },
        'a response was not kept',
      );
      return false;
    }
  }
}

/** The input as items, whichever way it was written. */
export function inputItems({ input }: ResponsesRequest): unknown[] {
  if (typeof input !== 'string') return input;
  return [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: input }] }];
}

export const nowInSeconds = (): number => Math.floor(Date.now() / 1000);

const nothingCame = () => new SkeinError('vendor_malformed', 'The answer ended without any content');
