import { randomUUID } from 'node:crypto';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startRooms, type RunningRooms } from '@skein/boot';
import { connectBus, type NatsBus } from '@skein/bus';
import { HealthSnapshot, type DeploymentHealth } from '@skein/contracts/health';
import { DecideRoute, type RoutePlan } from '@skein/contracts/router';
import { launchNats, type LaunchedNats } from '@skein/servers';
import { createLogger } from '@skein/telemetry';
import { routerRoom } from '../src/index.js';
import { ask, type Asked } from './small-world.js';

const firstPolicy = 'name: first\nstrategy: quality_first\ndefault: [openai/gpt-4o, anthropic/claude-haiku-4-5]\n';
const secondPolicy = 'name: second\nstrategy: quality_first\ndefault: [anthropic/claude-haiku-4-5, openai/gpt-4o]\n';

let nats: LaunchedNats;
let directory: string;
let policyFile: string;
let reader: RunningRooms;
let follower: RunningRooms;
let worker: NatsBus;

beforeAll(async () => {
  nats = await launchNats({ ephemeral: true });
  directory = await mkdtemp(join(tmpdir(), 'skein-router-'));
  policyFile = join(directory, 'policy.yaml');
  await writeFile(policyFile, firstPolicy);
  worker = await connectBus({
    url: nats.meshUrl,
    instance: `worker-${randomUUID()}`,
    rooms: ['provider'],
    local: 'never',
    logger: createLogger('test', 'silent'),
  });
  for (const vendor of ['openai', 'anthropic']) worker.announceVendor({ vendor, mode: 'live', concurrency: 4 });
  const environment = { NATS_URL: nats.meshUrl, LOG_LEVEL: 'silent' };
  follower = await startRooms([{ room: routerRoom }], environment);
  reader = await startRooms([{ room: routerRoom }], { ...environment, SKEIN_POLICY: policyFile });
}, 120_000);

afterAll(async () => {
  await reader?.stop();
  await follower?.stop();
  await worker?.drain(1_000);
  await nats?.stop();
  await rm(directory, { recursive: true, force: true });
}, 30_000);

const decide = (at: RunningRooms, asked: Asked = {}): Promise<RoutePlan> =>
  worker.call(
    DecideRoute,
    ask(asked),
    { requestId: randomUUID(), deadline: performance.now() + 5_000 },
    { instance: at.bus.instance },
  );

/** Asks until the plan is as wanted; the suite's own time-out is the only clock. */
const until = async (at: RunningRooms, isWanted: (plan: RoutePlan) => boolean): Promise<RoutePlan> => {
  for (;;) {
    const plan = await decide(at).catch(() => null);
    if (plan !== null && isWanted(plan)) return plan;
    await new Promise(setImmediate);
  }
};
const startsWith = (model: string) => (plan: RoutePlan) => plan.candidates[0]?.model === model;

describe('routers', () => {
  it('follow the policy file that one of them reads, all under one revision', async () => {
    const mine = await until(reader, startsWith('gpt-4o'));
    const theirs = await until(follower, (plan) => plan.revision === mine.revision);
    expect(theirs.candidates).toEqual(mine.candidates);
  });

  it('take a changed file up, all of them', async () => {
    const { revision } = await until(reader, startsWith('gpt-4o'));
    await writeFile(`${policyFile}.new`, secondPolicy);
    await rename(`${policyFile}.new`, policyFile);
    const [mine, theirs] = await Promise.all([
      until(reader, startsWith('claude-haiku-4-5')),
      until(follower, startsWith('claude-haiku-4-5')),
    ]);
    expect(mine.revision).not.toBe(revision);
    expect(theirs.revision).toBe(mine.revision);
  }, 20_000);

  it('refuse to start with a file that is no policy where there is none to go on with', async () => {
    const alone = await launchNats({ ephemeral: true });
    const broken = join(directory, 'broken.yaml');
    await writeFile(broken, 'name: broken\ndefault: [nobody/model]\ntasks: { code: [openai/gpt-4o] }\n');
    try {
      const start = startRooms([{ room: routerRoom }], {
        NATS_URL: alone.meshUrl,
        LOG_LEVEL: 'silent',
        SKEIN_POLICY: broken,
      });
      await expect(start).rejects.toThrow(/default\.0.*nobody/s);
    } finally {
      await alone.stop();
    }
  }, 30_000);

  it('start on the last good policy when their file has been broken since', async () => {
    const broken = join(directory, 'broken-since.yaml');
    await writeFile(broken, 'name: broken\n');
    const { revision } = await until(reader, startsWith('claude-haiku-4-5'));
    const late = await startRooms([{ room: routerRoom }], {
      NATS_URL: nats.meshUrl,
      LOG_LEVEL: 'silent',
      SKEIN_POLICY: broken,
    });
    try {
      await until(late, (plan) => plan.revision === revision);
    } finally {
      await late.stop();
    }
  }, 20_000);

  it('leave out a deployment as soon as health says that its circuit is open', async () => {
    const health: DeploymentHealth = {
      vendor: 'anthropic',
      model: 'claude-haiku-4-5',
      circuit: 'open',
      until: Date.now() + 600_000,
      attempts: 3,
      errors: 3,
      rate_limited: 0,
      consecutive_errors: 3,
      first_byte_p50_ms: null,
      first_byte_p95_ms: null,
      total_p50_ms: null,
      total_p95_ms: null,
    };
    await until(follower, startsWith('claude-haiku-4-5'));
    await worker.putSnapshot(HealthSnapshot, { revision: 'h1', at: Date.now(), deployments: [health] });
    const plan = await until(follower, startsWith('gpt-4o'));
    expect(plan.excluded).toContainEqual({ vendor: 'anthropic', model: 'claude-haiku-4-5', rule: 'circuit_open' });
  });

  it('answer what cannot be planned with its code', async () => {
    await until(reader, () => true);
    await expect(decide(reader, { model: 'nobody/model' })).rejects.toMatchObject({
      code: 'not_found',
      param: 'model',
    });
    await expect(decide(reader, { model: 'mistral/any' })).rejects.toMatchObject({
      code: 'no_admissible_model',
      message: expect.stringContaining('MISTRAL_API_KEY'),
    });
  });
});
