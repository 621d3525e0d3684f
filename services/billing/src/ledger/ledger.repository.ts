import { Inject, Injectable } from '@nestjs/common';
import { noUsage, type TokenBucket, type UsageBuckets } from '@skein/contracts/attempt';
import {
  askStore,
  columnArrays,
  preparedStatement,
  toSafeInteger,
  type ArrayColumn,
  type ColumnArrays,
} from '@skein/store';
import type { DataSource } from 'typeorm';
import { LedgerPosting } from './ledger-posting.entity.js';
import { bestOfEachAttempt, type Posting } from './to-posting.js';

export const LEDGER_STORE = Symbol('LEDGER_STORE');

/** What a batch did to the ledger. A batch that was posted before changes nothing. */
export interface PostedBatch {
  /** Attempts posted for the first time. */
  readonly posted: number;
  /** Attempts whose outcome was unknown until now. */
  readonly superseded: number;
}

export interface KeyUsage {
  readonly requests: number;
  readonly attempts: number;
  readonly unknown: number;
  readonly tokens: UsageBuckets;
  readonly cost_nano_usd: number;
}

const BUCKETS = Object.keys(noUsage) as TokenBucket[];

/** The ledger: one posting per attempt id, for good. Only an unknown outcome is ever replaced, and that is written down. */
@Injectable()
export class LedgerRepository {
  readonly #postings: ColumnArrays<Posting>;
  readonly #insert: (rows: readonly unknown[]) => Promise<PostedBatch[]>;

  constructor(@Inject(LEDGER_STORE) private readonly store: DataSource) {
    const columns = store.getMetadata(LedgerPosting).columns.filter(({ isInsert }) => isInsert);
    this.#postings = columnArrays(columns.map(arrayColumnOf));
    const names = columns.map(({ databaseName }) => databaseName);
    this.#insert = preparedStatement(store, 'post', writePostSql(this.#postings, names));
  }

  /** Posts a batch in one statement: all of it or nothing. Throws `unavailable` when PostgreSQL is away. */
  async post(postings: readonly Posting[]): Promise<PostedBatch> {
    if (postings.length === 0) return { posted: 0, superseded: 0 };
    const rows = this.#postings.parameters(bestOfEachAttempt(postings));
    const [done] = await this.#insert(rows);
    return done ?? { posted: 0, superseded: 0 };
  }

  /** What a key used since a moment (ms since the epoch, inclusive; null: ever). Throws `unavailable`. */
  async reportUsage(asked: { tenant: string; keyId: string; since: number | null }): Promise<KeyUsage> {
    const { tenant, keyId, since } = asked;
    const query = this.store
      .createQueryBuilder(LedgerPosting, 'posting')
      .select('count(*)', 'attempts')
      .addSelect('count(DISTINCT request_id)', 'requests')
      .addSelect(`count(*) FILTER (WHERE outcome = 'unknown')`, 'unknown')
      .addSelect('coalesce(sum(cost_nano_usd), 0)', 'cost_nano_usd')
      .where('tenant = :tenant AND key_id = :keyId', { tenant, keyId });
    for (const bucket of BUCKETS) query.addSelect(`coalesce(sum(posting.${bucket}), 0)`, bucket);
    if (since !== null) query.andWhere('at >= :since', { since: new Date(since) });
    const sums = (await askStore(() => query.getRawOne<Record<string, string>>())) ?? {};
    const sumOf = (name: string): number => toSafeInteger(sums[name]);
    return {
      requests: sumOf('requests'),
      attempts: sumOf('attempts'),
      unknown: sumOf('unknown'),
      tokens: mapBuckets(sumOf),
      cost_nano_usd: sumOf('cost_nano_usd'),
    };
  }
}

function mapBuckets(valueOf: (bucket: TokenBucket) => number): UsageBuckets {
  const tokens = { ...noUsage };
  for (const bucket of BUCKETS) tokens[bucket] = valueOf(bucket);
  return tokens;
}

/** The entity's columns are those of a posting, by name. */
function arrayColumnOf({ databaseName, type }: { databaseName: string; type: unknown }): ArrayColumn<Posting> {
  const name = databaseName as keyof Posting;
  return { name, type: type as ArrayColumn<Posting>['type'], of: (posting) => posting[name] };
}

/** Rows are posted in the order of their ids, so that two ledgers working at once wait for each other and never in a ring. */
function writePostSql(postings: ColumnArrays<Posting>, columns: readonly string[]): string {
  const updates = columns.map((name) => `"${name}" = EXCLUDED."${name}"`).join(', ');
  return `
    WITH posted AS (
      INSERT INTO ledger_postings (${postings.names})
      SELECT ${postings.names} FROM ${postings.from('posting')} ORDER BY attempt_id
      ON CONFLICT (attempt_id) DO UPDATE SET ${updates}, is_correction = true
      WHERE ledger_postings.outcome = 'unknown' AND EXCLUDED.outcome <> 'unknown'
      RETURNING attempt_id, outcome, cost_nano_usd, is_correction
    ), corrected AS (
      INSERT INTO ledger_corrections (attempt_id, from_outcome, to_outcome, cost_nano_usd)
      SELECT attempt_id, 'unknown', outcome, cost_nano_usd FROM posted WHERE is_correction
    )
    SELECT (count(*) FILTER (WHERE NOT is_correction))::int AS posted,
           (count(*) FILTER (WHERE is_correction))::int AS superseded
    FROM posted`;
}
