import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { LOGGER, SETTINGS } from '@skein/boot';
import { priorities } from '@skein/contracts/gateway';
import { WakeRun } from '@skein/contracts/workflows';
import { openQueue, type JobQueue } from '@skein/queue';
import { OutboxRelay, type Store } from '@skein/store';
import type { Logger } from '@skein/telemetry';
import { z } from 'zod';
import type { WorkflowsSettings } from '../settings.js';
import { WORKFLOWS_STORE } from '../workflows.repository.js';
import type { QueueEntry } from './run.js';
import { WORKFLOWS_OUTBOX } from './runs.repository.js';

const outboxBody = z.object({ id: z.string(), priority: z.enum(priorities), traceparent: z.string().nullable() });

/** The one wake-up of a run in BullMQ, under the run's own id; putting it in again changes nothing. */
@Injectable()
export class WakeQueue implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #queue: JobQueue<z.infer<typeof WakeRun.data>>;
  readonly #relay: OutboxRelay;

  constructor(
    @Inject(WORKFLOWS_STORE) store: Store,
    @Inject(SETTINGS) settings: WorkflowsSettings,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.#queue = openQueue(settings.REDIS_URL, WakeRun, { logger });
    this.#relay = new OutboxRelay({
      dataSource: store,
      table: WORKFLOWS_OUTBOX,
      logger,
      publish: ({ body }) => this.put(outboxBody.parse(body)),
    });
  }

  onApplicationBootstrap(): void {
    this.#relay.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.#relay.stop();
    await this.#queue.close();
  }

  /** A run was accepted: bring it to the queue now, not at the next look. */
  nudge(): void {
    this.#relay.nudge();
  }

  /** Throws `unavailable` without Redis. */
  async put({ id, priority, traceparent }: QueueEntry): Promise<void> {
    const trace = traceparent === null ? {} : { traceparent };
    await this.#queue.add({ run_id: id, ...trace }, { jobId: id, priority, ...trace });
  }

  /** The row has said already that the run is over, so that a failure costs a look at most. */
  async takeOut(id: string): Promise<void> {
    await this.#queue
      .remove(id)
      .catch((error: unknown) => this.logger.debug({ err: error, run: id }, 'left in the queue'));
  }
}
