import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { launchPostgres, type LaunchedPostgres } from '@skein/servers';
import { createLogger } from '@skein/telemetry';
import { askStore, inTransaction, openStore, type StoreOptions } from '../src/index.js';
import { MakeOutbox1760000000002, MakePostings1760000000001, PostingRow } from './fixture.js';

const logger = createLogger('store', 'silent');
const TEST_MS = 60_000;
let postgres: LaunchedPostgres;
const opened: DataSource[] = [];

async function open(options: Partial<StoreOptions> = {}): Promise<DataSource> {
  const dataSource = await openStore({
    url: postgres.url,
    name: 'test-room',
    entities: [PostingRow],
    migrations: [MakeOutbox1760000000002, MakePostings1760000000001],
    logger,
    ...options,
  });
  opened.push(dataSource);
  return dataSource;
}

beforeAll(async () => {
  postgres = await launchPostgres({ ephemeral: true });
}, TEST_MS);
afterAll(async () => postgres?.stop());
afterEach(async () => {
  await postgres.start();
  for (const dataSource of opened.splice(0)) await dataSource.destroy();
}, TEST_MS);

describe('opening', () => {
  it(
    'migrates once when several replicas start together',
    async () => {
      const replicas = await Promise.all([1, 2, 3, 4].map(() => open({ name: 'crowd' })));
      const rows = await replicas[0]!.query('SELECT name FROM crowd.migrations_crowd ORDER BY timestamp');
      expect(rows.map(({ name }: { name: string }) => name)).toEqual([
        'MakePostings1760000000001',
        'MakeOutbox1760000000002',
      ]);
    },
    TEST_MS,
  );

  it(
    'gives each room a schema of its own',
    async () => {
      const [one, other] = [await open({ name: 'room-one' }), await open({ name: 'room-two' })];
      await one.getRepository(PostingRow).insert({ id: 'mine', costNanoUsd: 1 });
      expect(await other.getRepository(PostingRow).count()).toBe(0);
      expect(await one.query('SELECT id FROM room_one.postings')).toEqual([{ id: 'mine' }]);
      const [{ application_name: applicationName }] = await one.query('SHOW application_name');
      expect(applicationName).toBe('skein-room-one');
    },
    TEST_MS,
  );

  it(
    'waits for a server that comes late',
    async () => {
      await postgres.kill('SIGINT');
      const opening = open();
      await postgres.start();
      expect((await opening).isInitialized).toBe(true);
    },
    TEST_MS,
  );

  it(
    'gives up on a server that does not come within its bound',
    async () => {
      await postgres.kill('SIGINT');
      await expect(open({ waitMs: 200 })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    },
    TEST_MS,
  );

  it(
    'does not wait where waiting cannot help',
    async () => {
      const url = new URL(postgres.url);
      url.password = 'wrong';
      await expect(open({ url: url.href })).rejects.toMatchObject({ code: '28P01' });
    },
    TEST_MS,
  );

  it(
    'leaves a failed migration undone and says why',
    async () => {
      class BreakHalfway1760000000003 extends MakePostings1760000000001 {
        override async up(runner: Parameters<MakePostings1760000000001['up']>[0]): Promise<void> {
          await runner.query('CREATE TABLE half (id text)');
          await runner.query('SELECT no_such_column FROM half');
        }
      }
      await expect(open({ name: 'broken', migrations: [BreakHalfway1760000000003] })).rejects.toThrow('no_such_column');
      const dataSource = await open({ name: 'broken' });
      expect(await dataSource.query("SELECT to_regclass('broken.half') AS half")).toEqual([{ half: null }]);
    },
    TEST_MS,
  );
});

describe('use', () => {
  it(
    'keeps nano-USD exactly and refuses what it cannot keep',
    async () => {
      const postings = (await open()).getRepository(PostingRow);
      await postings.insert({ id: 'big', costNanoUsd: Number.MAX_SAFE_INTEGER });
      await postings.insert({ id: 'unknown', costNanoUsd: null });
      expect(await postings.findOneByOrFail({ id: 'big' })).toEqual({
        id: 'big',
        costNanoUsd: Number.MAX_SAFE_INTEGER,
      });
      expect(await postings.findOneByOrFail({ costNanoUsd: Number.MAX_SAFE_INTEGER })).toMatchObject({ id: 'big' });
      expect(await postings.findOneByOrFail({ id: 'unknown' })).toMatchObject({ costNanoUsd: null });
      await expect(postings.insert({ id: 'part', costNanoUsd: 0.5 })).rejects.toThrow(RangeError);
      await postings.query("INSERT INTO postings VALUES ('huge', 9007199254740993)");
      await expect(postings.findOneBy({ id: 'huge' })).rejects.toThrow(RangeError);
    },
    TEST_MS,
  );

  it(
    'rolls back what a failing transaction wrote',
    async () => {
      const dataSource = await open({ name: 'rollback' });
      const failing = inTransaction(dataSource, async (manager) => {
        await manager.insert(PostingRow, { id: 'lost', costNanoUsd: 1 });
        throw new Error('no');
      });
      await expect(failing).rejects.toThrow('no');
      expect(await dataSource.getRepository(PostingRow).count()).toBe(0);
    },
    TEST_MS,
  );

  it(
    'ends a statement that takes too long',
    async () => {
      const dataSource = await open({ statementTimeoutMs: 50 });
      await expect(askStore(() => dataSource.query('SELECT pg_sleep(30)'))).rejects.toMatchObject({ code: '57014' });
    },
    TEST_MS,
  );

  it(
    'says "unavailable" while PostgreSQL is away, in and out of transactions, and works when it is back',
    async () => {
      const dataSource = await open({ name: 'comes-and-goes' });
      const write = (id: string) =>
        inTransaction(dataSource, async (manager) => {
          await manager.insert(PostingRow, { id, costNanoUsd: 1 });
        });
      await Promise.all(['a', 'b', 'c'].map(write));
      await postgres.kill();
      await expect(write('d')).rejects.toMatchObject({ code: 'unavailable' });
      await expect(askStore(() => dataSource.getRepository(PostingRow).count())).rejects.toMatchObject({
        code: 'unavailable',
      });
      await postgres.start();
      await write('e');
      expect(await dataSource.getRepository(PostingRow).count()).toBe(4);
    },
    TEST_MS,
  );

  it(
    'says "unavailable" to a transaction whose server dies inside it',
    async () => {
      const dataSource = await open({ name: 'dies-inside' });
      const dying = inTransaction(dataSource, async (manager) => {
        await manager.insert(PostingRow, { id: 'x', costNanoUsd: 1 });
        await postgres.kill();
        await manager.insert(PostingRow, { id: 'y', costNanoUsd: 1 });
      });
      await expect(dying).rejects.toMatchObject({ code: 'unavailable' });
      await postgres.start();
      expect(await dataSource.getRepository(PostingRow).count()).toBe(0);
    },
    TEST_MS,
  );

  it(
    'passes on what PostgreSQL refuses',
    async () => {
      const dataSource = await open({ name: 'refuses' });
      await dataSource.getRepository(PostingRow).insert({ id: 'twice', costNanoUsd: 1 });
      const again = askStore(() => dataSource.getRepository(PostingRow).insert({ id: 'twice', costNanoUsd: 1 }));
      await expect(again).rejects.toMatchObject({ code: '23505' });
    },
    TEST_MS,
  );
});
