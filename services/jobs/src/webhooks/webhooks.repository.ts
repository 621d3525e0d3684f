import { Inject, Injectable } from '@nestjs/common';
import { newId } from '@skein/bus';
import { SkeinError } from '@skein/contracts/errors';
import type { DeliveryView, WebhookEvent, WebhookView, WebhookWithSecrets } from '@skein/contracts/jobs';
import { askStore, inTransaction } from '@skein/store';
import type { DataSource, EntityManager } from 'typeorm';
import { JOBS_STORE } from '../jobs.repository.js';
import type { AfterTry } from './next-try.js';
import { newSecret } from './sign-webhook.js';

const ENDS: readonly WebhookEvent[] = ['job.succeeded', 'job.failed', 'job.cancelled', 'job.expired'];
const BOTH_VALID_HOURS = 24;

interface WebhookRow {
  readonly id: string;
  readonly url: string;
  readonly events: WebhookEvent[];
  readonly only_named: boolean;
  readonly secrets: string[];
  readonly state: WebhookView['state'];
  readonly created_at: Date;
}

interface DeliveryRow {
  readonly id: string;
  readonly webhook_id: string;
  readonly event: string;
  readonly job_id: string;
  readonly status: DeliveryView['status'];
  readonly tries: number;
  readonly next_at: Date;
  readonly status_code: number | null;
  readonly error: string | null;
  readonly created_at: Date;
  readonly delivered_at: Date | null;
}

/** A change to be told, once to each endpoint that wants it. */
export interface CalledOut {
  readonly eventId: string;
  readonly event: string;
  readonly tenant: string;
  readonly jobId: string;
  /** The endpoint the job names. */
  readonly webhookId: string | null;
  readonly body: string;
}

/** A delivery that is due, with everything that is needed to send it. */
export interface DueDelivery {
  readonly id: string;
  readonly eventId: string;
  readonly webhookId: string;
  readonly url: string;
  readonly secrets: readonly string[];
  readonly body: string;
  readonly tries: number;
  readonly failures: number;
}

const COLUMNS = `id, url, events, only_named, created_at,
  CASE WHEN secret_before_until > now() THEN ARRAY[secret, secret_before] ELSE ARRAY[secret] END AS secrets,
  CASE WHEN is_off THEN 'off' WHEN rests_until > now() THEN 'resting' ELSE 'on' END AS state`;

/** Endpoints of customers, and what is delivered to them. */
@Injectable()
export class WebhooksRepository {
  constructor(@Inject(JOBS_STORE) private readonly store: DataSource) {}

  /** The endpoint of that URL, made if it is not there. `onlyNamed`: for a job that names the URL. */
  async open(
    tenant: string,
    url: string,
    { events = ENDS, onlyNamed }: { events?: readonly WebhookEvent[]; onlyNamed: boolean },
  ): Promise<WebhookWithSecrets> {
    const [row] = await askStore(() =>
      this.store.query<WebhookRow[]>(
        `WITH made AS (
           INSERT INTO webhooks (id, tenant, url, events, only_named, secret) VALUES ($1, $2, $3, $4, $5, $6)
           ON CONFLICT (tenant, url) DO UPDATE SET
             only_named = webhooks.only_named AND EXCLUDED.only_named,
             events = CASE WHEN EXCLUDED.only_named THEN webhooks.events ELSE EXCLUDED.events END,
             is_off = webhooks.is_off AND EXCLUDED.only_named
           RETURNING *
         ) SELECT ${COLUMNS} FROM made`,
        [newId('wh'), tenant, url, [...events], onlyNamed, newSecret()],
      ),
    );
    if (row === undefined) throw new SkeinError('internal', 'An endpoint was written and is not there');
    return toSecretView(row);
  }

  /** Throws `not_found`. */
  async get(tenant: string, id: string): Promise<WebhookWithSecrets> {
    const [row] = await askStore(() =>
      this.store.query<WebhookRow[]>(`SELECT ${COLUMNS} FROM webhooks WHERE tenant = $1 AND id = $2`, [tenant, id]),
    );
    if (row === undefined) throw notFound(id);
    return toSecretView(row);
  }

  async list(tenant: string): Promise<WebhookView[]> {
    const rows = await askStore(() =>
      this.store.query<WebhookRow[]>(`SELECT ${COLUMNS} FROM webhooks WHERE tenant = $1 ORDER BY id`, [tenant]),
    );
    return rows.map(toView);
  }

  /** Throws `not_found`. */
  async remove(tenant: string, id: string): Promise<void> {
    const rows = await askStore(() =>
      this.store.query<unknown[]>(
        'WITH gone AS (DELETE FROM webhooks WHERE tenant = $1 AND id = $2 RETURNING id) SELECT id FROM gone',
        [tenant, id],
      ),
    );
    if (rows.length === 0) throw notFound(id);
  }

  /** Throws `not_found`. */
  async rotate(tenant: string, id: string): Promise<WebhookWithSecrets> {
    const [row] = await askStore(() =>
      this.store.query<WebhookRow[]>(
        `WITH turned AS (
           UPDATE webhooks SET secret_before = secret, secret_before_until = now() + make_interval(hours => $4), secret = $3
           WHERE tenant = $1 AND id = $2 RETURNING *
         ) SELECT ${COLUMNS} FROM turned`,
        [tenant, id, newSecret(), BOTH_VALID_HOURS],
      ),
    );
    if (row === undefined) throw notFound(id);
    return toSecretView(row);
  }

  /** Writes down what is to be delivered: to the endpoint the job names, and to those of its tenant that hear of all. */
  async callOut(calls: readonly CalledOut[]): Promise<void> {
    if (calls.length === 0) return;
    await inTransaction(this.store, async (manager) => {
      for (const call of calls) await insertDeliveries(manager, call);
    });
  }

  /** Takes deliveries that are due for a try; whoever took them is given up after `leaseMs`. */
  async takeDue(most: number, leaseMs: number): Promise<DueDelivery[]> {
    return askStore(() =>
      this.store.query<DueDelivery[]>(
        `WITH due AS (
           SELECT d.id FROM webhook_deliveries d JOIN webhooks w ON w.id = d.webhook_id
           WHERE d.status = 'pending' AND d.next_at <= now() AND NOT w.is_off
             AND (w.rests_until IS NULL OR w.rests_until <= now())
           ORDER BY d.next_at LIMIT $1 FOR UPDATE OF d SKIP LOCKED
         ), taken AS (
           UPDATE webhook_deliveries SET tries = tries + 1, next_at = now() + $2 * interval '1 millisecond'
           WHERE id IN (SELECT id FROM due) RETURNING *
         )
         SELECT taken.id, taken.event_id AS "eventId", taken.webhook_id AS "webhookId", w.url, taken.body, taken.tries,
           w.failures,
           CASE WHEN w.secret_before_until > now() THEN ARRAY[w.secret, w.secret_before] ELSE ARRAY[w.secret] END AS secrets
         FROM taken JOIN webhooks w ON w.id = taken.webhook_id ORDER BY taken.id`,
        [most, leaseMs],
      ),
    );
  }

  /** Writes down what came of a try. */
  settle(
    { id, webhookId }: Pick<DueDelivery, 'id' | 'webhookId'>,
    { statusCode, error }: { statusCode: number | null; error: string | null },
    after: AfterTry,
  ): Promise<void> {
    const inMs = (parameter: string): string => `now() + ${parameter}::float8 * interval '1 millisecond'`;
    return inTransaction(this.store, async (manager) => {
      await manager.query(
        `UPDATE webhook_deliveries SET status = $2, status_code = $3, error = $4, next_at = coalesce(${inMs('$5')}, next_at),
           delivered_at = CASE WHEN $2 = 'delivered' THEN now() END
         WHERE id = $1`,
        [id, after.status, statusCode, error, after.pauseMs],
      );
      await manager.query(
        `UPDATE webhooks SET failures = $2, rests_until = ${inMs('$3')}, is_off = is_off OR $4 WHERE id = $1`,
        [webhookId, after.failures, after.restMs, after.isGone],
      );
    });
  }

  /** Throws `not_found`. */
  async deliveries(tenant: string, webhookId: string, limit: number): Promise<DeliveryView[]> {
    await this.get(tenant, webhookId);
    const rows = await askStore(() =>
      this.store.query<DeliveryRow[]>(
        'SELECT * FROM webhook_deliveries WHERE webhook_id = $1 ORDER BY id DESC LIMIT $2',
        [webhookId, limit],
      ),
    );
    return rows.map(toDeliveryView);
  }

  /** Makes a delivery due again. Throws `not_found`. */
  async redeliver(tenant: string, webhookId: string, id: string): Promise<DeliveryView> {
    await this.get(tenant, webhookId);
    const [row] = await askStore(() =>
      this.store.query<DeliveryRow[]>(
        `WITH again AS (
           UPDATE webhook_deliveries SET status = 'pending', tries = 0, next_at = now()
           WHERE webhook_id = $1 AND id = $2 RETURNING *
         ) SELECT * FROM again`,
        [webhookId, id],
      ),
    );
    if (row === undefined) throw new SkeinError('not_found', `There is no delivery "${id}".`, { param: 'delivery' });
    return toDeliveryView(row);
  }
}

async function insertDeliveries(manager: EntityManager, call: CalledOut): Promise<void> {
  const endpoints = await manager.query<{ id: string }[]>(
    `SELECT id FROM webhooks WHERE tenant = $1 AND NOT is_off AND $2 = ANY(events) AND (id = $3 OR NOT only_named)`,
    [call.tenant, call.event, call.webhookId],
  );
  for (const { id } of endpoints) {
    await manager.query(
      `INSERT INTO webhook_deliveries (id, webhook_id, event_id, event, job_id, body) VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (webhook_id, event_id) DO NOTHING`,
      [newId('del'), id, call.eventId, call.event, call.jobId, call.body],
    );
  }
}

function toView({ secrets: _secrets, created_at: createdAt, ...row }: WebhookRow): WebhookView {
  return { ...row, object: 'webhook', created_at: createdAt.toISOString() };
}

const toSecretView = (row: WebhookRow): WebhookWithSecrets => ({ ...toView(row), secrets: row.secrets });

function toDeliveryView(row: DeliveryRow): DeliveryView {
  return {
    id: row.id,
    object: 'webhook.delivery',
    webhook: row.webhook_id,
    event: row.event,
    job: row.job_id,
    status: row.status,
    tries: row.tries,
    status_code: row.status_code,
    error: row.error,
    created_at: row.created_at.toISOString(),
    delivered_at: row.delivered_at?.toISOString() ?? null,
    next_at: row.status === 'pending' ? row.next_at.toISOString() : null,
  };
}

function notFound(id: string): SkeinError {
  return new SkeinError('not_found', `There is no webhook "${id}".`, { param: 'id' });
}
