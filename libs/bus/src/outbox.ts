import type { MsgHdrs, NatsConnection } from '@nats-io/transport-node';
import { SkeinError, toSkeinError } from '@skein/contracts/errors';
import { joinFrames } from '@skein/contracts/wire';
import type { TimerWheel, WheelTimer } from './timer-wheel.js';

export interface MessageOptions {
  readonly reply?: string;
  readonly headers?: MsgHdrs;
}

interface Outgoing {
  readonly subject: string;
  /** Frames of one attempt, or one message of any other kind. */
  readonly parts: Uint8Array[];
  readonly options?: MessageOptions | undefined;
  readonly refused?: ((error: SkeinError) => void) | undefined;
}

/** How long what may wait looks for something else to go with, to the precision of the wheel. */
const LONGEST_WAIT_MS = 10;
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
  readonly #frames = new Map<string, Outgoing>();
  #waitingBytes = 0;
  #later: Outgoing[] = [];
  #laterTimer: WheelTimer | undefined;

  constructor(
    private readonly connection: NatsConnection,
    private readonly wheel: Pick<TimerWheel, 'after'>,
  ) {}

  /**
   * Says something, by the end of this turn at the latest. Throws SkeinError for what is larger than any message. What
   * the client refuses later, for its headers or because it was closed meanwhile, `refused` is told.
   */
  publish(subject: string, payload: Uint8Array, options?: MessageOptions, refused?: (error: SkeinError) => void): void {
    this.#check(subject, payload);
    this.#add({ subject, parts: [payload], options, refused }, payload.length);
  }

  /** The same for an encoded frame: those of one subject travel in one message, unless they are large. */
  publishFrame(subject: string, frame: Uint8Array): void {
    this.#check(subject, frame);
    // A frame has five bytes at least, its length four: joined they take less than twice their own size.
    const most = Math.min(MAX_WAITING_BYTES, this.#maxPayload / 2);
    if (this.#waitingBytes + frame.length > most) this.flush();
    const before = this.#frames.get(subject);
    if (before !== undefined) {
      before.parts.push(frame);
      this.#waitingBytes += frame.length;
      return;
    }
    const outgoing = { subject, parts: [frame] };
    this.#frames.set(subject, outgoing);
    this.#add(outgoing, frame.length);
  }

  /** Says something that nobody waits for: in front of whatever is said next, or by itself a moment later. Never throws. */
  publishLater(subject: string, payload: Uint8Array, options?: MessageOptions): void {
    this.#later.push({ subject, parts: [payload], options });
    this.#laterTimer ??= this.wheel.after(LONGEST_WAIT_MS, () => this.flush());
  }

  /** Hands over what waits. */
  flush(): void {
    const waiting = [...this.#later, ...this.#waiting];
    if (waiting.length === 0) return;
    this.#laterTimer?.cancel();
    this.#laterTimer = undefined;
    this.#later = [];
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#frames.clear();
    for (const { subject, parts, options, refused } of waiting) {
      try {
        this.connection.publish(subject, joinFrames(parts), options);
      } catch (thrown) {
        refused?.(toSkeinError(thrown));
      }
    }
  }

  #check(subject: string, payload: Uint8Array): void {
    const limit = this.#maxPayload;
    if (payload.length > limit)
      throw new SkeinError('internal', `A message to ${subject} is larger than ${limit} bytes`);
  }

  get #maxPayload(): number {
    return this.connection.info?.max_payload ?? Infinity;
  }

  #add(outgoing: Outgoing, bytes: number): void {
    if (this.#waiting.push(outgoing) === 1) setImmediate(() => this.flush());
    this.#waitingBytes += bytes;
    if (this.#waitingBytes > MAX_WAITING_BYTES) this.flush();
  }
}
