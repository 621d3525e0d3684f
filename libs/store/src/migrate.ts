import { DataSource, MigrationExecutor, type DataSourceOptions } from 'typeorm';
import type { Logger } from '@skein/telemetry';

/**
 * Brings the schema up to date on one connection of its own, without statement time-outs. Replicas that start at once take
 * turns at an advisory lock of the schema; all but the first find nothing to do. Each migration is its own transaction.
 */
export async function migrate(options: DataSourceOptions, schema: string, logger: Logger): Promise<void> {
  const dataSource = await new DataSource(options).initialize();
  try {
    const runner = dataSource.createQueryRunner();
    await runner.query('SELECT pg_advisory_lock(hashtext($1), hashtext($2))', ['skein migrations', schema]);
    // Not CREATE … IF NOT EXISTS alone: that asks for a right on the database which an operator may have kept.
    const [found] = await runner.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [schema]);
    if (found === undefined) await runner.query(`CREATE SCHEMA "${schema}"`);
    const executor = new MigrationExecutor(dataSource, runner);
    executor.transaction = 'each';
    for (const { name } of await executor.executePendingMigrations())
      logger.info({ schema, migration: name }, 'migrated');
    await runner.release();
  } finally {
    // Ending the session frees the lock in every case.
    await dataSource.destroy();
  }
}
