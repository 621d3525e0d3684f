import type { MigrationInterface, QueryRunner } from 'typeorm';

export class MakeRecords1760000000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE attempt_records (
        attempt_id text PRIMARY KEY,
        request_id text NOT NULL,
        tenant text NOT NULL,
        attempt_no integer NOT NULL,
        state text NOT NULL,
        started_at_ms bigint NOT NULL,
        details json NOT NULL
      )`);
    await runner.query('CREATE INDEX attempt_records_by_request ON attempt_records (tenant, request_id)');
    await runner.query(`
      CREATE TABLE request_records (
        tenant text NOT NULL,
        id text NOT NULL,
        kind text NOT NULL,
        status text NOT NULL,
        finished_at timestamptz NOT NULL,
        finished json NOT NULL,
        PRIMARY KEY (tenant, id)
      )`);
    await runner.query('CREATE INDEX request_records_by_end ON request_records (tenant, finished_at)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE request_records');
    await runner.query('DROP TABLE attempt_records');
  }
}
