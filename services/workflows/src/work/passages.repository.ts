import { Inject, Injectable } from '@nestjs/common';
import { askStore, inTransaction } from '@skein/store';
import type { DataSource } from 'typeorm';
import { WORKFLOWS_STORE } from '../workflows.repository.js';
import type { Passage } from './passages.js';

/** Passages of documents, kept by the hash of text and size, so that a document is taken apart once; and their vectors. */
@Injectable()
export class PassagesRepository {
  constructor(@Inject(WORKFLOWS_STORE) private readonly store: DataSource) {}

  /** Of these documents, those that are not kept yet. */
  async missing(tenant: string, hashes: readonly string[]): Promise<Set<string>> {
    const kept = await askStore(() =>
      this.store.query<{ hash: string }[]>(
        'SELECT hash FROM workflow_documents WHERE tenant = $1 AND hash = ANY($2::text[])',
        [tenant, hashes],
      ),
    );
    const known = new Set(kept.map(({ hash }) => hash));
    return new Set(hashes.filter((hash) => !known.has(hash)));
  }

  keep(tenant: string, hash: string, pieces: readonly string[]): Promise<void> {
    return inTransaction(this.store, async (manager) => {
      await manager.query('INSERT INTO workflow_documents (tenant, hash) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
        tenant,
        hash,
      ]);
      await manager.query(
        `INSERT INTO workflow_chunks (tenant, hash, seq, text)
         SELECT $1, $2, seq - 1, text FROM unnest($3::text[]) WITH ORDINALITY AS piece (text, seq) ON CONFLICT DO NOTHING`,
        [tenant, hash, pieces],
      );
    });
  }

  /** Every passage of the documents. */
  all(tenant: string, hashes: readonly string[]): Promise<Passage[]> {
    return askStore(() =>
      this.store.query<Passage[]>(
        'SELECT hash, seq, text FROM workflow_chunks WHERE tenant = $1 AND hash = ANY($2::text[]) ORDER BY array_position($2::text[], hash), seq',
        [tenant, hashes],
      ),
    );
  }

  /** Passages that have a word of the query, best first. */
  byWords(
    tenant: string,
    hashes: readonly string[],
    query: string,
    most: number,
  ): Promise<{ hash: string; seq: number }[]> {
    return askStore(() =>
      this.store.query<{ hash: string; seq: number }[]>(
        `WITH asked AS (
           SELECT to_tsquery('simple', string_agg(quote_literal(lexeme), ' | ')) AS query
           FROM unnest(to_tsvector('simple', $3))
         )
         SELECT hash, seq FROM workflow_chunks, asked
         WHERE tenant = $1 AND hash = ANY($2::text[]) AND words @@ asked.query
         ORDER BY ts_rank_cd(words, asked.query) DESC, seq LIMIT $4`,
        [tenant, hashes, query, most],
      ),
    );
  }

  /** Vectors that are kept, by the hash of their text. */
  async vectors(tenant: string, model: string, textHashes: readonly string[]): Promise<Map<string, number[]>> {
    const rows = await askStore(() =>
      this.store.query<{ text_hash: string; vector: number[] }[]>(
        'SELECT text_hash, vector FROM workflow_vectors WHERE tenant = $1 AND model = $2 AND text_hash = ANY($3::text[])',
        [tenant, model, textHashes],
      ),
    );
    return new Map(rows.map(({ text_hash: hash, vector }) => [hash, vector]));
  }

  async keepVectors(tenant: string, model: string, vectors: ReadonlyMap<string, readonly number[]>): Promise<void> {
    await inTransaction(this.store, async (manager) => {
      for (const [hash, vector] of vectors) {
        await manager.query(
          'INSERT INTO workflow_vectors (tenant, text_hash, model, vector) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING',
          [tenant, hash, model, vector],
        );
      }
    });
  }
}
