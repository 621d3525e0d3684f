// The repository alone: what a batch does to what is there.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { launchPostgres, type LaunchedPostgres } from '@skein/servers';
import { openStore, type Store } from '@skein/store';
import { createLogger } from '@skein/telemetry';
import { AttemptRecordRow } from '../src/attempt-record.entity.js';
import { newsOfEnd, newsOfStart } from '../src/fold-attempt.js';
import { MakeRecords1760000000002 } from '../src/migrations/1760000000002-make-records.js';
import { StoreResponses1760000000021 } from '../src/migrations/1760000000021-store-responses.js';
import { ExpireResponses1760000000041 } from '../src/migrations/1760000000041-expire-responses.js';
import { RecordsRepository } from '../src/records.repository.js';
import { RequestRecordRow } from '../src/request-record.entity.js';
import { ResponsesRepository } from '../src/responses.repository.js';
import { ResponsesSweep } from '../src/responses-sweep.js';
import { StoredResponseRow } from '../src/stored-response.entity.js';
import { attemptFinished, attemptStarted, completionFinished } from './fact-samples.js';

let postgres: LaunchedPostgres;
let store: Store;
let records: RecordsRepository;
let responses: ResponsesRepository;

beforeAll(async () => {
  postgres = await launchPostgres({ ephemeral: true });
  store = await openStore({
    url: postgres.url,
    name: 'records',
    entities: [AttemptRecordRow, RequestRecordRow, StoredResponseRow],
    migrations: [MakeRecords1760000000002, StoreResponses1760000000021, ExpireResponses1760000000041],
    logger: createLogger('records', 'silent'),
  });
  records = new RecordsRepository(store);
  responses = new ResponsesRepository(store, { DATABASE_URL: postgres.url, RECORDS_RESPONSE_DAYS: 30 });
}, 120_000);

afterAll(async () => {
  await store?.destroy();
  await postgres?.stop();
});

beforeEach(() => store.query('TRUNCATE attempt_records, request_records, stored_responses'));

const { request_id: REQUEST, caller } = attemptStarted();
const stateOf = async (id: string) => {
  const { attempts } = await records.find(caller.tenant, REQUEST);
  return attempts.find((attempt) => attempt.id === id)?.state;
};
const started = (id: string) => newsOfStart(attemptStarted({ attempt_id: id }));
const ended = (id: string, outcome: 'finished' | 'unknown' = 'finished') =>
  newsOfEnd(attemptFinished({ attempt_id: id, outcome, ...(outcome === 'unknown' && { cost_nano_usd: null }) }));
const finishedRequest = () => ({ fact: completionFinished(), json: JSON.stringify(completionFinished()) });

describe('a batch of records', () => {
  it('folds what it says of one attempt before it is kept', async () => {
    await records.keep([started('a'), ended('a', 'unknown'), ended('a')], [finishedRequest()]);
    expect(await stateOf('a')).toBe('finished');
  });

  it.each([
    ['an end to a start', [started('a')], [ended('a')]],
    ['a start to an end', [ended('a')], [started('a')]],
    ['a known end to an unknown one', [started('a'), ended('a', 'unknown')], [started('b'), ended('a')]],
    ['an unknown end to a known one', [ended('a')], [ended('a', 'unknown')]],
  ])('adds %s', async (_name, before, after) => {
    await records.keep(before, []);
    await records.keep(after, []);
    expect(await stateOf('a')).toBe('finished');
  });

  it('may be given twice, and to two replicas at once', async () => {
    const ids = Array.from({ length: 200 }, (_, index) => `att_${index}`);
    const starts = ids.map(started);
    const ends = ids.map((id) => ended(id));
    await Promise.all([
      records.keep(starts, [finishedRequest()]),
      records.keep(starts.toReversed(), [finishedRequest()]),
      records.keep(ends, []),
      records.keep(ends.toReversed(), []),
    ]);
    await records.keep([...starts, ...ends], [finishedRequest()]);
    const { finished, attempts } = await records.find(caller.tenant, REQUEST);
    expect(finished).toEqual(completionFinished());
    expect(attempts.map(({ state }) => state)).toEqual(ids.map(() => 'finished'));
  });
});

describe('stored responses', () => {
  const save = (id: string, previous_id: string | null = null) =>
    responses.save('acme', { id, previous_id, input: [id], response: { id } });
  const grow = (id: string, days: number) =>
    store.query(`UPDATE stored_responses SET kept_at = kept_at - $2 * interval '1 day' WHERE id = $1`, [id, days]);
  const idsUpTo = async (id: string) => (await responses.find('acme', id, true)).map((each) => each.id);
  const rows = async () =>
    (await store.query<{ id: string }[]>('SELECT id FROM stored_responses ORDER BY id')).map(({ id }) => id);

  it('are given for thirty days, and not a day longer, whether they were swept or not', async () => {
    await save('a');
    await grow('a', 29.9);
    expect(await responses.find('acme', 'a', false)).toHaveLength(1);
    await grow('a', 0.2);
    expect(await responses.find('acme', 'a', false)).toEqual([]);
    expect(await rows()).toEqual(['a']);
  });

  it('whose beginning is gone are looked up, but not gone on with in silence', async () => {
    await save('a');
    await save('b', 'a');
    await save('c', 'b');
    expect(await idsUpTo('c')).toEqual(['a', 'b', 'c']);
    await grow('a', 31);
    await expect(idsUpTo('c')).rejects.toMatchObject({
      code: 'not_found',
      param: 'previous_id',
      message: expect.stringContaining("'a'"),
    });
    expect(await responses.find('acme', 'c', false)).toHaveLength(1);
  });

  it('are forgotten as soon as a room is there, however many and however often they are looked for', async () => {
    await store.query(
      `INSERT INTO stored_responses (tenant, id, input, response, kept_at)
       SELECT 'acme', 'old' || n, '[]', '{}', now() - interval '31 days' FROM generate_series(1, 2500) AS n`,
    );
    await save('young');
    const sweeps = [1, 2].map(() => new ResponsesSweep(responses, createLogger('records', 'silent')));
    for (const sweep of sweeps) sweep.onApplicationBootstrap();
    // The spec's own time-out ends it.
    while ((await rows()).length > 1);
    expect(await rows()).toEqual(['young']);
    for (const sweep of sweeps) sweep.onApplicationShutdown();
  });
});
