import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Lines that differ in their input alone are of one kind, and share calls. What a call was made of is written down before it
 * is made, so that also late news of it can be divided over its lines.
 */
export class MergeLines1760000001011 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE batch_lines
        DROP CONSTRAINT batch_lines_lane_check,
        ADD CONSTRAINT batch_lines_lane_check CHECK (lane IN ('undecided', 'realtime', 'vendor', 'merge')),
        ADD merge_key text,
        ADD input_tokens integer,
        ADD answer_tokens integer,
        ADD redone boolean NOT NULL DEFAULT false,
        ADD alone_nano_usd bigint`);
    await runner.query(
      `CREATE INDEX batch_lines_to_merge ON batch_lines (batch_id, merge_key, line_no) WHERE status = 'queued' AND lane = 'merge'`,
    );
    await runner.query('CREATE INDEX batch_lines_merged ON batch_lines (batch_id) WHERE alone_nano_usd IS NOT NULL');
    await runner.query(`
      CREATE TABLE merge_kinds (
        batch_id text NOT NULL REFERENCES batches ON DELETE CASCADE,
        key text NOT NULL,
        policy jsonb NOT NULL,
        shared_tokens integer NOT NULL,
        PRIMARY KEY (batch_id, key)
      )`);
    await runner.query(`
      CREATE TABLE merged_calls (
        request_id text PRIMARY KEY,
        batch_id text NOT NULL REFERENCES batches ON DELETE CASCADE,
        line_nos integer[] NOT NULL,
        weights integer[] NOT NULL,
        ended boolean NOT NULL DEFAULT false
      )`);
    await runner.query('CREATE INDEX merged_calls_by_batch ON merged_calls (batch_id)');
    // Lines of one call have its request in common.
    await runner.query(
      'ALTER TABLE lost_line_runs DROP CONSTRAINT lost_line_runs_pkey, ADD PRIMARY KEY (request_id, batch_id, line_no)',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DELETE FROM lost_line_runs WHERE request_id IN (SELECT request_id FROM merged_calls)`);
    await runner.query('ALTER TABLE lost_line_runs DROP CONSTRAINT lost_line_runs_pkey, ADD PRIMARY KEY (request_id)');
    for (const table of ['merged_calls', 'merge_kinds']) await runner.query(`DROP TABLE ${table}`);
    await runner.query(`UPDATE batch_lines SET lane = 'realtime' WHERE lane = 'merge'`);
    await runner.query(`
      ALTER TABLE batch_lines
        DROP CONSTRAINT batch_lines_lane_check,
        ADD CONSTRAINT batch_lines_lane_check CHECK (lane IN ('undecided', 'realtime', 'vendor')),
        DROP merge_key, DROP input_tokens, DROP answer_tokens, DROP redone, DROP alone_nano_usd`);
  }
}
