import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Schedules, and endpoints of customers that are called when their jobs change. */
export class CallOut1760000000032 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE job_schedules (
        id text PRIMARY KEY,
        tenant text NOT NULL,
        name text,
        cron text NOT NULL,
        tz text NOT NULL,
        caller json NOT NULL,
        submission json NOT NULL,
        webhook_id text,
        created_at timestamptz NOT NULL DEFAULT now(),
        next_at timestamptz NOT NULL,
        last_at timestamptz,
        last_job text
      )`);
    await runner.query('CREATE INDEX job_schedules_by_tenant ON job_schedules (tenant, id)');
    await runner.query('CREATE INDEX job_schedules_due ON job_schedules (next_at)');
    await runner.query(`
      CREATE TABLE webhooks (
        id text PRIMARY KEY,
        tenant text NOT NULL,
        url text NOT NULL,
        events text[] NOT NULL,
        only_named boolean NOT NULL,
        secret text NOT NULL,
        secret_before text,
        secret_before_until timestamptz,
        failures integer NOT NULL DEFAULT 0,
        rests_until timestamptz,
        is_off boolean NOT NULL DEFAULT false,
        created_at timestamptz NOT NULL DEFAULT now(),
        UNIQUE (tenant, url)
      )`);
    await runner.query(`
      CREATE TABLE webhook_deliveries (
        id text PRIMARY KEY,
        webhook_id text NOT NULL REFERENCES webhooks ON DELETE CASCADE,
        event_id text NOT NULL,
        event text NOT NULL,
        job_id text NOT NULL,
        body text NOT NULL,
        status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'delivered', 'failed')),
        tries integer NOT NULL DEFAULT 0,
        next_at timestamptz NOT NULL DEFAULT now(),
        status_code integer,
        error text,
        created_at timestamptz NOT NULL DEFAULT now(),
        delivered_at timestamptz,
        UNIQUE (webhook_id, event_id)
      )`);
    await runner.query(`CREATE INDEX webhook_deliveries_due ON webhook_deliveries (next_at) WHERE status = 'pending'`);
    await runner.query('CREATE INDEX webhook_deliveries_by_webhook ON webhook_deliveries (webhook_id, id)');
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['webhook_deliveries', 'webhooks', 'job_schedules']) await runner.query(`DROP TABLE ${table}`);
  }
}
