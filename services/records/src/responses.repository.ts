import { Inject, Injectable } from '@nestjs/common';
import type { StoredResponse } from '@skein/contracts/records';
import { askStore } from '@skein/store';
import type { DataSource } from 'typeorm';
import { RECORDS_STORE } from './records.repository.js';
import { StoredResponseRow } from './stored-response.entity.js';

/** No conversation is followed further back than this. */
const LONGEST_CHAIN = 500;

interface ChainRow {
  readonly id: string;
  readonly previous_id: string | null;
  readonly input: unknown[];
  readonly response: Record<string, unknown>;
}

/** Responses that their callers wanted kept, each of its tenant alone. */
@Injectable()
export class ResponsesRepository {
  constructor(@Inject(RECORDS_STORE) private readonly store: DataSource) {}

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

  /** The response and, with `chain`, those before it, the oldest first; none where it is not there. */
  async find(tenant: string, id: string, chain: boolean): Promise<StoredResponse[]> {
    const rows = await askStore(() =>
      this.store.query<ChainRow[]>(
        `WITH RECURSIVE chain AS (
           SELECT id, previous_id, input, response, 0 AS back FROM stored_responses WHERE tenant = $1 AND id = $2
           UNION ALL
           SELECT before.id, before.previous_id, before.input, before.response, chain.back + 1
           FROM stored_responses AS before JOIN chain ON before.id = chain.previous_id
           WHERE before.tenant = $1 AND chain.back < $3
         )
         SELECT id, previous_id, input, response FROM chain ORDER BY back DESC`,
        [tenant, id, chain ? LONGEST_CHAIN : 0],
      ),
    );
    return rows;
  }

  /** Forgets a response; false where it was not there. */
  async delete(tenant: string, id: string): Promise<boolean> {
    const { affected } = await askStore(() => this.store.manager.delete(StoredResponseRow, { tenant, id }));
    return (affected ?? 0) > 0;
  }
}

/** PostgreSQL's JSON knows no NUL. */
function toStorable(value: unknown): string {
  return JSON.stringify(value).replaceAll('\\u0000', '\\ufffd');
}
