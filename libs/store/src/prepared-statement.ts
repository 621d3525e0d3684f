import type { DataSource } from 'typeorm';
import { askStore } from './unavailable.js';

/** What TypeORM's driver for PostgreSQL has under its queries: `pg`'s pool. */
interface Pooled {
  readonly master: {
    query(statement: {
      readonly name: string;
      readonly text: string;
      readonly values: readonly unknown[];
    }): Promise<{ rows: unknown[] }>;
  };
}

/**
 * A statement that is asked again and again: each connection has it read and planned once. The name is the statement's own
 * within the store. The function returned runs it and throws `unavailable` when PostgreSQL is away.
 */
export function preparedStatement<Row>(
  store: DataSource,
  name: string,
  text: string,
): (values: readonly unknown[]) => Promise<Row[]> {
  return (values) =>
    askStore(async () => {
      const { rows } = await (store.driver as unknown as Pooled).master.query({ name, text, values });
      return rows as Row[];
    });
}
