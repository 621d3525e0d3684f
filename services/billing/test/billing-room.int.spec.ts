// The room as it runs: facts from JetStream to the ledger, keys from the file to every gateway.
import { createHash } from 'node:crypto';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startRooms, type RunningRooms } from '@skein/boot';
import { connectBus, type NatsBus } from '@skein/bus';
import { AttemptFinished } from '@skein/contracts/attempt';
import { KeysSnapshot, ReportUsage, type KeysRevision } from '@skein/contracts/billing';
import type { SkeinError } from '@skein/contracts/errors';
import { launchNats, launchPostgres, type LaunchedNats, type LaunchedPostgres } from '@skein/servers';
import { createLogger } from '@skein/telemetry';
import { billingRoom } from '../src/index.js';
import { attemptFact } from './posting-samples.js';

let nats: LaunchedNats;
let postgres: LaunchedPostgres;
let bus: NatsBus;
let room: RunningRooms | undefined;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'skein-billing-'));
  [nats, postgres] = await Promise.all([launchNats({ ephemeral: true }), launchPostgres({ ephemeral: true })]);
  bus = await connectBus({
    url: nats.meshUrl,
    instance: 'spec',
    rooms: [],
    local: 'never',
    logger: createLogger('spec', 'silent'),
  });
}, 120_000);

afterEach(async () => {
  await room?.stop();
  room = undefined;
});

afterAll(async () => {
  await bus?.drain(100);
  await Promise.all([nats?.stop(), postgres?.stop()]);
  await rm(directory, { recursive: true });
});

async function startBilling(settings: Record<string, string> = {}): Promise<void> {
  const given = { NATS_URL: nats.meshUrl, DATABASE_URL: postgres.url, LOG_LEVEL: 'silent', SHUTDOWN_GRACE_MS: '100' };
  room = await startRooms([{ room: billingRoom }], { ...given, ...settings });
  while (await isUnserved());
}

/** A subscription reaches the server a moment after it was made. */
const isUnserved = () =>
  askUsage('nobody').then(
    () => false,
    (error: SkeinError) => error.code === 'no_responders',
  );

const askUsage = (tenant: string) =>
  bus.call(
    ReportUsage,
    { tenant, key_id: 'ann-1', since: null },
    { requestId: 'spec', deadline: performance.now() + 10_000 },
  );

/** Asks again until the ledger has that many attempts; the spec's own time-out ends it. */
async function untilPosted(tenant: string, attempts: number) {
  for (;;) {
    const usage = await askUsage(tenant);
    if (usage.attempts >= attempts) return usage;
  }
}

const of = (tenant: string) => ({ ...attemptFact().caller, tenant });

describe('the ledger of the room', () => {
  it('posts what was stated while billing was down', async () => {
    await bus.state(AttemptFinished, attemptFact({ caller: of('before'), attempt_id: 'early' }));
    await startBilling();
    expect(await untilPosted('before', 1)).toMatchObject({ attempts: 1, cost_nano_usd: 123_456 });
  }, 60_000);

  it('goes on when PostgreSQL has been away', async () => {
    await startBilling();
    await postgres.kill('SIGKILL');
    await bus.state(AttemptFinished, attemptFact({ caller: of('away'), attempt_id: 'while-away' }));
    await expect(askUsage('away')).rejects.toMatchObject({ code: 'unavailable' });
    await postgres.start();
    expect(await untilPosted('away', 1)).toMatchObject({ attempts: 1 });
  }, 60_000);

  it('is not held up by a fact that nobody can read', async () => {
    await startBilling();
    const broken = { ...AttemptFinished, idOf: () => 'broken' };
    await bus.state(broken, { ...attemptFact({ attempt_id: 'bad' }), total_ms: 'long' as never });
    await bus.state(AttemptFinished, attemptFact({ caller: of('behind'), attempt_id: 'good' }));
    expect(await untilPosted('behind', 1)).toMatchObject({ attempts: 1 });
  }, 60_000);
});

describe('the keys of the room', () => {
  const hashOf = (key: string): string => createHash('sha256').update(key).digest('hex');
  const yaml = (id: string): string =>
    `tenants:\n  acme:\n    keys:\n      - { id: ${id}, key: "sha256:${hashOf(id)}" }\n`;

  /** The ids of every revision from now on, as a gateway hears them. */
  async function listen() {
    const heard: string[][] = [];
    let wake = (): void => undefined;
    const stop = await bus.watchSnapshot(KeysSnapshot, ({ keys }: KeysRevision) => {
      heard.push(keys.map(({ id }) => id));
      wake();
    });
    const until = async (ids: readonly string[]): Promise<void> => {
      while (JSON.stringify(heard.at(-1)) !== JSON.stringify(ids))
        await new Promise<void>((resolve) => (wake = resolve));
    };
    return { heard, stop, until };
  }

  it('follow the file: rewritten in place, put in its place, and through a mistake', async () => {
    const file = join(directory, 'keys.yaml');
    await writeFile(file, yaml('first'));
    const { heard, until, stop } = await listen();
    await startBilling({ SKEIN_CONFIG: file });
    await until(['first']);
    expect(room?.readiness.missing()).toEqual([]);

    await writeFile(file, yaml('second'));
    await until(['second']);

    await writeFile(file, 'tenants: { acme: { keys: [{ id: x, key: sk-in-the-clear }] } }');
    await writeFile(join(directory, 'draft.yaml'), yaml('third'));
    await rename(join(directory, 'draft.yaml'), file);
    await until(['third']);
    stop();
    expect(heard.slice(heard.findIndex(([id]) => id === 'first'))).toEqual([['first'], ['second'], ['third']]);
  }, 60_000);

  it('are the local key alone in the local profile', async () => {
    const { until, stop } = await listen();
    await startBilling({ DEV_KEY: 'sk-skein-dev' });
    await until(['dev']);
    stop();
  }, 60_000);

  it('are none where nobody gave any', async () => {
    const { until, stop } = await listen();
    await startBilling();
    await until([]);
    stop();
  }, 60_000);

  it('stay as they were when the room starts with a file it cannot use', async () => {
    const file = join(directory, 'broken.yaml');
    await writeFile(file, yaml('good'));
    const { heard, until, stop } = await listen();
    await startBilling({ SKEIN_CONFIG: file });
    await until(['good']);
    await room?.stop();
    await writeFile(file, 'tenants: [');
    await startBilling({ SKEIN_CONFIG: file });
    await writeFile(file, yaml('better'));
    await until(['better']);
    stop();
    expect(heard.slice(-2)).toEqual([['good'], ['better']]);
  }, 60_000);
});
