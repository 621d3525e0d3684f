import type { MigrationInterface, QueryRunner } from 'typeorm';

export class KeepExchangeRates1760000000004 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE ledger_postings
        ADD COLUMN price_currency text,
        ADD COLUMN currency_per_usd text,
        ADD COLUMN currency_rate_date text`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE ledger_postings
        DROP COLUMN price_currency,
        DROP COLUMN currency_per_usd,
        DROP COLUMN currency_rate_date`);
  }
}
