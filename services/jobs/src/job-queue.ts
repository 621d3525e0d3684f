import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { LOGGER, SETTINGS } from '@skein/boot';
import { RunJob } from '@skein/contracts/jobs';
import { openQueue, type JobQueue as Queue } from '@skein/queue';
import type { Logger } from '@skein/telemetry';
import type { z } from 'zod';
import type { QueueEntry } from './job.js';
import type { JobsSettings } from './settings.js';

/**
 * The way of a job that was dealt out into BullMQ, under an id of its own for each run: putting an entry in that is there
 * already changes nothing, and one that a dead process left behind is in nobody's way.
 */
@Injectable()
export class JobQueue implements BeforeApplicationShutdown {
  readonly #queue: Queue<z.infer<typeof RunJob.data>>;

  constructor(@Inject(SETTINGS) settings: JobsSettings, @Inject(LOGGER) logger: Logger) {
    this.#queue = openQueue(settings.REDIS_URL, RunJob, { logger });
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.#queue.close();
  }

  /** Throws `unavailable` without Redis. */
  async put(entries: readonly QueueEntry[]): Promise<void> {
    await this.#queue.addMany(
      entries.map(({ id, epoch, rank, traceparent }) => ({
        data: { job_id: id, ...(traceparent !== null && { traceparent }) },
        options: { jobId: `${id}-${epoch}`, rank, ...(traceparent !== null && { traceparent }) },
      })),
    );
  }
}
