import type { MigrationInterface, QueryRunner } from 'typeorm';

export class MakeLedger1760000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE ledger_postings (
        attempt_id text PRIMARY KEY,
        request_id text NOT NULL,
        tenant text NOT NULL,
        project text,
        key_id text NOT NULL,
        "user" text,
        cost_center text,
        kind text NOT NULL,
        vendor text NOT NULL,
        model text NOT NULL,
        task text,
        outcome text NOT NULL,
        input_uncached bigint,
        cache_read bigint,
        cache_write_5m bigint,
        cache_write_1h bigint,
        audio_in bigint,
        image_in bigint,
        output bigint,
        reasoning bigint,
        audio_out bigint,
        usage_source text NOT NULL,
        cost_nano_usd bigint CHECK (cost_nano_usd >= 0),
        price_revision text NOT NULL,
        sandboxed boolean NOT NULL,
        at timestamptz NOT NULL,
        posted_at timestamptz NOT NULL DEFAULT now(),
        is_correction boolean NOT NULL DEFAULT false,
        CONSTRAINT unknown_posts_nothing CHECK (outcome <> 'unknown' OR cost_nano_usd IS NULL)
      )`);
    await runner.query('CREATE INDEX ledger_postings_by_key ON ledger_postings (tenant, key_id, at)');
    await runner.query('CREATE INDEX ledger_postings_by_request ON ledger_postings (request_id)');
    await runner.query(`
      CREATE TABLE ledger_corrections (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        attempt_id text NOT NULL REFERENCES ledger_postings,
        from_outcome text NOT NULL,
        to_outcome text NOT NULL,
        cost_nano_usd bigint,
        corrected_at timestamptz NOT NULL DEFAULT now()
      )`);
    await runner.query('CREATE INDEX ledger_corrections_by_attempt ON ledger_corrections (attempt_id)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE ledger_corrections');
    await runner.query('DROP TABLE ledger_postings');
  }
}
