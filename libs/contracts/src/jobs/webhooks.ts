import { z } from 'zod';
import { rpc } from '../make/makers.js';

/** What an endpoint can be told of: the ends of jobs, or every change. */
export const webhookEvents = [
  'job.queued',
  'job.scheduled',
  'job.running',
  'job.succeeded',
  'job.failed',
  'job.cancelled',
  'job.expired',
] as const;
export type WebhookEvent = (typeof webhookEvents)[number];

export const webhookRequest = z.strictObject({
  url: z.string().min(1),
  /** Default: the ends of jobs. */
  events: z.array(z.enum(webhookEvents)).min(1).optional(),
});

export const webhookView = z.object({
  id: z.string(),
  object: z.literal('webhook'),
  url: z.string(),
  events: z.array(z.enum(webhookEvents)),
  /** Hears only of jobs that name it. */
  only_named: z.boolean(),
  /** `off`: its server said 410 Gone. `resting`: it failed too often in a row and is left alone for a while. */
  state: z.enum(['on', 'resting', 'off']),
  /** ISO 8601. */
  created_at: z.string(),
});
export type WebhookView = z.infer<typeof webhookView>;

/** With the secrets that are valid now, the newest first: `whsec_…`, as the Standard Webhooks libraries take them. */
export const webhookWithSecrets = webhookView.extend({ secrets: z.array(z.string()) });
export type WebhookWithSecrets = z.infer<typeof webhookWithSecrets>;

const ofTenant = z.object({ tenant: z.string(), id: z.string() });

/** The same URL again gives the endpoint that is there. */
export const CreateWebhook = rpc({
  subject: 'skein.rpc.jobs.create_webhook.v1',
  request: z.object({ tenant: z.string(), webhook: webhookRequest }),
  reply: webhookWithSecrets,
  errors: ['invalid_request'],
  deadlineMs: 5_000,
});

export const GetWebhook = rpc({
  subject: 'skein.rpc.jobs.get_webhook.v1',
  request: ofTenant,
  reply: webhookWithSecrets,
  errors: ['not_found'],
  deadlineMs: 5_000,
});

export const ListWebhooks = rpc({
  subject: 'skein.rpc.jobs.list_webhooks.v1',
  request: z.object({ tenant: z.string() }),
  reply: z.object({ webhooks: z.array(webhookView) }),
  deadlineMs: 5_000,
});

export const DeleteWebhook = rpc({
  subject: 'skein.rpc.jobs.delete_webhook.v1',
  request: ofTenant,
  reply: z.object({ id: z.string() }),
  errors: ['not_found'],
  deadlineMs: 5_000,
});

/** A new secret; the one before stays valid for a day, and everything is signed with both. */
export const RotateWebhookSecret = rpc({
  subject: 'skein.rpc.jobs.rotate_webhook_secret.v1',
  request: ofTenant,
  reply: webhookWithSecrets,
  errors: ['not_found'],
  deadlineMs: 5_000,
});

export const deliveryView = z.object({
  id: z.string(),
  object: z.literal('webhook.delivery'),
  webhook: z.string(),
  event: z.string(),
  job: z.string(),
  status: z.enum(['pending', 'delivered', 'failed']),
  tries: z.int(),
  /** Of the last try; null when no answer came. */
  status_code: z.int().nullable(),
  error: z.string().nullable(),
  /** ISO 8601. */
  created_at: z.string(),
  delivered_at: z.string().nullable(),
  next_at: z.string().nullable(),
});
export type DeliveryView = z.infer<typeof deliveryView>;

/** Newest first. */
export const ListDeliveries = rpc({
  subject: 'skein.rpc.jobs.list_deliveries.v1',
  request: ofTenant.extend({ limit: z.int().min(1).max(100) }),
  reply: z.object({ deliveries: z.array(deliveryView) }),
  errors: ['not_found'],
  deadlineMs: 5_000,
});

/** Sends a delivery once more, whatever came of it, under its own `webhook-id`. */
export const Redeliver = rpc({
  subject: 'skein.rpc.jobs.redeliver.v1',
  request: ofTenant.extend({ delivery: z.string() }),
  reply: deliveryView,
  errors: ['not_found'],
  deadlineMs: 5_000,
});
