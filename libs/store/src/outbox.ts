/**
 * The outbox of a room: what must be said to others is written in the same transaction as the row it is about, and said
 * afterwards by a relay. Said at least once: whoever hears it must recognise a repetition by the entry's own id.
 */
import type { EntityManager } from 'typeorm';
import { plainIdentifier } from './names.js';

export interface OutboxEntry<Body = unknown> {
  /** What kind of thing is to be said; the relay's `publish` decides by it. */
  readonly topic: string;
  /** Plain JSON. */
  readonly body: Body;
}

/** An entry as the relay reads it; `id` grows in the order of writing. */
export interface StoredOutboxEntry<Body = unknown> extends OutboxEntry<Body> {
  readonly id: string;
}

/** The SQL that makes an outbox table, for a migration of its room. */
export function createOutboxSql(table: string): string {
  return `CREATE TABLE ${plainIdentifier(table)} (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic text NOT NULL,
    body jsonb NOT NULL,
    written_at timestamptz NOT NULL DEFAULT now()
  )`;
}

/** Writes entries, in order, inside the transaction of `manager`. Nudge the relay after the commit. */
export async function putOutbox(manager: EntityManager, table: string, entries: readonly OutboxEntry[]): Promise<void> {
  if (entries.length === 0) return;
  await manager.query(
    `INSERT INTO ${plainIdentifier(table)} (topic, body) SELECT * FROM unnest($1::text[], $2::jsonb[])`,
    [entries.map(({ topic }) => topic), entries.map(({ body }) => JSON.stringify(body))],
  );
}

/** Takes the oldest entries that no other relay holds, locked until the transaction of `manager` ends. */
export async function lockOutbox(manager: EntityManager, table: string, most: number): Promise<StoredOutboxEntry[]> {
  return manager.query<StoredOutboxEntry[]>(
    `SELECT id, topic, body FROM ${plainIdentifier(table)} ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED`,
    [most],
  );
}

/** Forgets entries that have been said. */
export async function deleteOutbox(manager: EntityManager, table: string, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await manager.query(`DELETE FROM ${plainIdentifier(table)} WHERE id = ANY($1::bigint[])`, [ids]);
}
