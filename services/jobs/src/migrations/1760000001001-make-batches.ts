import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Files are kept in parts, so that no process ever holds a whole one. A line of a batch has its own epoch and lease, as a
 * job has, but is taken and settled in company: a hundred thousand of them are one customer's one wish.
 */
export class MakeBatches1760000001001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE files (
        id text PRIMARY KEY,
        tenant text NOT NULL,
        filename text NOT NULL,
        purpose text NOT NULL,
        bytes bigint NOT NULL DEFAULT 0,
        status text NOT NULL CHECK (status IN ('uploading', 'processed')),
        created_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz
      )`);
    await runner.query('CREATE INDEX files_by_tenant ON files (tenant, id)');
    await runner.query('CREATE INDEX files_by_expiry ON files (expires_at) WHERE expires_at IS NOT NULL');
    await runner.query(`
      CREATE TABLE file_parts (
        file_id text NOT NULL REFERENCES files ON DELETE CASCADE,
        seq integer NOT NULL,
        data bytea NOT NULL,
        PRIMARY KEY (file_id, seq)
      )`);
    // JSONL hardly shrinks to what compressing each part costs.
    await runner.query('ALTER TABLE file_parts ALTER COLUMN data SET STORAGE EXTERNAL');
    await runner.query(`
      CREATE TABLE batches (
        id text PRIMARY KEY,
        tenant text NOT NULL,
        caller json NOT NULL,
        dialect text NOT NULL,
        endpoint text NOT NULL,
        lane text NOT NULL,
        idempotency_key text,
        fingerprint text NOT NULL,
        input_file_id text NOT NULL,
        completion_window text NOT NULL,
        metadata json NOT NULL,
        status text NOT NULL,
        ends_as text CHECK (ends_as IN ('completed', 'expired', 'cancelled')),
        epoch integer NOT NULL DEFAULT 0,
        errors json NOT NULL DEFAULT '[]',
        output_file_id text,
        error_file_id text,
        total integer NOT NULL DEFAULT 0,
        times jsonb NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL,
        queue_checked_at timestamptz NOT NULL DEFAULT now(),
        traceparent text
      )`);
    await runner.query('CREATE INDEX batches_by_tenant ON batches (tenant, id)');
    await runner.query(
      'CREATE UNIQUE INDEX batches_by_idempotency_key ON batches (tenant, idempotency_key) WHERE idempotency_key IS NOT NULL',
    );
    await runner.query(
      `CREATE INDEX batches_open ON batches (queue_checked_at) WHERE status IN ('validating', 'in_progress', 'finalizing', 'cancelling')`,
    );
    await runner.query(`
      CREATE TABLE batch_lines (
        batch_id text NOT NULL REFERENCES batches ON DELETE CASCADE,
        line_no integer NOT NULL,
        custom_id text NOT NULL,
        body json NOT NULL,
        status text NOT NULL DEFAULT 'queued'
          CHECK (status IN ('queued', 'running', 'at_vendor', 'succeeded', 'failed', 'cancelled', 'expired')),
        lane text NOT NULL CHECK (lane IN ('undecided', 'realtime', 'vendor')),
        vendor text,
        model text,
        vendor_batch text,
        epoch integer NOT NULL DEFAULT 0,
        failed_runs integer NOT NULL DEFAULT 0,
        not_before timestamptz,
        lease_owner text,
        lease_expires_at timestamptz,
        request_id text,
        result json,
        error json,
        attempts json NOT NULL DEFAULT '[]',
        cost_nano_usd bigint NOT NULL DEFAULT 0,
        PRIMARY KEY (batch_id, line_no),
        CONSTRAINT running_line_is_leased CHECK ((status = 'running') = (lease_expires_at IS NOT NULL))
      )`);
    await runner.query(
      `CREATE INDEX batch_lines_open ON batch_lines (batch_id, line_no) WHERE status IN ('queued', 'running', 'at_vendor')`,
    );
    await runner.query(`
      CREATE TABLE vendor_batches (
        id text PRIMARY KEY,
        batch_id text NOT NULL REFERENCES batches ON DELETE CASCADE,
        vendor text NOT NULL,
        model text NOT NULL,
        vendor_batch_id text,
        status text NOT NULL CHECK (status IN ('submitting', 'running', 'leaving', 'over')),
        next_look_at timestamptz NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now()
      )`);
    await runner.query(`CREATE INDEX vendor_batches_open ON vendor_batches (next_look_at) WHERE status <> 'over'`);
    await runner.query(
      'CREATE INDEX batch_lines_at_vendor ON batch_lines (vendor_batch) WHERE vendor_batch IS NOT NULL',
    );
    // A run without an end is one whose runner was lost; what its attempts came to may still be heard of.
    await runner.query(`
      CREATE TABLE lost_line_runs (
        request_id text PRIMARY KEY,
        batch_id text NOT NULL,
        line_no integer NOT NULL,
        FOREIGN KEY (batch_id, line_no) REFERENCES batch_lines ON DELETE CASCADE
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['lost_line_runs', 'vendor_batches', 'batch_lines', 'batches', 'file_parts', 'files'])
      await runner.query(`DROP TABLE ${table}`);
  }
}
