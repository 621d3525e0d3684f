import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Lines are taken by their bytes too: some of them may be as long as any request, and many are held at once. A line that asks
 * in another dialect than it is run in keeps what its answer repeats of it.
 */
export class WeighLines1760000001021 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE batch_lines ADD bytes integer NOT NULL DEFAULT 0, ADD asked json');
    await runner.query(
      `UPDATE batch_lines SET bytes = octet_length(body::text) WHERE status IN ('queued', 'running', 'at_vendor')`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE batch_lines DROP bytes, DROP asked');
  }
}
