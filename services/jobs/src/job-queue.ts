import { Inject, Injectable, type OnApplicationBootstrap, type BeforeApplicationShutdown } from '@nestjs/common';
import { LOGGER, SETTINGS } from '@skein/boot';
import { RunJob } from '@skein/contracts/jobs';
import { openQueue, type JobQueue as Queue } from '@skein/queue';
import { OutboxRelay, type Store } from '@skein/store';
import type { Logger } from '@skein/telemetry';
import type { z } from 'zod';
import type { QueueEntry } from './job.js';
import { JOBS_OUTBOX, JOBS_STORE, readOutboxBody } from './jobs.repository.js';
import type { JobsSettings } from './settings.js';

/**
 * The way of an accepted job into BullMQ: by the outbox, under the job's own id, which stays the id of its one entry for
 * all its runs. Putting a job in that is there already changes nothing.
 */
@Injectable()
export class JobQueue implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #queue: Queue<z.infer<typeof RunJob.data>>;
  readonly #relay: OutboxRelay;

  constructor(
    @Inject(JOBS_STORE) store: Store,
    @Inject(SETTINGS) settings: JobsSettings,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.#queue = openQueue(settings.REDIS_URL, RunJob, { logger });
    this.#relay = new OutboxRelay({
      dataSource: store,
      table: JOBS_OUTBOX,
      logger,
      publish: ({ body }) => this.put(readOutboxBody(body)),
    });
  }

  onApplicationBootstrap(): void {
    this.#relay.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.#relay.stop();
    await this.#queue.close();
  }

  /** A job was accepted: bring it to the queue now, not at the next look. */
  nudge(): void {
    this.#relay.nudge();
  }

  /** Throws `unavailable` without Redis. */
  async put({ id, priority, traceparent, notBefore }: QueueEntry): Promise<void> {
    await this.#queue.add(
      { job_id: id, ...(traceparent !== null && { traceparent }) },
      {
        jobId: id,
        priority,
        delayMs: Math.max(0, (notBefore?.getTime() ?? 0) - Date.now()),
        ...(traceparent !== null && { traceparent }),
      },
    );
  }

  /** Takes out what need not be run any more; the row has said so already, so that a failure costs a look at most. */
  async takeOut(id: string): Promise<void> {
    await this.#queue
      .remove(id)
      .catch((error: unknown) => this.logger.debug({ err: error, job: id }, 'left in the queue'));
  }
}
