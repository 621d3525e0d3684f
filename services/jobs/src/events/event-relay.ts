import { Inject, Injectable } from '@nestjs/common';
import { BUS, LOGGER } from '@skein/boot';
import type { Bus } from '@skein/bus';
import type { Logger } from '@skein/telemetry';
import type { Job } from '../job.js';
import { EventsRepository, type ToldChange } from './events.repository.js';
import { WebhookSender } from '../webhooks/webhook-sender.js';
import { WebhooksRepository } from '../webhooks/webhooks.repository.js';
import { toJobEvent } from './job-event.js';

const LOOK_MS = 1_000;

/** Tells customers how their jobs change: what was written with the change is said after it, at least once, in order. */
@Injectable()
export class EventRelay {
  #timer: NodeJS.Timeout | undefined;
  #saying: Promise<void> | undefined;
  #isNudged = false;
  #isRunning = false;

  constructor(
    @Inject(BUS) private readonly bus: Bus,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(EventsRepository) private readonly events: EventsRepository,
    @Inject(WebhooksRepository) private readonly webhooks: WebhooksRepository,
    @Inject(WebhookSender) private readonly sender: WebhookSender,
  ) {}

  start(): void {
    this.#isRunning = true;
    this.#timer = setInterval(() => this.nudge(), LOOK_MS);
    this.nudge();
  }

  async stop(): Promise<void> {
    this.#isRunning = false;
    clearInterval(this.#timer);
    await this.#saying;
  }

  /** Something has changed: say it now. Cheap, and safe at any time. */
  nudge(): void {
    if (!this.#isRunning) return;
    this.#isNudged = true;
    this.#saying ??= this.#sayAll().finally(() => {
      this.#saying = undefined;
      if (this.#isNudged) this.nudge();
    });
  }

  async #sayAll(): Promise<void> {
    while (this.#isNudged && this.#isRunning) {
      this.#isNudged = false;
      try {
        if (await this.events.sayNext((changes) => this.#say(changes))) this.#isNudged = true;
      } catch (error) {
        this.logger.warn({ err: error }, 'changes of jobs could not be told; trying again');
      }
    }
  }

  async #say(changes: readonly { change: ToldChange; job: Job }[]): Promise<void> {
    const said = changes.map(({ change, job }) => ({ change, job, event: toJobEvent(change, job) }));
    for (const { event } of said)
      this.bus.publishEvent(event.subject, event.headers, new TextEncoder().encode(JSON.stringify(event.data)));
    await this.webhooks.callOut(
      said.map(({ change, job, event }) => ({
        eventId: event.id,
        event: change.type,
        tenant: job.caller.tenant,
        jobId: job.id,
        webhookId: job.webhookId,
        body: JSON.stringify({
          type: change.type,
          timestamp: change.happenedAt.toISOString(),
          data: event.data,
        }),
      })),
    );
    this.sender.nudge();
  }
}
