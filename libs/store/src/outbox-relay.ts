/**
 * Says what the outbox holds, oldest first, and forgets what was said. Any number of relays may share a table: each takes
 * rows that no other holds. The first entry that cannot be said ends the batch; it and what follows wait for the next look.
 */
import type { DataSource } from 'typeorm';
import type { Logger } from '@skein/telemetry';
import { deleteOutbox, lockOutbox, type StoredOutboxEntry } from './outbox.js';

const BATCH = 100;
const INTERVAL_MS = 1_000;

export interface OutboxRelayOptions {
  readonly dataSource: DataSource;
  readonly table: string;
  /** Says one entry; resolves when it is safe elsewhere. Must be bounded in time: a row stays locked meanwhile. */
  readonly publish: (entry: StoredOutboxEntry) => Promise<void>;
  readonly logger: Logger;
  /** How often to look unasked, ms. Default 1,000. */
  readonly intervalMs?: number;
}

type Look = 'more' | 'empty' | 'failed';

export class OutboxRelay {
  readonly #options: OutboxRelayOptions;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #isNudged = false;
  #isRunning = false;

  constructor(options: OutboxRelayOptions) {
    this.#options = options;
  }

  /** Begins to look, at once and from then on. */
  start(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#timer = setInterval(() => this.nudge(), this.#options.intervalMs ?? INTERVAL_MS);
    this.nudge();
  }

  /** Something was committed: look now. Cheap, and safe at any time. */
  nudge(): void {
    if (!this.#isRunning) return;
    this.#isNudged = true;
    this.#looking ??= this.#lookWhileNudged().finally(() => {
      this.#looking = undefined;
      if (this.#isNudged) this.nudge();
    });
  }

  /** Stops looking and waits until the entry that is being said has been. */
  async stop(): Promise<void> {
    this.#isRunning = false;
    this.#isNudged = false;
    clearInterval(this.#timer);
    await this.#looking;
  }

  async #lookWhileNudged(): Promise<void> {
    while (this.#isRunning && this.#isNudged) {
      this.#isNudged = false;
      if ((await this.#look()) === 'more') this.#isNudged = this.#isRunning;
    }
  }

  async #look(): Promise<Look> {
    const { dataSource, table, logger } = this.#options;
    try {
      return await dataSource.transaction(async (manager) => {
        const entries = await lockOutbox(manager, table, BATCH);
        const said = await this.#say(entries);
        await deleteOutbox(
          manager,
          table,
          entries.slice(0, said).map(({ id }) => id),
        );
        if (said < entries.length) return 'failed';
        return entries.length === BATCH ? 'more' : 'empty';
      });
    } catch (error) {
      logger.warn({ err: error, table }, 'the outbox could not be read; looking again later');
      return 'failed';
    }
  }

  /** Says entries in order and returns how many succeeded; the first failure ends it. */
  async #say(entries: readonly StoredOutboxEntry[]): Promise<number> {
    for (const [index, entry] of entries.entries()) {
      if (!this.#isRunning) return index;
      try {
        await this.#options.publish(entry);
      } catch (error) {
        const { table, logger } = this.#options;
        logger.warn({ err: error, table, topic: entry.topic, entry: entry.id }, 'an outbox entry could not be said');
        return index;
      }
    }
    return entries.length;
  }
}
