import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startRooms, type RunningRooms } from '@skein/boot';
import { connectBus, type NatsBus } from '@skein/bus';
import { AttemptFinished, type AttemptFinishedFact } from '@skein/contracts/attempt';
import {
  AlertRaised,
  HealthSnapshot,
  OverrideVendor,
  type AlertRaisedFact,
  type DeploymentHealth,
  type HealthRevision,
} from '@skein/contracts/health';
import { probeVendorAt } from '@skein/contracts/provider';
import { launchNats, type LaunchedNats } from '@skein/servers';
import { createLogger } from '@skein/telemetry';
import { healthRoom } from '../src/index.js';

let nats: LaunchedNats;
let health: RunningRooms;
let worker: NatsBus;
let newest: readonly DeploymentHealth[] = [];
let revision: HealthRevision | null = null;
const alerts: AlertRaisedFact[] = [];
let isVendorUp = true;

const startHealth = () =>
  startRooms([{ room: healthRoom }], { NATS_URL: nats.meshUrl, LOG_LEVEL: 'silent', HEALTH_PROBE_EVERY_MS: '20' });

beforeAll(async () => {
  nats = await launchNats({ ephemeral: true });
  worker = await connectBus({
    url: nats.meshUrl,
    instance: `worker-${randomUUID()}`,
    rooms: ['provider'],
    local: 'never',
    logger: createLogger('test', 'silent'),
  });
  health = await startHealth();
  worker.watchFacts(AlertRaised, (alert) => alerts.push(alert));
  worker.serve('provider', probeVendorAt('openai'), () => ({ answered: isVendorUp, status: null, ms: 5 }));
  await worker.watchSnapshot(HealthSnapshot, (next) => {
    revision = next;
    newest = next.deployments;
  });
}, 120_000);

afterAll(async () => {
  await health?.stop();
  await worker?.drain(1_000);
  await nats?.stop();
}, 30_000);

const fact = (model: string, sketch: Partial<AttemptFinishedFact> = {}): AttemptFinishedFact => ({
  attempt_id: randomUUID(),
  request_id: randomUUID(),
  attempt_no: 1,
  kind: 'live',
  caller: { tenant: 't', project: null, key_id: 'k', user: null, cost_center: null },
  vendor: 'openai',
  model,
  task: null,
  at: Date.now(),
  outcome: 'finished',
  usage: null,
  usage_source: 'none',
  cost_nano_usd: null,
  price_revision: 'p',
  finish_reason: 'stop',
  first_byte_ms: 100,
  total_ms: 700,
  stream: true,
  sandboxed: true,
  model_served: null,
  vendor_request_id: null,
  error: null,
  instance: worker.instance,
  ...sketch,
});
const failure = (model: string) =>
  fact(model, {
    outcome: 'failed',
    error: { code: 'vendor_failed', message: 'no', source: 'vendor', vendor: 'openai' },
  });

const reported = async (isWanted: (found: DeploymentHealth) => boolean): Promise<DeploymentHealth> => {
  for (;;) {
    const found = newest.find(isWanted);
    if (found !== undefined) return found;
    await new Promise(setImmediate);
  }
};

it('tells the routers what attempts have shown', async () => {
  await worker.state(AttemptFinished, fact('well'));
  const found = await reported(({ model, attempts }) => model === 'well' && attempts === 1);
  expect(found).toMatchObject({
    vendor: 'openai',
    circuit: 'closed',
    errors: 0,
    first_byte_p50_ms: expect.any(Number),
  });
}, 20_000);

const until = async <Value>(look: () => Value | undefined): Promise<Value> => {
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    await new Promise(setImmediate);
  }
};
const vendor = (isWanted: (found: NonNullable<HealthRevision['vendors']>[number]) => boolean) =>
  until(() => revision?.vendors?.find(isWanted));

it('asks each vendor whether it is there, rests one that is not, and says so', async () => {
  worker.announceVendor({ vendor: 'openai', mode: 'sandbox', concurrency: 1 });
  await vendor(({ probe }) => probe?.answered === true);
  isVendorUp = false;
  await vendor(({ circuit }) => circuit === 'open');
  const alert = await until(() => alerts.find(({ kind }) => kind === 'circuit_opened'));
  expect(alert).toMatchObject({ vendor: 'openai', model: null, message: expect.stringContaining('probes') });
  expect(revision?.history?.[0]).toMatchObject({ vendor: 'openai', model: null, to: 'open', why: 'probe' });
  isVendorUp = true;
}, 20_000);

it('takes a vendor out and puts it back when an operator says so; unknown ones are refused', async () => {
  const context = { requestId: 'req_1', deadline: performance.now() + 10_000 };
  const { taken_out_until } = await worker.call(OverrideVendor, { vendor: 'openai', out_ms: 60_000 }, context);
  await vendor((found) => found.taken_out_until === taken_out_until);
  expect(await until(() => alerts.find(({ kind }) => kind === 'taken_out'))).toMatchObject({ vendor: 'openai' });
  await worker.call(OverrideVendor, { vendor: 'openai', out_ms: 0 }, context);
  await vendor((found) => found.taken_out_until === null);
  await expect(worker.call(OverrideVendor, { vendor: 'nobody', out_ms: 1 }, context)).rejects.toMatchObject({
    code: 'not_found',
  });
}, 20_000);

it('opens a circuit after three errors in a row, and keeps it open over a restart', async () => {
  for (let count = 0; count < 3; count += 1) await worker.state(AttemptFinished, failure('unwell'));
  const found = await reported(({ model, circuit }) => model === 'unwell' && circuit === 'open');
  expect(found.until).toBeGreaterThan(Date.now());

  await health.stop();
  health = await startHealth();
  await worker.state(AttemptFinished, fact('another'));
  await reported(({ model }) => model === 'another');
  expect(newest.find(({ model }) => model === 'unwell')).toMatchObject({ circuit: 'open', until: found.until });
}, 30_000);
