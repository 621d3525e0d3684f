import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { SkeinError } from '@skein/contracts/errors';
import type { WorkflowDefinition } from '@skein/contracts/workflows';
import { askStore, inTransaction } from '@skein/store';
import type { DataSource } from 'typeorm';

export const WORKFLOWS_STORE = Symbol('WORKFLOWS_STORE');

export interface KeptWorkflow {
  readonly name: string;
  readonly version: number;
  readonly revision: string;
  readonly definition: WorkflowDefinition;
  readonly createdAt: Date;
}

const COLUMNS = 'name, version, revision, definition, created_at AS "createdAt"';

/** Versions of definitions. A version never changes; only what was checked is ever kept, so that the last good one stays. */
@Injectable()
export class WorkflowsRepository {
  constructor(@Inject(WORKFLOWS_STORE) private readonly store: DataSource) {}

  /** The next version of the name; the same content as the newest gives that one. */
  define(
    tenant: string,
    name: string,
    definition: WorkflowDefinition,
  ): Promise<{ workflow: KeptWorkflow; created: boolean }> {
    const revision = revisionOf(definition);
    return inTransaction(this.store, async (manager) => {
      await manager.query('SELECT pg_advisory_xact_lock(hashtext($1), hashtext($2))', [tenant, name]);
      const [newest] = await manager.query<KeptWorkflow[]>(
        `SELECT ${COLUMNS} FROM workflow_versions WHERE tenant = $1 AND name = $2 ORDER BY version DESC LIMIT 1`,
        [tenant, name],
      );
      if (newest?.revision === revision) return { workflow: newest, created: false };
      const [made] = await manager.query<KeptWorkflow[]>(
        `INSERT INTO workflow_versions (tenant, name, version, revision, definition)
         VALUES ($1, $2, $3, $4, $5) RETURNING ${COLUMNS}`,
        [tenant, name, (newest?.version ?? 0) + 1, revision, JSON.stringify(definition)],
      );
      if (made === undefined) throw new SkeinError('internal', 'PostgreSQL kept no version');
      return { workflow: made, created: true };
    });
  }

  /** The newest version, or one by number. Throws `not_found`. */
  async get(tenant: string, name: string, version: number | null): Promise<KeptWorkflow> {
    const [found] = await askStore(() =>
      this.store.query<KeptWorkflow[]>(
        `SELECT ${COLUMNS} FROM workflow_versions
         WHERE tenant = $1 AND name = $2 AND ($3::integer IS NULL OR version = $3) ORDER BY version DESC LIMIT 1`,
        [tenant, name, version],
      ),
    );
    if (found !== undefined) return found;
    const which = version === null ? '' : ` version ${version} of`;
    throw new SkeinError('not_found', `There is no${which} workflow "${name}"`, { param: 'model' });
  }

  /** Every version of one, newest first; without a name the newest of each. */
  list(tenant: string, name: string | null): Promise<KeptWorkflow[]> {
    const sql =
      name === null
        ? `SELECT DISTINCT ON (name) ${COLUMNS} FROM workflow_versions WHERE tenant = $1 ORDER BY name, version DESC`
        : `SELECT ${COLUMNS} FROM workflow_versions WHERE tenant = $1 AND name = $2 ORDER BY version DESC`;
    return askStore(() => this.store.query<KeptWorkflow[]>(sql, name === null ? [tenant] : [tenant, name]));
  }
}

function revisionOf(definition: WorkflowDefinition): string {
  return `wf-${createHash('sha256').update(JSON.stringify(definition)).digest('hex').slice(0, 12)}`;
}
