// How the HTTP door closes under traffic, so that nobody is turned away by it.
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Server as Listener } from 'node:net';
import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises';

const LOOKS_EVERY_MS = 20;
/** While it listens: nobody came for so long, or the time for that is over. */
const LISTENING = { quietMs: 100, atMostMs: 2_000 };
/** Over connections that were kept. */
const KEPT = { quietMs: 500, atMostMs: 5_000 };
/** A connection whose answer had begun before may bring one more request within this time. */
const IDLE_MS = 500;

/**
 * Customers keep their connections. One that closes just as the next request is sent fails that request, and the customer
 * cannot know whether it was carried out. So everybody who comes is told that this was the last answer over this
 * connection: first while new ones are still let in, then while the kept ones are used up. A door that nobody stands at
 * closes at once.
 */
export class Farewell {
  #isLeaving = false;
  #lastAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly server: Server) {
    server.prependListener('request', (_request: IncomingMessage, response: ServerResponse) => {
      this.#lastAt = performance.now();
      if (this.#isLeaving) response.setHeader('connection', 'close');
    });
  }

  /** Resolves when connections that are idle may be closed: nobody came of late, or the time for that is over. */
  async say(withinMs: number): Promise<void> {
    this.#isLeaving = true;
    this.server.keepAliveTimeout = IDLE_MS;
    if (this.#isQuietFor(LISTENING.quietMs)) return;
    const until = performance.now() + withinMs;
    await this.#quiet(LISTENING, until);
    // Right after the loop has let in who was waiting: those left in the queue of a closed listener are reset.
    await turn();
    Listener.prototype.close.call(this.server);
    await this.#quiet(KEPT, until);
  }

  async #quiet({ quietMs, atMostMs }: typeof KEPT, until: number): Promise<void> {
    const end = Math.min(until, performance.now() + atMostMs);
    while (performance.now() < end && !this.#isQuietFor(quietMs)) await pause(LOOKS_EVERY_MS);
  }

  #isQuietFor(ms: number): boolean {
    return performance.now() - this.#lastAt >= ms;
  }
}
