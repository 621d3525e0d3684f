import { setTimeout as pause } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { EventsRepository, type StoredEvent } from './events.repository.js';

/** How often the table is looked at while anyone waits; one look for all of them. */
const LOOK_MS = 150;

/** Waits, on behalf of any number of readers, for something to happen to their jobs. */
@Injectable()
export class EventReader {
  readonly #waiting = new Map<string, Set<() => void>>();
  #looking: Promise<void> | undefined;
  #seen = '0';

  constructor(@Inject(EventsRepository) private readonly events: EventsRepository) {}

  /** Events of a job after `after`: at once when there are any or the job has ended, else as soon as there are. */
  async read(
    tenant: string,
    jobId: string,
    after: string,
    waitMs: number,
    signal: AbortSignal,
  ): Promise<{ events: StoredEvent[]; isOver: boolean }> {
    const until = performance.now() + waitMs;
    for (;;) {
      const woken = this.#listen(jobId);
      const over = new AbortController();
      const stop = AbortSignal.any([signal, over.signal]);
      try {
        const found = await this.events.readAfter(tenant, jobId, after);
        const leftMs = until - performance.now();
        if (found.events.length > 0 || found.isOver || leftMs <= 0 || signal.aborted) return found;
        await Promise.race([woken.promise, pause(leftMs, undefined, { signal: stop }).catch(() => undefined)]);
      } finally {
        woken.forget();
        over.abort();
      }
    }
  }

  #listen(jobId: string): { promise: Promise<void>; forget: () => void } {
    const { promise, resolve } = Promise.withResolvers<void>();
    const listeners = this.#waiting.get(jobId) ?? new Set();
    this.#waiting.set(jobId, listeners.add(resolve));
    this.#looking ??= this.#lookWhileAnyoneWaits().finally(() => (this.#looking = undefined));
    return {
      promise,
      forget: () => {
        listeners.delete(resolve);
        if (listeners.size === 0 && this.#waiting.get(jobId) === listeners) this.#waiting.delete(jobId);
      },
    };
  }

  async #lookWhileAnyoneWaits(): Promise<void> {
    while (this.#waiting.size > 0) {
      // While PostgreSQL is away nobody is woken; each reader's own time ends its wait.
      const changed = await this.events.changedSince(this.#seen, [...this.#waiting.keys()]).catch(() => null);
      if (changed !== null) this.#seen = changed.last;
      for (const jobId of changed?.jobIds ?? []) for (const wake of this.#waiting.get(jobId) ?? []) wake();
      await pause(LOOK_MS);
    }
  }
}
