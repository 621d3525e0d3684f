import type { MigrationInterface, QueryRunner } from 'typeorm';

export class StoreResponses1760000000021 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE stored_responses (
        tenant text NOT NULL,
        id text NOT NULL,
        previous_id text,
        input json NOT NULL,
        response json NOT NULL,
        kept_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (tenant, id)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE stored_responses');
  }
}
