import { Inject, Injectable } from '@nestjs/common';
import { LOGGER, SETTINGS } from '@skein/boot';
import type { Logger } from '@skein/telemetry';
import type { JobsSettings } from '../settings.js';
import { readAllowed } from './guard-address.js';
import { afterTry } from './next-try.js';
import { postPinned } from './post-pinned.js';
import { signedHeaders } from './sign-webhook.js';
import { WebhooksRepository, type DueDelivery } from './webhooks.repository.js';

const LOOK_MS = 500;
const AT_ONCE = 16;
/** Longer than a try may take: a sender that died had it no longer. */
const LEASE_MS = 30_000;

/** Sends what is due to customers' endpoints, signed, and writes down what came of it. Any replica may; each delivery one. */
@Injectable()
export class WebhookSender {
  readonly #allowed: readonly string[];
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;
  #isRunning = false;

  constructor(
    @Inject(SETTINGS) private readonly settings: JobsSettings,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(WebhooksRepository) private readonly rows: WebhooksRepository,
  ) {
    this.#allowed = readAllowed(settings.JOBS_WEBHOOK_ALLOW);
  }

  start(): void {
    this.#isRunning = true;
    this.#timer = setInterval(() => this.nudge(), LOOK_MS);
  }

  async stop(): Promise<void> {
    this.#isRunning = false;
    clearInterval(this.#timer);
    await this.#sending;
  }

  /** Something may be due: look now. */
  nudge(): void {
    if (!this.#isRunning) return;
    this.#sending ??= this.#sendAll()
      .catch((error: unknown) => this.logger.warn({ err: error }, 'webhooks could not be looked through'))
      .finally(() => (this.#sending = undefined));
  }

  async #sendAll(): Promise<void> {
    while (this.#isRunning) {
      const due = await this.rows.takeDue(AT_ONCE, LEASE_MS);
      await Promise.all(due.map((delivery) => this.#send(delivery)));
      if (due.length < AT_ONCE) return;
    }
  }

  async #send(delivery: DueDelivery): Promise<void> {
    const { eventId, url, secrets, body, tries, failures } = delivery;
    const headers = signedHeaders(secrets, { id: eventId, body, at: new Date() });
    const posted = await postPinned(url, body, headers, this.#allowed);
    const tried = { tries, failuresBefore: failures, statusCode: posted.statusCode };
    await this.rows.settle(delivery, posted, afterTry(tried, this.settings.JOBS_WEBHOOK_RETRY_MS, Math.random()));
    if (posted.error !== null)
      this.logger.info(
        { webhook: delivery.webhookId, delivery: delivery.id, tries, reason: posted.error },
        'a webhook was not delivered',
      );
  }
}
