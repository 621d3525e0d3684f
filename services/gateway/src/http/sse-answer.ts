import type { ServerResponse } from 'node:http';
import type { AnswerHead } from '@skein/contracts/attempt';
import { toOpenAiError, type SkeinError } from '@skein/contracts/errors';
import { headHeaders, headerText } from '../door/answer-figures.js';
import { GatheredWrites } from './gathered-writes.js';

/** What makes a response a stream of events that nothing in between holds back. */
export const eventStreamHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
} as const;

const DATA = Buffer.from('data: ');
const GAP = Buffer.from('\n\n');
const DONE = Buffer.from('data: [DONE]\n\n');

/** An answer as server-sent events, in OpenAI's framing. Writes the head at the first content; ends exactly once. */
export class SseAnswer {
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
    });
  }

  chunk(payload: Uint8Array): void {
    this.#writes.write(DATA, payload, GAP);
  }

  /** A comment line: clients ignore it, people see it. */
  notice(text: string): void {
    if (this.#open) this.#writes.write(Buffer.from(`: ${headerText(text)}\n\n`));
  }

  finish(): void {
    this.#writes.end(DONE);
  }

  /** A failure after the first chunk: an error event and no `[DONE]`. */
  breakOff(error: SkeinError): void {
    this.#writes.end(Buffer.from(`event: error\ndata: ${JSON.stringify(toOpenAiError(error))}\n\n`));
  }
}
