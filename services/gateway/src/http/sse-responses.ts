import type { ServerResponse } from 'node:http';
import type { AnswerHead } from '@skein/contracts/attempt';
import { headHeaders, headerText } from '../door/answer-figures.js';
import type { ResponseEvent } from '../responses/stream-from-chat.js';
import { GatheredWrites } from './gathered-writes.js';
import { eventStreamHeaders } from './sse-answer.js';

/** A response as server-sent events: each is named and numbered, and nothing but the last of them marks the end. */
export class SseResponses {
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
    this.response.writeHead(200, { ...eventStreamHeaders, ...headHeaders(this.requestId, head) });
  }

  tell(events: readonly ResponseEvent[]): void {
    if (events.length > 0) this.#writes.write(Buffer.from(events.map(frame).join('')));
  }

  /** A comment line: clients ignore it, people see it. */
  notice(text: string): void {
    if (this.#open) this.#writes.write(Buffer.from(`: ${headerText(text)}\n\n`));
  }

  finish(events: readonly ResponseEvent[]): void {
    this.#writes.end(Buffer.from(events.map(frame).join('')));
  }
}

const frame = (event: ResponseEvent): string => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
