import { headers as newHeaders, type NatsConnection } from '@nats-io/transport-node';
import { jetstreamManager } from '@nats-io/jetstream';
import { SkeinError, toSkeinError } from '@skein/contracts/errors';
import { FACT_STREAM } from '@skein/contracts/facts';
import { headerNames } from '@skein/contracts/wire';
import type { Logger } from '@skein/telemetry';
import { CallMux } from './call-mux.js';
import { orFail } from './call-remote.js';
import { ensureFactStream } from './fact-stream.js';
import { FactTooLarge } from './fact-writer.js';
import type { LogLine } from './log-line.js';
import type { TimerWheel } from './timer-wheel.js';
import { decodeJson } from './wire-json.js';

const PUBLISH_ACK_MS = 3_000;
/** How often the stream is asked for a sign of life while nothing is stated. */
const LOOK_EVERY_MS = 5_000;
/** JetStream's word for a message that it will never take, however often it is sent. */
const TOO_LARGE = 10_054;
const SILENT = 'JetStream does not answer';

/**
 * The process's line to JetStream: facts, snapshots, leases and claims. It is a connection of its own, because nats-server
 * writes to its disk in the loop that reads the connection: whatever is slow there, or never returns (2.9 locks itself up
 * when the disk is full), must not hold up calls, frames and beats. When JetStream answers again after it did not, whatever
 * was opened on it is opened anew: its own readers may take minutes to notice, or wait for what no longer exists.
 */
export class EventLog implements LogLine {
  readonly #mux: CallMux;
  readonly #renewals = new Set<() => Promise<void>>();
  #isConnected = true;
  /** Why the last fact was not taken; null once one is. */
  #refusal: string | null = null;
  /** Why the stream did not answer when it was looked at. */
  #silence: string | null = null;
  #hasHeard = true;
  #renewing: Promise<void> | null = null;
  #looking: NodeJS.Timeout | undefined;

  constructor(
    readonly connection: NatsConnection,
    instance: string,
    wheel: TimerWheel,
    private readonly logger: Logger,
  ) {
    this.#mux = new CallMux(`${instance}-log`, wheel);
  }

  start(): void {
    this.#mux.start(this.connection, (error) => this.logger.error({ err: error }, 'a word of JetStream was not read'));
    this.#looking = setInterval(() => void this.#look(), LOOK_EVERY_MS * (0.75 + Math.random() / 2)).unref();
    void this.#follow();
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  /** Why facts are not taken right now; null while all is well. */
  get trouble(): string | null {
    return this.#refusal ?? this.#silence;
  }

  onBack(renew: () => Promise<void>): () => void {
    this.#renewals.add(renew);
    return () => void this.#renewals.delete(renew);
  }

  /** Publishes one group of facts and waits until it is kept. Throws `FactTooLarge` for what never will be. */
  async publish(subject: string, messageId: string, group: string): Promise<void> {
    try {
      await this.#renewing;
      await this.#publish(subject, messageId, new TextEncoder().encode(group));
    } catch (thrown) {
      if (!(thrown instanceof FactTooLarge)) this.#refuse(toSkeinError(thrown).message);
      throw thrown;
    }
    this.#hasHeard = true;
    this.#refusal = null;
    this.#speaks();
  }

  /** Facts are over: what was acknowledged last is sent, nothing is renewed any more. */
  async close(): Promise<void> {
    clearInterval(this.#looking);
    this.#renewals.clear();
    this.#mux.failAll(away('The process is stopping'));
    if (this.#isConnected) await this.connection.drain().catch(() => undefined);
    await this.connection.close();
  }

  async #publish(subject: string, messageId: string, payload: Uint8Array): Promise<void> {
    if (!this.#isConnected || this.connection.isClosed()) throw away('The connection to NATS is lost');
    if (payload.length > (this.connection.info?.max_payload ?? Infinity)) throw new FactTooLarge();
    const { replyTo, reply, cancel } = this.#mux.expect({ subject, timeoutMs: PUBLISH_ACK_MS });
    const messageHeaders = newHeaders();
    messageHeaders.set(headerNames.messageId, messageId);
    orFail(() => this.connection.publish(subject, payload, { reply: replyTo, headers: messageHeaders }), cancel);
    const message = await reply.catch((error: unknown) => {
      throw toSkeinError(error).code === 'deadline_exceeded' ? away(SILENT) : error;
    });
    const { error } = decodeJson(message.data) as { error?: { err_code?: number; description?: string } };
    if (error === undefined) return;
    throw error.err_code === TOO_LARGE
      ? new FactTooLarge()
      : away(`JetStream refuses facts: ${error.description ?? 'no reason'}`);
  }

  #refuse(reason: string): void {
    if (this.trouble === null) this.logger.warn({ reason }, 'facts wait: the event log does not take them');
    this.#refusal = reason;
  }

  /** Asks the stream for a sign of life, unless it has just given one. */
  async #look(): Promise<void> {
    if (this.#hasHeard || !this.#isConnected) {
      this.#hasHeard = false;
      return;
    }
    try {
      const manager = await jetstreamManager(this.connection, { checkAPI: false });
      await manager.streams.info(FACT_STREAM);
    } catch (error) {
      this.#fallSilent(error);
      // Gone, with its server's disk: nobody else makes it again.
      if (isNotFound(error)) this.#renew();
      return;
    }
    this.#speaks();
  }

  #speaks(): void {
    if (this.#silence !== null) this.#renew();
  }

  /** Makes the stream where it is gone, and has everything that stands on JetStream opened again. One at a time. */
  #renew(): void {
    this.#renewing ??= this.#openAgain().finally(() => (this.#renewing = null));
  }

  async #openAgain(): Promise<void> {
    try {
      await ensureFactStream(this.connection);
      for (const renew of this.#renewals) await renew();
      this.#silence = null;
      this.logger.info('the event log answers again');
    } catch (error) {
      this.#fallSilent(error);
    }
  }

  #fallSilent(error: unknown): void {
    if (this.trouble === null)
      this.logger.warn({ problem: toSkeinError(error).message }, 'the event log does not answer');
    this.#silence = SILENT;
  }

  async #follow(): Promise<void> {
    for await (const status of this.connection.status()) {
      if (status.type === 'disconnect') {
        this.#isConnected = false;
        this.#silence = 'The connection to NATS is lost';
        this.#mux.failAll(away(this.#silence));
      } else if (status.type === 'reconnect') {
        this.#isConnected = true;
        this.#renew();
      }
    }
  }
}

const away = (reason: string) => new SkeinError('unavailable', reason, { retryAfterMs: 1_000 });

function isNotFound(error: unknown): boolean {
  return error instanceof Error && /stream not found/i.test(error.message);
}
