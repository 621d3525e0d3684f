import { createOutboxSql } from '@skein/store';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What customers wrote and models answered is `json`, not `jsonb`: as it came, fields in their order. */
export class MakeWorkflows1760000000010 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE workflow_versions (
        tenant text NOT NULL,
        name text NOT NULL,
        version integer NOT NULL,
        revision text NOT NULL,
        definition json NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (tenant, name, version)
      )`);
    await runner.query(`
      CREATE TABLE workflow_runs (
        id text PRIMARY KEY,
        tenant text NOT NULL,
        caller json NOT NULL,
        workflow text NOT NULL,
        version integer,
        definition json NOT NULL,
        strategy json,
        inputs json NOT NULL,
        metadata json NOT NULL,
        is_awaited boolean NOT NULL,
        priority text NOT NULL,
        budget_nano bigint,
        deadline_at timestamptz,
        traceparent text,
        status text NOT NULL CHECK (status IN ('queued','running','succeeded','failed','cancelled','expired')),
        epoch integer NOT NULL DEFAULT 0,
        lease_owner text,
        lease_expires_at timestamptz,
        output json,
        degraded boolean NOT NULL DEFAULT false,
        notices json NOT NULL DEFAULT '[]',
        error json,
        queue_checked_at timestamptz NOT NULL DEFAULT now(),
        created_at timestamptz NOT NULL,
        started_at timestamptz,
        finished_at timestamptz,
        CONSTRAINT running_is_leased CHECK ((status = 'running') = (lease_expires_at IS NOT NULL))
      )`);
    await runner.query('CREATE INDEX workflow_runs_by_tenant ON workflow_runs (tenant, id)');
    await runner.query(
      `CREATE INDEX workflow_runs_waiting ON workflow_runs (queue_checked_at) WHERE status = 'queued'`,
    );
    await runner.query(
      `CREATE INDEX workflow_runs_leased ON workflow_runs (lease_expires_at) WHERE status = 'running'`,
    );
    // A step is begun once under its key: what is finished is never done, or paid for, again.
    await runner.query(`
      CREATE TABLE workflow_steps (
        run_id text NOT NULL REFERENCES workflow_runs ON DELETE CASCADE,
        stage text NOT NULL,
        part text NOT NULL,
        round integer NOT NULL,
        try integer NOT NULL,
        position bigint GENERATED ALWAYS AS IDENTITY,
        epoch integer NOT NULL,
        request_id text,
        status text NOT NULL CHECK (status IN ('running','succeeded','failed','cancelled','lost')),
        value json,
        error json,
        attempts json NOT NULL DEFAULT '[]',
        cost_nano bigint,
        started_at timestamptz NOT NULL,
        ended_at timestamptz,
        PRIMARY KEY (run_id, stage, part, round, try)
      )`);
    await runner.query('CREATE UNIQUE INDEX workflow_steps_by_request ON workflow_steps (request_id)');
    await runner.query(`
      CREATE TABLE workflow_documents (
        tenant text NOT NULL,
        hash text NOT NULL,
        made_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (tenant, hash)
      )`);
    await runner.query(`
      CREATE TABLE workflow_chunks (
        tenant text NOT NULL,
        hash text NOT NULL,
        seq integer NOT NULL,
        text text NOT NULL,
        words tsvector GENERATED ALWAYS AS (to_tsvector('simple', text)) STORED,
        PRIMARY KEY (tenant, hash, seq),
        FOREIGN KEY (tenant, hash) REFERENCES workflow_documents ON DELETE CASCADE
      )`);
    await runner.query('CREATE INDEX workflow_chunks_words ON workflow_chunks USING gin (words)');
    await runner.query(`
      CREATE TABLE workflow_vectors (
        tenant text NOT NULL,
        text_hash text NOT NULL,
        model text NOT NULL,
        vector real[] NOT NULL,
        PRIMARY KEY (tenant, text_hash, model)
      )`);
    await runner.query(createOutboxSql('workflows_outbox'));
  }

  async down(runner: QueryRunner): Promise<void> {
    const tables = ['outbox', 'vectors', 'chunks', 'documents', 'steps', 'runs', 'versions'];
    for (const table of tables)
      await runner.query(`DROP TABLE ${table === 'outbox' ? 'workflows' : 'workflow'}_${table}`);
  }
}
