import type { MsgHdrs, NatsConnection } from '@nats-io/transport-node';
import { SkeinError, toSkeinError } from '@skein/contracts/errors';

export interface MessageOptions {
  readonly reply?: string;
  readonly headers?: MsgHdrs;
}

interface Outgoing {
  readonly subject: string;
  readonly payload: Uint8Array;
  readonly options: MessageOptions | undefined;
  readonly refused: ((error: SkeinError) => void) | undefined;
}

/** More than this waits for nobody: what is large is on its way while the rest of the turn runs. */
const MAX_WAITING_BYTES = 64 * 1024;

/**
 * What a process says in one turn of the event loop, handed to the client at the turn's end, in order: it leaves by one
 * write and wakes nats-server once. By itself the client writes at every pause of whoever speaks, so that the last frame of
 * an answer and the reply behind it would be two. Everything whose order matters goes this way: a cancel must not overtake
 * its call.
 */
export class Outbox {
  #waiting: Outgoing[] = [];
  #waitingBytes = 0;

  constructor(private readonly connection: NatsConnection) {}

  /**
   * Says something, by the end of this turn at the latest. Throws SkeinError where it never can be: too large, closed. What
   * the client refuses later, for its headers or because it was closed meanwhile, `refused` is told.
   */
  publish(subject: string, payload: Uint8Array, options?: MessageOptions, refused?: (error: SkeinError) => void): void {
    const limit = this.connection.info?.max_payload ?? Infinity;
    if (payload.length > limit)
      throw new SkeinError('internal', `A message to ${subject} is larger than ${limit} bytes`);
    if (this.#waiting.push({ subject, payload, options, refused }) === 1) setImmediate(() => this.flush());
    this.#waitingBytes += payload.length;
    if (this.#waitingBytes > MAX_WAITING_BYTES) this.flush();
  }

  /** Hands over what waits. */
  flush(): void {
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    this.#waitingBytes = 0;
    for (const { subject, payload, options, refused } of waiting) {
      try {
        this.connection.publish(subject, payload, options);
      } catch (thrown) {
        refused?.(toSkeinError(thrown));
      }
    }
  }
}
