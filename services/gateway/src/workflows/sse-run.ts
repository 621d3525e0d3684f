import type { ServerResponse } from 'node:http';
import { toOpenAiError, type SkeinError } from '@skein/contracts/errors';
import { GatheredWrites } from '../http/gathered-writes.js';
import { eventStreamHeaders } from '../http/sse-answer.js';

const encoder = new TextEncoder();

/** A run as server-sent events, each named for what it tells. Opens with the first; ends exactly once. */
export class SseRun {
  #isOpen = false;
  readonly #writes: GatheredWrites;

  constructor(
    private readonly response: ServerResponse,
    private readonly headers: () => Readonly<Record<string, string>>,
    onTooSlow: () => void,
  ) {
    this.#writes = new GatheredWrites(response, onTooSlow);
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  tell(event: { readonly type: string }): void {
    if (!this.#isOpen) {
      this.#isOpen = true;
      this.response.writeHead(200, { ...eventStreamHeaders, ...this.headers() });
    }
    this.#writes.write(encoder.encode(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`));
  }

  finish(): void {
    this.#writes.end(encoder.encode('data: [DONE]\n\n'));
  }

  /** A failure of the mesh, not of the run: an error event and no `[DONE]`. */
  breakOff(error: SkeinError): void {
    this.#writes.end(encoder.encode(`event: error\ndata: ${JSON.stringify(toOpenAiError(error))}\n\n`));
  }
}
