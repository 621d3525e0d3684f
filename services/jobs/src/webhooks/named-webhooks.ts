import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS } from '@skein/boot';
import type { JobSubmission } from '@skein/contracts/jobs';
import type { JobsSettings } from '../settings.js';
import { readAllowed } from './guard-address.js';
import { readWebhookUrl } from './read-webhook-url.js';
import { WebhooksRepository } from './webhooks.repository.js';

/** The endpoints that submissions name. */
@Injectable()
export class NamedWebhooks {
  constructor(
    @Inject(SETTINGS) private readonly settings: JobsSettings,
    @Inject(WebhooksRepository) private readonly webhooks: WebhooksRepository,
  ) {}

  /** By its id, or by its URL, which becomes an endpoint if it is none. Throws `invalid_request` and `not_found`. */
  async idOf(tenant: string, webhook: JobSubmission['webhook']): Promise<string | null> {
    if (webhook === undefined) return null;
    const written = typeof webhook === 'string' ? webhook : webhook.url;
    if (written.startsWith('wh_')) return (await this.webhooks.get(tenant, written)).id;
    const url = readWebhookUrl(written, readAllowed(this.settings.JOBS_WEBHOOK_ALLOW), 'webhook');
    return (await this.webhooks.open(tenant, url, { onlyNamed: true })).id;
  }
}
