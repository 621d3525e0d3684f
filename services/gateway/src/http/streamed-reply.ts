import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';
import { GatheredWrites } from './gathered-writes.js';

const NOTHING = new Uint8Array(0);

/**
 * An answer that leaves as it comes, whatever it holds. Its status line goes out with the first content: until then a
 * failure has a status of its own, from then on it is told within the stream. Ends exactly once.
 */
export class StreamedReply {
  #isOpen = false;
  readonly #writes: GatheredWrites;

  /** `leave` is called for a reader too slow to wait for, who is cut off. */
  constructor(
    private readonly reply: FastifyReply,
    leave: () => void,
  ) {
    this.#writes = new GatheredWrites(reply.raw, () => {
      leave();
      reply.raw.destroy();
    });
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  open(headers: Readonly<Record<string, string>>): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    const told = { ...(this.reply.getHeaders() as OutgoingHttpHeaders), ...headers };
    this.reply.hijack();
    this.reply.raw.writeHead(200, told);
    flattenHead(this.reply.raw);
  }

  write(...parts: readonly Uint8Array[]): void {
    if (this.#isOpen && parts.length > 0) this.#writes.write(parts);
  }

  end(last: Uint8Array = NOTHING): void {
    this.#writes.end(last);
  }

  /** For what has no way to tell of a failure: the connection breaks, so that nobody takes a part for the whole. */
  breakOff(): void {
    this.reply.raw.destroy();
  }
}

/** Node keeps the head it sent for as long as the answer lasts, as a rope of some seventy strings: reading it makes it one. */
function flattenHead(response: ServerResponse): void {
  const head: unknown = Reflect.get(response, '_header');
  if (typeof head === 'string') head.charCodeAt(0);
}
