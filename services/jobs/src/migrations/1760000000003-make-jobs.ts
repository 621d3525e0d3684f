import { createOutboxSql } from '@skein/store';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What customers wrote and vendors answered is kept as `json`, not `jsonb`: as it came, fields in their order, and with
 * the characters jsonb has no room for.
 */
export class MakeJobs1760000000003 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE jobs (
        id text PRIMARY KEY,
        tenant text NOT NULL,
        caller json NOT NULL,
        idempotency_key text,
        fingerprint text NOT NULL,
        endpoint text NOT NULL,
        body json NOT NULL,
        metadata json NOT NULL,
        priority text NOT NULL,
        retry_unknown boolean NOT NULL,
        max_runs integer NOT NULL,
        deadline_at timestamptz,
        not_before timestamptz,
        created_at timestamptz NOT NULL,
        traceparent text,
        status text NOT NULL CHECK (status IN ('queued','scheduled','running','succeeded','failed','cancelled','expired')),
        epoch integer NOT NULL DEFAULT 0,
        failed_runs integer NOT NULL DEFAULT 0,
        result json,
        error json,
        lease_owner text,
        lease_expires_at timestamptz,
        queue_checked_at timestamptz NOT NULL DEFAULT now(),
        started_at timestamptz,
        finished_at timestamptz,
        CONSTRAINT running_is_leased CHECK ((status = 'running') = (lease_expires_at IS NOT NULL))
      )`);
    await runner.query(
      'CREATE UNIQUE INDEX jobs_by_idempotency_key ON jobs (tenant, idempotency_key) WHERE idempotency_key IS NOT NULL',
    );
    await runner.query('CREATE INDEX jobs_by_tenant ON jobs (tenant, id)');
    await runner.query(`CREATE INDEX jobs_waiting ON jobs (queue_checked_at) WHERE status IN ('queued', 'scheduled')`);
    await runner.query(`CREATE INDEX jobs_leased ON jobs (lease_expires_at) WHERE status = 'running'`);
    await runner.query(
      `CREATE INDEX jobs_with_deadline ON jobs (deadline_at) WHERE deadline_at IS NOT NULL AND status IN ('queued', 'scheduled')`,
    );
    // A run without an end is one whose runner was lost.
    await runner.query(`
      CREATE TABLE job_runs (
        request_id text PRIMARY KEY,
        job_id text NOT NULL REFERENCES jobs ON DELETE CASCADE,
        epoch integer NOT NULL,
        started_at timestamptz NOT NULL DEFAULT now(),
        ended_at timestamptz,
        UNIQUE (job_id, epoch)
      )`);
    await runner.query(`
      CREATE TABLE job_attempts (
        attempt_id text PRIMARY KEY,
        job_id text NOT NULL REFERENCES jobs ON DELETE CASCADE,
        position bigint GENERATED ALWAYS AS IDENTITY,
        outcome text NOT NULL,
        summary json NOT NULL
      )`);
    await runner.query('CREATE INDEX job_attempts_by_job ON job_attempts (job_id, position)');
    await runner.query(createOutboxSql('jobs_outbox'));
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['jobs_outbox', 'job_attempts', 'job_runs', 'jobs']) await runner.query(`DROP TABLE ${table}`);
  }
}
