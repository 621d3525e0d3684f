/**
 * Answers in Redis: one hash a key, so that a look-up reads where an answer came from without its body. A Redis that is
 * away or slow is a miss, never an error and never a wait: nothing queues while it is not connected.
 */
import type { Logger } from '@skein/telemetry';
import { Redis } from 'ioredis';
import type { AnswerOrigin } from '@skein/contracts/cache';
import { readOrigin, type AnswerForm, type StoredAnswer } from './stored-answer.js';

const CONNECT_TIMEOUT_MS = 2_000;
const COMMAND_TIMEOUT_MS = 250;
const LONGEST_PAUSE_MS = 2_000;

/** What a look-up came to; `away` when Redis could not say. */
export type LookUp = { readonly found: AnswerOrigin | null } | 'away';

export class AnswerStore {
  readonly #redis: Redis;
  readonly #logger: Logger;
  #isAway = false;

  constructor(url: string, logger: Logger) {
    this.#logger = logger;
    this.#redis = new Redis(url, {
      lazyConnect: true,
      connectTimeout: CONNECT_TIMEOUT_MS,
      commandTimeout: COMMAND_TIMEOUT_MS,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 10), LONGEST_PAUSE_MS),
    });
    this.#redis.on('error', (error: Error) => this.#sayAway(error));
    this.#redis.on('ready', () => this.#sayBack());
  }

  /** Begins to connect; resolves whether or not Redis is there, and goes on trying. */
  async open(): Promise<void> {
    await this.#redis.connect().catch((error: unknown) => this.#sayAway(error));
  }

  close(): void {
    this.#redis.disconnect();
  }

  /** Where the answer under a key came from. */
  async lookUp(key: string): Promise<LookUp> {
    try {
      return { found: readOrigin(await this.#redis.hget(key, 'origin')) };
    } catch (error) {
      this.#sayAway(error);
      return 'away';
    }
  }

  /** The answer under a key; null where it has lapsed or Redis is away. */
  async read(key: string): Promise<StoredAnswer | null> {
    try {
      const [origin, form, bytes] = await this.#redis.hmgetBuffer(key, 'origin', 'form', 'bytes');
      const read = readOrigin(origin?.toString() ?? null);
      const readForm = asForm(form?.toString());
      return read === null || readForm === null || !bytes ? null : { origin: read, form: readForm, bytes };
    } catch (error) {
      this.#sayAway(error);
      return null;
    }
  }

  /** Keeps an answer for so many seconds. Returns false where Redis is away. */
  async write(key: string, { origin, form, bytes }: StoredAnswer, ttlSeconds: number): Promise<boolean> {
    try {
      const replies = await this.#redis
        .multi()
        .hset(key, { origin: JSON.stringify(origin), form, bytes: Buffer.from(bytes) })
        .expire(key, ttlSeconds)
        .exec();
      return replies !== null && replies.every(([error]) => error === null);
    } catch (error) {
      this.#sayAway(error);
      return false;
    }
  }

  /** Said once, not at every request. */
  #sayAway(error: unknown): void {
    if (this.#isAway) return;
    this.#isAway = true;
    const reason = error instanceof Error ? error.message : String(error);
    this.#logger.warn({ reason }, 'the cache cannot reach Redis; every look-up is a miss until it is back');
  }

  #sayBack(): void {
    if (this.#isAway) this.#logger.info('the cache reaches Redis again');
    this.#isAway = false;
  }
}

function asForm(text: string | undefined): AnswerForm | null {
  return text === 'whole' || text === 'chunks' ? text : null;
}
