import type { MigrationInterface, QueryRunner } from 'typeorm';

export class ExpireResponses1760000000041 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE INDEX stored_responses_by_age ON stored_responses (kept_at)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX stored_responses_by_age');
  }
}
