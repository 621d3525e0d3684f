import type { DataSource, EntityManager } from 'typeorm';
import { askStore } from './unavailable.js';

/**
 * Runs `work` in one transaction: committed when it resolves, rolled back when it throws. Use the manager it is given for
 * everything inside. Throws `SkeinError` `unavailable` when PostgreSQL is away; the commit may then have happened or not,
 * so that whoever tries again must be recognised by a key of the row.
 */
export function inTransaction<Result>(
  dataSource: DataSource,
  work: (manager: EntityManager) => Promise<Result>,
): Promise<Result> {
  return askStore(() => dataSource.transaction(work));
}
