// What the room does unasked: calls customers' endpoints when their jobs change, and submits what schedules say.
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  CreateSchedule,
  CreateWebhook,
  DeleteSchedule,
  ListDeliveries,
  ListSchedules,
  ListWebhooks,
  Redeliver,
  RotateWebhookSecret,
  type DeliveryView,
} from '@skein/contracts/jobs';
import { eventually } from '@skein/testkit';
import { Webhook } from 'standardwebhooks';
import { answering } from './conductor.js';
import { chat, refusalOf, startJobsMesh, type JobsMesh } from './jobs-mesh.js';

const LONG = 60_000;
const ALLOWED = { JOBS_WEBHOOK_ALLOW: '127.0.0.0/8', JOBS_WEBHOOK_RETRY_MS: '20' };

interface Call {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let mesh: JobsMesh;
let server: Server;
let base: string;
let calls: Call[] = [];
/** Status of the next answers, in turn; then 204. */
let statuses: number[] = [];

beforeAll(async () => {
  mesh = await startJobsMesh();
  server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      calls.push({ path: request.url ?? '', headers: request.headers, body: Buffer.concat(parts).toString('utf8') });
      response.writeHead(statuses.shift() ?? 204, { location: '/elsewhere' }).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}, 120_000);
beforeEach(() => {
  mesh.conductor.conduct = answering(mesh.bus);
  calls = [];
  statuses = [];
});
afterEach(() => mesh.stopRooms());
afterAll(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => server?.close(resolve));
  await mesh?.stop();
});

const context = () => ({ requestId: 'spec', deadline: performance.now() + 30_000 });
const open = (tenant: string, path: string) =>
  mesh.bus.call(CreateWebhook, { tenant, webhook: { url: `${base}${path}` } }, context());
const deliveriesOf = async (tenant: string, id: string): Promise<DeliveryView[]> =>
  (await mesh.bus.call(ListDeliveries, { tenant, id, limit: 100 }, context())).deliveries;

const PATIENCE_MS = 60_000;

function callsUntil(count: number): Promise<Call[]> {
  return eventually(
    () => {
      if (calls.length < count) throw new Error(`${calls.length} of ${count} calls came`);
      return calls;
    },
    { withinMs: PATIENCE_MS },
  );
}
function deliveryThatIs(status: DeliveryView['status'], tenant: string, id: string): Promise<DeliveryView> {
  return eventually(
    async () => {
      const [latest] = await deliveriesOf(tenant, id);
      if (latest?.status !== status) throw new Error(`the delivery is ${latest?.status}`);
      return latest;
    },
    { withinMs: PATIENCE_MS },
  );
}
const signed = ({ headers }: Call) => headers as Record<string, string>;

describe('a webhook', () => {
  it(
    'tells of the end of a job, signed as the Standard Webhooks libraries check it',
    async () => {
      await mesh.startRoom(ALLOWED);
      const { secrets } = await open('signs', '/hook?x=1');
      const { job } = await mesh.submit({ tenant: 'signs' });
      const [call] = await callsUntil(1);
      if (call === undefined) throw new Error('nothing was called');
      expect(call.path).toBe('/hook?x=1');
      const told = new Webhook(secrets[0] ?? '').verify(call.body, signed(call));
      expect(told).toMatchObject({ type: 'job.succeeded', data: { id: job.id, status: 'succeeded' } });
      expect(call.headers['webhook-id']).toBe(`${job.id}.1.succeeded`);
      expect(() => new Webhook('whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA').verify(call.body, signed(call))).toThrow();
    },
    LONG,
  );

  it(
    'is tried again after a failure, under the same id, and its log says so',
    async () => {
      await mesh.startRoom(ALLOWED);
      statuses = [500, 302];
      const { id } = await open('again', '/again');
      await mesh.submit({ tenant: 'again' });
      const seen = await callsUntil(3);
      expect(new Set(seen.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
      // A redirect is an answer like any other.
      expect(seen.map(({ path }) => path)).toEqual(['/again', '/again', '/again']);
      expect(await deliveryThatIs('delivered', 'again', id)).toMatchObject({ tries: 3, status_code: 204, error: null });
      const [delivery] = await deliveriesOf('again', id);
      await mesh.bus.call(Redeliver, { tenant: 'again', id, delivery: delivery?.id ?? '' }, context());
      expect((await callsUntil(4))[3]?.headers['webhook-id']).toBe(seen[0]?.headers['webhook-id']);
    },
    LONG,
  );

  it(
    'is signed with both secrets while they are rotated',
    async () => {
      await mesh.startRoom(ALLOWED);
      const before = await open('turns', '/turns');
      const after = await mesh.bus.call(RotateWebhookSecret, { tenant: 'turns', id: before.id }, context());
      expect(after.secrets).toHaveLength(2);
      expect(after.secrets[1]).toBe(before.secrets[0]);
      await mesh.submit({ tenant: 'turns' });
      const [call] = await callsUntil(1);
      if (call === undefined) throw new Error('nothing was called');
      for (const secret of after.secrets) expect(new Webhook(secret).verify(call.body, signed(call))).toBeDefined();
    },
    LONG,
  );

  it(
    'goes to no private address, by whatever name, unless that is allowed',
    async () => {
      await mesh.startRoom();
      expect(await refusalOf(open('guarded', '/x'))).toBe('invalid_request');
      const byName = `http://localhost:${new URL(base).port}/x`;
      const { id } = await mesh.bus.call(CreateWebhook, { tenant: 'guarded', webhook: { url: byName } }, context());
      await mesh.submit({ tenant: 'guarded' });
      let [delivery] = await deliveriesOf('guarded', id);
      while ((delivery?.tries ?? 0) === 0 || delivery?.error === null) [delivery] = await deliveriesOf('guarded', id);
      expect(delivery?.error).toContain('not a public address');
      expect(calls).toEqual([]);
    },
    LONG,
  );

  it(
    'that fails and fails is left alone for a while, and for good when it says that it is gone',
    async () => {
      await mesh.startRoom({ ...ALLOWED, JOBS_WEBHOOK_RETRY_MS: '3600000' });
      statuses = [500, 500, 500, 500, 500];
      const { id } = await open('rests', '/rests');
      const state = async () =>
        (await mesh.bus.call(ListWebhooks, { tenant: 'rests' }, context())).webhooks.find((each) => each.id === id)
          ?.state;
      for (let count = 0; count < 5; count += 1) {
        await mesh.submit({ tenant: 'rests' });
        await callsUntil(count + 1);
      }
      while ((await state()) !== 'resting');
      await mesh.submit({ tenant: 'rests' });
      while ((await deliveriesOf('rests', id)).length < 6);
      expect((await deliveriesOf('rests', id))[0]).toMatchObject({ status: 'pending', tries: 0 });

      statuses = [410];
      const gone = await open('gone', '/gone');
      await mesh.submit({ tenant: 'gone' });
      expect(await deliveryThatIs('failed', 'gone', gone.id)).toMatchObject({ status_code: 410, tries: 1 });
    },
    LONG,
  );

  it(
    'that a job names hears of that job only',
    async () => {
      await mesh.startRoom(ALLOWED);
      await mesh.submit({ tenant: 'names' });
      const { job } = await mesh.submit({ tenant: 'names', webhook: `${base}/named` });
      const [call] = await callsUntil(1);
      expect(JSON.parse(call?.body ?? '{}')).toMatchObject({ data: { id: job.id } });
      await mesh.submit({ tenant: 'names' });
      const last = await mesh.submit({ tenant: 'names', webhook: { url: `${base}/named` } });
      await callsUntil(2);
      expect(calls.map(({ body }) => (JSON.parse(body) as { data: { id: string } }).data.id)).toEqual([
        job.id,
        last.job.id,
      ]);
    },
    LONG,
  );
});

describe('a schedule', () => {
  const caller = { tenant: 'planned', project: null, key_id: 'k', user: null, cost_center: null };
  const create = (cron: string, tz?: string) =>
    mesh.bus.call(
      CreateSchedule,
      {
        caller,
        schedule: { cron, ...(tz !== undefined && { tz }), job: { endpoint: '/v1/chat/completions', body: chat() } },
      },
      context(),
    );

  it(
    'submits one job a moment, however many rooms look, until it is deleted',
    async () => {
      await mesh.startRoom();
      await mesh.startRoom();
      const { id } = await create('* * * * * *');
      const jobs = async () => (await mesh.list({ tenant: 'planned' })).jobs;
      await eventually(async () => expect((await jobs()).length).toBeGreaterThanOrEqual(3), {
        withinMs: PATIENCE_MS,
        everyMs: 50,
      });
      await mesh.bus.call(DeleteSchedule, { tenant: 'planned', id }, context());
      const submitted = await jobs();
      const seconds = submitted.map(({ created_at }) => Math.floor(new Date(created_at).getTime() / 1_000));
      expect(new Set(seconds).size).toBe(seconds.length);
      for (const job of submitted) await mesh.until(job.id, 'succeeded', 'planned');
      expect((await mesh.bus.call(ListSchedules, { tenant: 'planned' }, context())).schedules).toEqual([]);
    },
    LONG,
  );

  it('is refused when it could never come', async () => {
    await mesh.startRoom();
    expect(await refusalOf(create('every night'))).toBe('invalid_request');
    expect(await refusalOf(create('0 3 * * *', 'Nowhere/At_All'))).toBe('invalid_request');
    expect(await refusalOf(mesh.bus.call(DeleteSchedule, { tenant: 'planned', id: 'sched_none' }, context()))).toBe(
      'not_found',
    );
  });
});
