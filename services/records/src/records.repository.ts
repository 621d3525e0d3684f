import { Inject, Injectable } from '@nestjs/common';
import { CompletionFinished, type CompletionFinishedFact } from '@skein/contracts/orchestrator';
import { askStore, columnArrays, inTransaction, preparedStatement } from '@skein/store';
import { In, type DataSource } from 'typeorm';
import { AttemptRecordRow, type AttemptDetails } from './attempt-record.entity.js';
import { foldAttempt, type AttemptNews, type AttemptRecord } from './fold-attempt.js';
import { RequestRecordRow } from './request-record.entity.js';

export const RECORDS_STORE = Symbol('RECORDS_STORE');

/** The end of a request, and the words it was stated in: they are kept as they are. */
export interface FinishedRequest {
  readonly fact: CompletionFinishedFact;
  readonly json: string;
}

/** What is known of requests and their attempts. Facts may come in any order and twice. */
@Injectable()
export class RecordsRepository {
  readonly #insertAttempts: (rows: readonly unknown[]) => Promise<{ attempt_id: string }[]>;
  readonly #insertRequests: (rows: readonly unknown[]) => Promise<unknown>;

  constructor(@Inject(RECORDS_STORE) private readonly store: DataSource) {
    this.#insertAttempts = preparedStatement(store, 'insert attempts', insertAttemptsSql);
    this.#insertRequests = preparedStatement(store, 'insert requests', insertRequestsSql);
  }

  /**
   * Keeps a batch: attempts first, so that whoever sees a request's end sees theirs. A batch that fails half-way may be given
   * again. Throws `unavailable` when PostgreSQL is away.
   */
  async keep(news: readonly AttemptNews[], finished: readonly FinishedRequest[]): Promise<void> {
    if (news.length > 0) await this.#keepAttempts(news);
    if (finished.length === 0) return;
    await this.#insertRequests(requestArrays.parameters(finished));
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

  /** Nearly all of them are new and go in by one statement; those known before are folded with what is there. */
  async #keepAttempts(news: readonly AttemptNews[]): Promise<void> {
    const attempts = [...foldAll(new Map(), news).values()];
    const inserted = await this.#insertAttempts(attemptArrays.parameters(attempts));
    const isNew = new Set(inserted.map(({ attempt_id }) => attempt_id));
    // A start tells nothing of an attempt that is known; those of live calls come after their quick ends.
    const rest = news.filter(({ id, event }) => !isNew.has(id) && event !== 'send');
    if (rest.length > 0) await this.#foldIn(rest);
  }

  /** The rows are there, and locked in the order of their ids: replicas wait for each other and never in a ring. */
  async #foldIn(news: readonly AttemptNews[]): Promise<void> {
    const ids = [...new Set(news.map(({ id }) => id))];
    await inTransaction(this.store, async (manager) => {
      const rows = await manager.find(AttemptRecordRow, {
        where: { id: In(ids) },
        order: { id: 'ASC' },
        lock: { mode: 'pessimistic_write' },
      });
      const before = new Map(rows.map((row) => [row.id, toRecord(row)]));
      const after = foldAll(before, news);
      const changed = [...after.values()].filter((record) => record !== before.get(record.id));
      if (changed.length > 0) await manager.query(updateSql, attemptArrays.parameters(changed));
    });
  }
}

function foldAll(
  known: ReadonlyMap<string, AttemptRecord>,
  news: readonly AttemptNews[],
): ReadonlyMap<string, AttemptRecord> {
  const after = new Map(known);
  for (const each of news) after.set(each.id, foldAttempt(after.get(each.id) ?? null, each));
  return after;
}

const attemptArrays = columnArrays<AttemptRecord>([
  { name: 'attempt_id', type: 'text', of: ({ id }) => id },
  { name: 'request_id', type: 'text', of: ({ requestId }) => requestId },
  { name: 'tenant', type: 'text', of: ({ tenant }) => tenant },
  { name: 'attempt_no', type: 'integer', of: ({ no }) => no },
  { name: 'state', type: 'text', of: ({ state }) => state },
  { name: 'started_at_ms', type: 'bigint', of: ({ startedAt }) => startedAt },
  { name: 'details', type: 'json', of: (record) => JSON.stringify(detailsOf(record)) },
]);

const requestArrays = columnArrays<FinishedRequest>([
  { name: 'tenant', type: 'text', of: ({ fact }) => fact.caller.tenant },
  { name: 'id', type: 'text', of: ({ fact }) => fact.request_id },
  { name: 'kind', type: 'text', of: ({ fact }) => fact.kind },
  { name: 'status', type: 'text', of: ({ fact }) => fact.status },
  { name: 'finished_at', type: 'timestamptz', of: ({ fact }) => new Date(fact.at).toISOString() },
  { name: 'finished', type: 'json', of: ({ json }) => json },
]);

const insertAttemptsSql = `
  INSERT INTO attempt_records (${attemptArrays.names})
  SELECT ${attemptArrays.names} FROM ${attemptArrays.from('attempt')} ORDER BY attempt_id
  ON CONFLICT (attempt_id) DO NOTHING
  RETURNING attempt_id`;

/** A request ends once: the first word stands. */
const insertRequestsSql = `
  INSERT INTO request_records (${requestArrays.names})
  SELECT ${requestArrays.names} FROM ${requestArrays.from('finished')} ORDER BY tenant, id
  ON CONFLICT (tenant, id) DO NOTHING`;

const updateSql = `
  UPDATE attempt_records AS known
  SET state = news.state, started_at_ms = news.started_at_ms, details = news.details, attempt_no = news.attempt_no,
      request_id = news.request_id, tenant = news.tenant
  FROM ${attemptArrays.from('news')}
  WHERE known.attempt_id = news.attempt_id`;

function toRecord({ details, ...row }: AttemptRecordRow): AttemptRecord {
  return { ...row, ...(details as AttemptDetails) };
}

function detailsOf({ user, task, traceparent, summary }: AttemptRecord): AttemptDetails {
  return { user, task, traceparent, summary };
}
