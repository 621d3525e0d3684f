import { Column, Entity, PrimaryColumn, type MigrationInterface, type QueryRunner } from 'typeorm';
import { createOutboxSql, safeInteger } from '../src/index.js';

@Entity('postings')
export class PostingRow {
  @PrimaryColumn({ type: 'text' })
  id!: string;

  @Column({ type: 'bigint', name: 'cost_nano_usd', transformer: safeInteger, nullable: true })
  costNanoUsd!: number | null;
}

export class MakePostings1760000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE postings (id text PRIMARY KEY, cost_nano_usd bigint)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE postings');
  }
}

export class MakeOutbox1760000000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(createOutboxSql('test_outbox'));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE test_outbox');
  }
}
