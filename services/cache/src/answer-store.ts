/**
 * Answers in Redis: one string a key, its head first, so that a look-up reads where an answer came from without its body and
 * a store is one command. A Redis that is away or slow is a miss, never an error and never a wait: nothing queues while it is
 * not connected.
 */
import type { Logger } from '@skein/telemetry';
import { Redis } from 'ioredis';
import type { AnswerOrigin } from '@skein/contracts/cache';
import { GatheredCommands } from './gathered-commands.js';
import { packAnswer, readHead, unpackAnswer, type StoredAnswer } from './stored-answer.js';

const CONNECT_TIMEOUT_MS = 2_000;
const COMMAND_TIMEOUT_MS = 250;
const LONGEST_PAUSE_MS = 2_000;
/** What a look-up reads; a head that is longer is read with its answer. */
const HEAD_BYTES = 1_024;

/** What a look-up came to; `away` when Redis could not say. */
export type LookUp = { readonly found: AnswerOrigin | null } | 'away';

export class AnswerStore {
  readonly #redis: Redis;
  readonly #commands: GatheredCommands;
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
    this.#commands = new GatheredCommands(this.#redis, HEAD_BYTES);
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
      const start = await this.#commands.lookUp(key);
      const hasWholeHead = start.length < HEAD_BYTES || readHead(start) !== null;
      const bytes = hasWholeHead ? start : await this.#redis.getBuffer(key);
      return { found: bytes === null ? null : (readHead(bytes)?.origin ?? null) };
    } catch (error) {
      this.#sayAway(error);
      return 'away';
    }
  }

  /** The answer under a key; null where it has lapsed or Redis is away. */
  async read(key: string): Promise<StoredAnswer | null> {
    try {
      const bytes = await this.#redis.getBuffer(key);
      return bytes === null ? null : unpackAnswer(bytes);
    } catch (error) {
      this.#sayAway(error);
      return null;
    }
  }

  /** Keeps an answer for so many seconds. Returns false where Redis is away or does not take it. */
  async write(key: string, answer: StoredAnswer, ttlSeconds: number): Promise<boolean> {
    try {
      return await this.#commands.keep(key, packAnswer(answer), ttlSeconds);
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
