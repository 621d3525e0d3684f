import { safeInteger } from '@skein/store';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Posting } from './to-posting.js';

const tokens = { type: 'bigint', nullable: true, transformer: safeInteger } as const;

/** One row of the ledger: what one attempt used and cost. Its columns are those of a posting, and two of the table's own. */
@Entity('ledger_postings')
export class LedgerPosting implements Posting {
  @PrimaryColumn({ type: 'text' }) attempt_id!: string;
  @Column({ type: 'text' }) request_id!: string;
  @Column({ type: 'text' }) tenant!: string;
  @Column({ type: 'text', nullable: true }) project!: string | null;
  @Column({ type: 'text' }) key_id!: string;
  @Column({ type: 'text', nullable: true }) user!: string | null;
  @Column({ type: 'text', nullable: true }) cost_center!: string | null;
  @Column({ type: 'text' }) kind!: Posting['kind'];
  @Column({ type: 'text' }) vendor!: string;
  @Column({ type: 'text' }) model!: string;
  @Column({ type: 'text', nullable: true }) task!: string | null;
  @Column({ type: 'text' }) outcome!: Posting['outcome'];
  @Column(tokens) input_uncached!: number | null;
  @Column(tokens) cache_read!: number | null;
  @Column(tokens) cache_write_5m!: number | null;
  @Column(tokens) cache_write_1h!: number | null;
  @Column(tokens) audio_in!: number | null;
  @Column(tokens) image_in!: number | null;
  @Column(tokens) output!: number | null;
  @Column(tokens) reasoning!: number | null;
  @Column(tokens) audio_out!: number | null;
  @Column({ type: 'text' }) usage_source!: Posting['usage_source'];
  @Column({ type: 'bigint', nullable: true, transformer: safeInteger }) cost_nano_usd!: number | null;
  @Column({ type: 'text' }) price_revision!: string;
  @Column({ type: 'text', nullable: true }) price_currency!: string | null;
  @Column({ type: 'text', nullable: true }) currency_per_usd!: string | null;
  @Column({ type: 'text', nullable: true }) currency_rate_date!: string | null;
  @Column({ type: 'boolean' }) sandboxed!: boolean;
  @Column({ type: 'timestamptz' }) at!: string;
  @Column({ type: 'timestamptz', insert: false }) posted_at!: Date;
  /** Did it supersede an unknown outcome? `ledger_corrections` says when. */
  @Column({ type: 'boolean', insert: false }) is_correction!: boolean;
}
