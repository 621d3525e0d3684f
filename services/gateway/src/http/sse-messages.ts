import type { ServerResponse } from 'node:http';
import type { AnswerHead } from '@skein/contracts/attempt';
import { toAnthropicError, type SkeinError } from '@skein/contracts/errors';
import type { MessageEvent } from '../anthropic/stream-from-chat.js';
import { headHeaders, headerText } from '../door/answer-figures.js';
import { anthropicIdHeaders } from './anthropic-errors.js';
import { GatheredWrites } from './gathered-writes.js';
import { eventStreamHeaders } from './sse-answer.js';

/** A message as server-sent events, in Anthropic's framing: each event is named. Ends exactly once. */
export class SseMessages {
  #open = false;
  readonly #writes: GatheredWrites;

  constructor(
    private readonly response: ServerResponse,
    private readonly requestId: string,
    onTooSlow: () => void,
  ) {
    this.#writes = new GatheredWrites(response, onTooSlow);
  }

  /** Has the status line gone out? From then on failures are events, not statuses. */
  get isOpen(): boolean {
    return this.#open;
  }

  open(head: AnswerHead): void {
    if (this.#open) return;
    this.#open = true;
    this.response.writeHead(200, {
      ...eventStreamHeaders,
      ...headHeaders(this.requestId, head),
      ...anthropicIdHeaders(this.requestId),
    });
  }

  tell(events: readonly MessageEvent[]): void {
    if (events.length > 0) this.#writes.write(Buffer.from(events.map(frame).join('')));
  }

  /** A comment line: clients ignore it, people see it. */
  notice(text: string): void {
    if (this.#open) this.#writes.write(Buffer.from(`: ${headerText(text)}\n\n`));
  }

  finish(events: readonly MessageEvent[]): void {
    this.#writes.end(Buffer.from(events.map(frame).join('')));
  }

  /** A failure after the first event: an error event and no `message_stop`. */
  breakOff(error: SkeinError): void {
    this.#writes.end(Buffer.from(frame(toAnthropicError(error, this.requestId))));
  }
}

const frame = (event: { readonly type: string }): string => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
