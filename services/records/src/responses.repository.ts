import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS } from '@skein/boot';
import { SkeinError } from '@skein/contracts/errors';
import type { StoredResponse } from '@skein/contracts/records';
import { askStore } from '@skein/store';
import type { DataSource } from 'typeorm';
import { RECORDS_STORE } from './records.repository.js';
import type { RecordsSettings } from './settings.js';
import { StoredResponseRow } from './stored-response.entity.js';

/** No conversation is followed further back than this. */
const LONGEST_CHAIN = 500;
const DAY_MS = 86_400_000;

/** True of rows that are kept no longer, by the parameter of that number (ms). */
const isOld = (parameter: number): string => `kept_at < now() - $${parameter} * interval '1 millisecond'`;

interface ChainRow {
  readonly id: string;
  readonly previous_id: string | null;
  readonly input: unknown[];
  readonly response: Record<string, unknown>;
}

/** Responses that their callers wanted kept, each of its tenant alone. */
@Injectable()
export class ResponsesRepository {
  readonly #keptMs: number;

  constructor(
    @Inject(RECORDS_STORE) private readonly store: DataSource,
    @Inject(SETTINGS) settings: RecordsSettings,
  ) {
    this.#keptMs = settings.RECORDS_RESPONSE_DAYS * DAY_MS;
  }

  /** Keeps a response, or what has become of it since. Throws `unavailable` when PostgreSQL is away. */
  async save(tenant: string, { id, previous_id, input, response }: StoredResponse): Promise<void> {
    await askStore(() =>
      this.store.query(
        `INSERT INTO stored_responses (tenant, id, previous_id, input, response) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (tenant, id) DO UPDATE SET response = EXCLUDED.response`,
        [tenant, id, previous_id, toStorable(input), toStorable(response)],
      ),
    );
  }

  /**
   * The response and, with `chain`, all those before it, the oldest first; none where it is not there, or no longer kept.
   * Throws `not_found` naming `previous_id` where a conversation has lost its beginning.
   */
  async find(tenant: string, id: string, chain: boolean): Promise<StoredResponse[]> {
    const rows = await askStore(() =>
      this.store.query<ChainRow[]>(
        `WITH RECURSIVE chain AS (
           SELECT id, previous_id, input, response, 0 AS back FROM stored_responses
           WHERE tenant = $1 AND id = $2 AND NOT ${isOld(4)}
           UNION ALL
           SELECT before.id, before.previous_id, before.input, before.response, chain.back + 1
           FROM stored_responses AS before JOIN chain ON before.id = chain.previous_id
           WHERE before.tenant = $1 AND chain.back < $3 AND NOT before.${isOld(4)}
         )
         SELECT id, previous_id, input, response FROM chain ORDER BY back DESC`,
        [tenant, id, chain ? LONGEST_CHAIN : 0, this.#keptMs],
      ),
    );
    const lost = rows[0]?.previous_id ?? null;
    if (chain && lost !== null) throw beginningLost(id, lost);
    return rows;
  }

  /** Forgets a response; false where it was not there. */
  async delete(tenant: string, id: string): Promise<boolean> {
    const { affected } = await askStore(() => this.store.manager.delete(StoredResponseRow, { tenant, id }));
    return (affected ?? 0) > 0;
  }

  /** Forgets responses that are kept no longer, so many at most; how many there were. */
  async forgetOld(most: number): Promise<number> {
    const [gone] = await askStore(() =>
      this.store.query<{ count: string }[]>(
        `WITH gone AS (
           DELETE FROM stored_responses WHERE (tenant, id) IN (
             SELECT tenant, id FROM stored_responses WHERE ${isOld(1)} LIMIT $2 FOR UPDATE SKIP LOCKED
           ) RETURNING 1
         ) SELECT count(*) FROM gone`,
        [this.#keptMs, most],
      ),
    );
    return Number(gone?.count ?? 0);
  }
}

/** What was said before would be left out in silence. */
function beginningLost(id: string, lost: string): SkeinError {
  return new SkeinError('not_found', `The response '${id}' goes on from '${lost}', which is no longer kept.`, {
    param: 'previous_id',
  });
}

/** PostgreSQL's JSON knows no NUL. */
function toStorable(value: unknown): string {
  return JSON.stringify(value).replaceAll('\\u0000', '\\ufffd');
}
