// How the HTTP door closes under traffic, so that nobody is turned away by it.
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

/** Nobody has come for so long: whoever still holds a connection is not about to use it. */
const QUIET_MS = 100;
const LINGER_AT_MOST_MS = 2_000;
const LOOKS_EVERY_MS = 20;
/** A connection whose answer had begun before may bring one more request within this time. */
const IDLE_MS = 500;

/**
 * Customers keep their connections. One that closes just as the next request is sent fails that request, and the customer
 * cannot know whether it was carried out. So the door first tells everybody who comes that this was the last answer over
 * this connection, while new ones are still let in, and stops listening when it has become quiet.
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

  /** Resolves when the door may stop listening: nobody came of late, or the time for that is over. */
  async say(withinMs: number): Promise<void> {
    this.#isLeaving = true;
    this.server.keepAliveTimeout = IDLE_MS;
    const until = performance.now() + Math.min(withinMs, LINGER_AT_MOST_MS);
    while (performance.now() < until && performance.now() - this.#lastAt < QUIET_MS) await pause(LOOKS_EVERY_MS);
  }
}
