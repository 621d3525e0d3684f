import { Controller, Inject } from '@nestjs/common';
import { SETTINGS } from '@skein/boot';
import { Serves } from '@skein/bus';
import {
  CreateWebhook,
  DeleteWebhook,
  GetWebhook,
  ListDeliveries,
  ListWebhooks,
  Redeliver,
  RotateWebhookSecret,
  type DeliveryView,
  type WebhookWithSecrets,
} from '@skein/contracts/jobs';
import type { z } from 'zod';
import type { JobsSettings } from '../settings.js';
import { readAllowed } from './guard-address.js';
import { readWebhookUrl } from './read-webhook-url.js';
import { WebhookSender } from './webhook-sender.js';
import { WebhooksRepository } from './webhooks.repository.js';

/** `skein.rpc.jobs.*webhook*`: endpoints of customers, their secrets, and what was delivered to them. */
@Controller()
export class WebhooksController {
  constructor(
    @Inject(SETTINGS) private readonly settings: JobsSettings,
    @Inject(WebhooksRepository) private readonly webhooks: WebhooksRepository,
    @Inject(WebhookSender) private readonly sender: WebhookSender,
  ) {}

  @Serves(CreateWebhook)
  create({ tenant, webhook }: z.infer<typeof CreateWebhook.request>): Promise<WebhookWithSecrets> {
    const url = readWebhookUrl(webhook.url, readAllowed(this.settings.JOBS_WEBHOOK_ALLOW), 'url');
    return this.webhooks.open(tenant, url, { events: webhook.events, onlyNamed: false });
  }

  @Serves(GetWebhook)
  get({ tenant, id }: z.infer<typeof GetWebhook.request>): Promise<WebhookWithSecrets> {
    return this.webhooks.get(tenant, id);
  }

  @Serves(ListWebhooks)
  async list({ tenant }: z.infer<typeof ListWebhooks.request>): Promise<z.infer<typeof ListWebhooks.reply>> {
    return { webhooks: await this.webhooks.list(tenant) };
  }

  @Serves(DeleteWebhook)
  async remove({ tenant, id }: z.infer<typeof DeleteWebhook.request>): Promise<z.infer<typeof DeleteWebhook.reply>> {
    await this.webhooks.remove(tenant, id);
    return { id };
  }

  @Serves(RotateWebhookSecret)
  rotate({ tenant, id }: z.infer<typeof RotateWebhookSecret.request>): Promise<WebhookWithSecrets> {
    return this.webhooks.rotate(tenant, id);
  }

  @Serves(ListDeliveries)
  async deliveries({
    tenant,
    id,
    limit,
  }: z.infer<typeof ListDeliveries.request>): Promise<z.infer<typeof ListDeliveries.reply>> {
    return { deliveries: await this.webhooks.deliveries(tenant, id, limit) };
  }

  @Serves(Redeliver)
  async redeliver({ tenant, id, delivery }: z.infer<typeof Redeliver.request>): Promise<DeliveryView> {
    const again = await this.webhooks.redeliver(tenant, id, delivery);
    this.sender.nudge();
    return again;
  }
}
