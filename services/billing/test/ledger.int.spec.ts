import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { launchPostgres, type LaunchedPostgres } from '@skein/servers';
import { openStore } from '@skein/store';
import { createLogger } from '@skein/telemetry';
import type { DataSource } from 'typeorm';
import { LedgerPosting } from '../src/ledger/ledger-posting.entity.js';
import { LedgerRepository } from '../src/ledger/ledger.repository.js';
import { toPosting } from '../src/ledger/to-posting.js';
import { MakeLedger1760000000001 } from '../src/migrations/1760000000001-make-ledger.js';
import { KeepExchangeRates1760000000004 } from '../src/migrations/1760000000004-keep-exchange-rates.js';
import { attemptFact } from './posting-samples.js';

let postgres: LaunchedPostgres;
let store: DataSource;
let ledger: LedgerRepository;

beforeAll(async () => {
  postgres = await launchPostgres({ ephemeral: true });
  store = await openStore({
    url: postgres.url,
    name: 'billing',
    entities: [LedgerPosting],
    migrations: [MakeLedger1760000000001, KeepExchangeRates1760000000004],
    logger: createLogger('billing', 'silent'),
  });
  ledger = new LedgerRepository(store);
}, 120_000);

afterAll(async () => {
  await store?.destroy();
  await postgres?.stop();
});

beforeEach(() => store.query('TRUNCATE ledger_postings, ledger_corrections'));

const post = (...changes: Parameters<typeof attemptFact>[0][]) =>
  ledger.post(changes.map((change) => toPosting(attemptFact(change))));
const rows = () => store.getRepository(LedgerPosting).find({ order: { attempt_id: 'ASC' } });
const corrections = () =>
  store.query<unknown[]>('SELECT attempt_id, from_outcome, to_outcome, cost_nano_usd FROM ledger_corrections');

describe('the ledger', () => {
  it('posts an attempt as it was stated', async () => {
    await post({});
    const [row] = await rows();
    expect(row).toMatchObject({
      ...toPosting(attemptFact()),
      at: new Date('2025-01-02T03:04:05.000Z'),
      is_correction: false,
    });
  });

  it('posts each attempt once, however often its fact is given', async () => {
    expect(await post({}, {}, { attempt_id: 'att_2' })).toEqual({ posted: 2, superseded: 0 });
    const before = await rows();
    expect(await post({}, { attempt_id: 'att_2' })).toEqual({ posted: 0, superseded: 0 });
    expect(await rows()).toEqual(before);
    expect(await corrections()).toEqual([]);
  });

  it('lets the first known outcome stand against another one', async () => {
    await post({ cost_nano_usd: 1 });
    await post({ outcome: 'failed', cost_nano_usd: 2 }, { outcome: 'unknown' });
    expect(await rows()).toMatchObject([{ outcome: 'finished', cost_nano_usd: 1 }]);
  });

  it('supersedes an unknown outcome by a correction, once, and never by a second posting', async () => {
    await post({ outcome: 'unknown' });
    expect(await rows()).toMatchObject([{ outcome: 'unknown', cost_nano_usd: null, output: null }]);
    expect(await post({ cost_nano_usd: 7 })).toEqual({ posted: 0, superseded: 1 });
    expect(await post({ cost_nano_usd: 7 })).toEqual({ posted: 0, superseded: 0 });
    expect(await rows()).toMatchObject([{ outcome: 'finished', cost_nano_usd: 7, output: 70, is_correction: true }]);
    expect(await corrections()).toEqual([
      { attempt_id: 'att_1', from_outcome: 'unknown', to_outcome: 'finished', cost_nano_usd: '7' },
    ]);
  });

  it('posts the same whoever of two ledgers is first', async () => {
    const ids = Array.from({ length: 200 }, (_, index) => ({ attempt_id: `att_${index}` }));
    const done = await Promise.all([post(...ids), post(...ids.toReversed()), post(...ids)]);
    expect(done.reduce((sum, { posted }) => sum + posted, 0)).toBe(200);
    expect(await rows()).toHaveLength(200);
  });

  it('is not held up by what a caller calls itself', async () => {
    const caller = { ...attemptFact().caller, user: 'a\0b\ud800', cost_center: '\\u0000' };
    await post({ caller });
    expect(await rows()).toMatchObject([{ user: 'a\ufffdb\ufffd', cost_center: '\\u0000' }]);
  });
});

describe('the usage of a key', () => {
  const since = Date.UTC(2025, 0, 2, 3, 4, 5);
  const usageOf = (asked: Partial<Parameters<LedgerRepository['reportUsage']>[0]> = {}) =>
    ledger.reportUsage({ tenant: 'acme', keyId: 'ann-1', since: null, ...asked });

  it('is nothing before the first attempt', async () => {
    expect(await usageOf()).toMatchObject({
      requests: 0,
      attempts: 0,
      unknown: 0,
      cost_nano_usd: 0,
      tokens: { output: 0 },
    });
  });

  it('sums what is known and counts what is not', async () => {
    await post(
      { attempt_id: 'a', request_id: 'r1', outcome: 'failed', cost_nano_usd: 1 },
      { attempt_id: 'b', request_id: 'r1', cost_nano_usd: 9_007_199_254_740_000 },
      { attempt_id: 'c', request_id: 'r2', outcome: 'unknown' },
      { attempt_id: 'd', request_id: 'r3', cost_nano_usd: null },
    );
    expect(await usageOf()).toEqual({
      requests: 3,
      attempts: 4,
      unknown: 1,
      tokens: {
        input_uncached: 300,
        cache_read: 60,
        cache_write_5m: 9,
        cache_write_1h: 12,
        audio_in: 15,
        image_in: 18,
        output: 210,
        reasoning: 24,
        audio_out: 27,
      },
      cost_nano_usd: 9_007_199_254_740_001,
    });
  });

  it('is of that key of that tenant alone', async () => {
    const { caller } = attemptFact();
    await post(
      {},
      { attempt_id: 'b', caller: { ...caller, key_id: 'other' } },
      { attempt_id: 'c', caller: { ...caller, tenant: 'other' } },
    );
    expect(await usageOf()).toMatchObject({ attempts: 1 });
  });

  it('begins at the moment that was asked for, inclusive', async () => {
    await post({}, { attempt_id: 'b', at: since - 1 });
    expect(await usageOf({ since })).toMatchObject({ attempts: 1 });
    expect(await usageOf({ since: since + 1 })).toMatchObject({ attempts: 0 });
  });
});
