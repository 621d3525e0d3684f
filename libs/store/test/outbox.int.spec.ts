import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { launchPostgres, type LaunchedPostgres } from '@skein/servers';
import { createLogger } from '@skein/telemetry';
import {
  inTransaction,
  openStore,
  OutboxRelay,
  putOutbox,
  type OutboxEntry,
  type StoredOutboxEntry,
} from '../src/index.js';
import { MakeOutbox1760000000002, MakePostings1760000000001, PostingRow } from './fixture.js';

const logger = createLogger('store', 'silent');
const table = 'test_outbox';
const NEVER_MS = 3_600_000;
const TEST_MS = 60_000;

let postgres: LaunchedPostgres;
let dataSource: DataSource;
const relays: OutboxRelay[] = [];

const entry = (index: number): OutboxEntry => ({
  topic: 'job',
  body: { index, text: `it's "quoted" {1,2} \\ ${index}` },
});
const entries = (count: number): OutboxEntry[] => Array.from({ length: count }, (_, index) => entry(index));
const put = (given: OutboxEntry[]) => inTransaction(dataSource, (manager) => putOutbox(manager, table, given));
const countLeft = async (): Promise<number> =>
  Number((await dataSource.query(`SELECT count(*) FROM ${table}`))[0].count);

/** A relay and what it has said; `heard(n)` resolves once there are n. */
function relay(publish: (entry: StoredOutboxEntry) => Promise<void> = async () => {}, intervalMs = NEVER_MS) {
  const said: StoredOutboxEntry[] = [];
  const waiting: { count: number; done: () => void }[] = [];
  const outbox = new OutboxRelay({
    dataSource,
    table,
    logger,
    intervalMs,
    publish: async (given) => {
      await publish(given);
      said.push(given);
      for (const { count, done } of waiting) if (said.length >= count) done();
    },
  });
  relays.push(outbox);
  const heard = (count: number) =>
    said.length >= count ? Promise.resolve() : new Promise<void>((done) => waiting.push({ count, done }));
  return { outbox, said, heard };
}

beforeAll(async () => {
  postgres = await launchPostgres({ ephemeral: true });
  const migrations = [MakePostings1760000000001, MakeOutbox1760000000002];
  dataSource = await openStore({ url: postgres.url, name: 'test', entities: [PostingRow], migrations, logger });
}, TEST_MS);
afterAll(async () => {
  await dataSource?.destroy();
  await postgres?.stop();
});
beforeEach(async () => dataSource.query(`TRUNCATE ${table}`));
afterEach(async () => {
  for (const each of relays.splice(0)) await each.stop();
});

it(
  'says everything in the order it was written, over many batches, and forgets it',
  async () => {
    await put(entries(250));
    const { outbox, said, heard } = relay();
    outbox.start();
    await heard(250);
    await outbox.stop();
    expect(said.map(({ body }) => body)).toEqual(entries(250).map(({ body }) => body));
    expect(await countLeft()).toBe(0);
  },
  TEST_MS,
);

it('says nothing of a transaction that was rolled back', async () => {
  const failing = inTransaction(dataSource, async (manager) => {
    await putOutbox(manager, table, entries(1));
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  expect(await countLeft()).toBe(0);
});

it(
  'looks at once when nudged, however long its interval',
  async () => {
    const { outbox, heard } = relay();
    outbox.start();
    await put(entries(3));
    outbox.nudge();
    await heard(3);
  },
  TEST_MS,
);

it(
  'finds what nobody nudged for',
  async () => {
    const { outbox, heard } = relay(undefined, 20);
    outbox.start();
    await put(entries(3));
    await heard(3);
  },
  TEST_MS,
);

it(
  'keeps an entry that could not be said, and all behind it, in order',
  async () => {
    await put(entries(5));
    let isBroken = true;
    const { outbox, said, heard } = relay(async ({ body }) => {
      if (isBroken && (body as { index: number }).index === 2) throw new Error('not now');
    });
    outbox.start();
    await heard(2);
    await outbox.stop();
    expect(await countLeft()).toBe(3);
    isBroken = false;
    outbox.start();
    await heard(5);
    expect(said.map(({ body }) => (body as { index: number }).index)).toEqual([0, 1, 2, 3, 4]);
  },
  TEST_MS,
);

it(
  'shares a table with other relays: everything is said once',
  async () => {
    await put(entries(600));
    const three = [relay(), relay(), relay()];
    for (const { outbox } of three) outbox.start();
    while ((await countLeft()) > 0) for (const { outbox } of three) outbox.nudge();
    for (const { outbox } of three) await outbox.stop();
    const said = three.flatMap(({ said: each }) => each.map(({ id }) => id));
    expect(said).toHaveLength(600);
    expect(new Set(said).size).toBe(600);
  },
  TEST_MS,
);

it(
  'waits, when stopped, for the entry under way and begins no other',
  async () => {
    await put(entries(10));
    let begin = (): void => undefined;
    const begun = new Promise<void>((resolve) => (begin = resolve));
    let finish = (): void => undefined;
    const finished = new Promise<void>((resolve) => (finish = resolve));
    const { outbox, said } = relay(async () => {
      begin();
      await finished;
    });
    outbox.start();
    await begun;
    const stopped = outbox.stop();
    finish();
    await stopped;
    expect(said).toHaveLength(1);
    expect(await countLeft()).toBe(9);
  },
  TEST_MS,
);

it(
  'goes on after PostgreSQL has been away',
  async () => {
    const { outbox, heard } = relay(undefined, 50);
    outbox.start();
    await postgres.kill();
    await postgres.start();
    await put(entries(2));
    await heard(2);
  },
  TEST_MS,
);
