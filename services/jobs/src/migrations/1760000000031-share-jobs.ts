import { createOutboxSql } from '@skein/store';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Payloads apart from rows, so that they can expire; events in the order they happened, so that anybody can go on reading
 * from anywhere; and what the dispatcher needs to deal the queue out fairly. The row itself says whether it is in the
 * queue (`dispatched_at`): no outbox beside it.
 */
export class ShareJobs1760000000031 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE job_payloads (
        job_id text NOT NULL REFERENCES jobs ON DELETE CASCADE,
        kind text NOT NULL CHECK (kind IN ('request', 'result')),
        content bytea NOT NULL,
        written_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (job_id, kind)
      )`);
    await runner.query(
      `INSERT INTO job_payloads (job_id, kind, content) SELECT id, 'request', convert_to(body::text, 'UTF8') FROM jobs`,
    );
    await runner.query(
      `INSERT INTO job_payloads (job_id, kind, content) SELECT id, 'result', convert_to(result::text, 'UTF8') FROM jobs WHERE result IS NOT NULL`,
    );
    await runner.query(`
      ALTER TABLE jobs DROP COLUMN body, DROP COLUMN result,
        ADD COLUMN on_exhausted text NOT NULL DEFAULT 'fail',
        ADD COLUMN webhook_id text,
        ADD COLUMN origin text NOT NULL DEFAULT 'api',
        ADD COLUMN vendor text,
        ADD COLUMN target text,
        ADD COLUMN place timestamptz NOT NULL DEFAULT now(),
        ADD COLUMN dispatched_at timestamptz,
        ADD COLUMN explanation json,
        ADD COLUMN payload_expired boolean NOT NULL DEFAULT false`);
    await runner.query('DROP INDEX jobs_waiting');
    await runner.query('ALTER TABLE jobs DROP COLUMN queue_checked_at');
    await runner.query(
      `CREATE INDEX jobs_to_dispatch ON jobs (tenant, place, id) INCLUDE (target) WHERE status = 'queued' AND dispatched_at IS NULL`,
    );
    await runner.query('CREATE INDEX jobs_dispatched ON jobs (dispatched_at) WHERE dispatched_at IS NOT NULL');
    await runner.query(`CREATE INDEX jobs_due ON jobs (not_before) WHERE status = 'scheduled'`);
    await runner.query(`CREATE INDEX jobs_by_status ON jobs (tenant, status, id)`);
    await runner.query("CREATE INDEX jobs_by_origin ON jobs (origin, status) WHERE origin <> 'api'");
    await runner.query(
      'CREATE INDEX jobs_with_payload ON jobs (finished_at) WHERE finished_at IS NOT NULL AND NOT payload_expired',
    );
    await runner.query(`
      CREATE TABLE job_events (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        job_id text NOT NULL REFERENCES jobs ON DELETE CASCADE,
        type text NOT NULL,
        status text,
        epoch integer NOT NULL,
        data json,
        happened_at timestamptz NOT NULL DEFAULT now(),
        is_said boolean NOT NULL DEFAULT false
      )`);
    await runner.query('CREATE INDEX job_events_by_job ON job_events (job_id, id)');
    await runner.query('CREATE INDEX job_events_to_say ON job_events (id) WHERE NOT is_said');
    await runner.query(`
      CREATE TABLE job_shares (
        tenant text PRIMARY KEY,
        used_seconds double precision NOT NULL DEFAULT 0,
        used_at timestamptz NOT NULL DEFAULT now(),
        job_seconds double precision,
        last_turn bigint NOT NULL DEFAULT 0
      )`);
    await runner.query(`
      CREATE TABLE job_limits (
        scope text NOT NULL CHECK (scope IN ('tenant', 'vendor')),
        name text NOT NULL,
        concurrency integer,
        per_minute integer,
        weight double precision NOT NULL DEFAULT 1 CHECK (weight > 0),
        PRIMARY KEY (scope, name)
      )`);
    await runner.query(`
      CREATE TABLE job_runners (
        instance text PRIMARY KEY,
        slots integer NOT NULL,
        beat_at timestamptz NOT NULL DEFAULT now()
      )`);
    await runner.query('CREATE INDEX job_runs_lately ON job_runs (started_at)');
    await runner.query('DROP TABLE jobs_outbox');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      `ALTER TABLE jobs ADD COLUMN body json, ADD COLUMN result json, ADD COLUMN queue_checked_at timestamptz NOT NULL DEFAULT now()`,
    );
    for (const [kind, column] of [
      ['request', 'body'],
      ['result', 'result'],
    ]) {
      await runner.query(
        `UPDATE jobs SET ${column} = convert_from(content, 'UTF8')::json FROM job_payloads WHERE job_id = id AND kind = '${kind}'`,
      );
    }
    await runner.query(`
      ALTER TABLE jobs DROP COLUMN on_exhausted, DROP COLUMN webhook_id, DROP COLUMN origin,
        DROP COLUMN vendor, DROP COLUMN target, DROP COLUMN place, DROP COLUMN dispatched_at, DROP COLUMN explanation,
        DROP COLUMN payload_expired`);
    await runner.query('DROP INDEX jobs_by_status, job_runs_lately');
    await runner.query(`CREATE INDEX jobs_waiting ON jobs (queue_checked_at) WHERE status IN ('queued', 'scheduled')`);
    for (const table of ['job_runners', 'job_limits', 'job_shares', 'job_events', 'job_payloads'])
      await runner.query(`DROP TABLE ${table}`);
    await runner.query(createOutboxSql('jobs_outbox'));
  }
}
