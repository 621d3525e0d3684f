import { Inject, Injectable } from '@nestjs/common';
import { CompletionFinished, type CompletionFinishedFact } from '@skein/contracts/orchestrator';
import { askStore, inTransaction } from '@skein/store';
import { In, type DataSource, type EntityManager } from 'typeorm';
import { AttemptRecordRow, type AttemptDetails } from './attempt-record.entity.js';
import { foldAttempt, type AttemptNews, type AttemptRecord } from './fold-attempt.js';
import { RequestRecordRow } from './request-record.entity.js';

export const RECORDS_STORE = Symbol('RECORDS_STORE');

/** What is known of requests and their attempts. Facts may come in any order and twice. */
@Injectable()
export class RecordsRepository {
  constructor(@Inject(RECORDS_STORE) private readonly store: DataSource) {}

  /** Writes a batch in one transaction. Throws `unavailable` when PostgreSQL is away. */
  keep(news: readonly AttemptNews[], finished: readonly CompletionFinishedFact[]): Promise<void> {
    return inTransaction(this.store, async (manager) => {
      await keepAttempts(manager, news);
      await keepRequests(manager, finished);
    });
  }

  /** What is known of one request of a tenant. Throws `unavailable`. */
  find(tenant: string, id: string): Promise<{ finished: CompletionFinishedFact | null; attempts: AttemptRecord[] }> {
    return askStore(async () => {
      const { manager } = this.store;
      const [request, attempts] = await Promise.all([
        manager.findOneBy(RequestRecordRow, { tenant, id }),
        manager.findBy(AttemptRecordRow, { tenant, requestId: id }),
      ]);
      const finished = request === null ? null : CompletionFinished.body.parse(request.finished);
      return { finished, attempts: attempts.map(toRecord) };
    });
  }
}

/** Folds news into what is there. Replicas take turns, as an attempt seen for the first time has no row to lock. */
async function keepAttempts(manager: EntityManager, news: readonly AttemptNews[]): Promise<void> {
  const ids = [...new Set(news.map(({ id }) => id))];
  if (ids.length === 0) return;
  await manager.query(`SELECT pg_advisory_xact_lock(hashtext('skein attempt records'), hashtext(current_schema()))`);
  const rows = await manager.findBy(AttemptRecordRow, { id: In(ids) });
  const before = new Map(rows.map((row) => [row.id, toRecord(row)]));
  const after = new Map(before);
  for (const each of news) after.set(each.id, foldAttempt(after.get(each.id) ?? null, each));
  const changed = [...after.values()].filter((record) => record !== before.get(record.id));
  if (changed.length > 0) await manager.upsert(AttemptRecordRow, changed.map(toRow), ['id']);
}

async function keepRequests(manager: EntityManager, facts: readonly CompletionFinishedFact[]): Promise<void> {
  if (facts.length === 0) return;
  const rows = facts.map((fact) => ({
    tenant: fact.caller.tenant,
    id: fact.request_id,
    kind: fact.kind,
    status: fact.status,
    finishedAt: new Date(fact.at),
    finished: fact,
  }));
  rows.sort((a, b) => (a.tenant + a.id < b.tenant + b.id ? -1 : 1));
  // A request ends once: the first word stands.
  await manager.createQueryBuilder().insert().into(RequestRecordRow).values(rows).orIgnore().execute();
}

function toRecord({ details, ...row }: AttemptRecordRow): AttemptRecord {
  return { ...row, ...(details as AttemptDetails) };
}

function toRow({ user, task, traceparent, summary, ...row }: AttemptRecord): AttemptRecordRow {
  const details: AttemptDetails = { user, task, traceparent, summary };
  return { ...row, details };
}
