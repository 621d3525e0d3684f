// The repository alone: what a batch does to what is there.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { launchPostgres, type LaunchedPostgres } from '@skein/servers';
import { openStore, type Store } from '@skein/store';
import { createLogger } from '@skein/telemetry';
import { AttemptRecordRow } from '../src/attempt-record.entity.js';
import { newsOfEnd, newsOfStart } from '../src/fold-attempt.js';
import { MakeRecords1760000000002 } from '../src/migrations/1760000000002-make-records.js';
import { RecordsRepository } from '../src/records.repository.js';
import { RequestRecordRow } from '../src/request-record.entity.js';
import { attemptFinished, attemptStarted, completionFinished } from './fact-samples.js';

let postgres: LaunchedPostgres;
let store: Store;
let records: RecordsRepository;

beforeAll(async () => {
  postgres = await launchPostgres({ ephemeral: true });
  store = await openStore({
    url: postgres.url,
    name: 'records',
    entities: [AttemptRecordRow, RequestRecordRow],
    migrations: [MakeRecords1760000000002],
    logger: createLogger('records', 'silent'),
  });
  records = new RecordsRepository(store);
}, 120_000);

afterAll(async () => {
  await store?.destroy();
  await postgres?.stop();
});

beforeEach(() => store.query('TRUNCATE attempt_records, request_records'));

const { request_id: REQUEST, caller } = attemptStarted();
const stateOf = async (id: string) => {
  const { attempts } = await records.find(caller.tenant, REQUEST);
  return attempts.find((attempt) => attempt.id === id)?.state;
};
const started = (id: string) => newsOfStart(attemptStarted({ attempt_id: id }));
const ended = (id: string, outcome: 'finished' | 'unknown' = 'finished') =>
  newsOfEnd(attemptFinished({ attempt_id: id, outcome, ...(outcome === 'unknown' && { cost_nano_usd: null }) }));

describe('a batch of records', () => {
  it('folds what it says of one attempt before it is kept', async () => {
    await records.keep([started('a'), ended('a', 'unknown'), ended('a')], [completionFinished()]);
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
      records.keep(starts, [completionFinished()]),
      records.keep(starts.toReversed(), [completionFinished()]),
      records.keep(ends, []),
      records.keep(ends.toReversed(), []),
    ]);
    await records.keep([...starts, ...ends], [completionFinished()]);
    const { finished, attempts } = await records.find(caller.tenant, REQUEST);
    expect(finished).toEqual(completionFinished());
    expect(attempts.map(({ state }) => state)).toEqual(ids.map(() => 'finished'));
  });
});
