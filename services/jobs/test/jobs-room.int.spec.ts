// The room as its customers know it: accepted jobs, their answers, and everything that may come between.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { connect } from 'nats';
import { answering, failing, holding, inTurn } from './conductor.js';
import { chat, refusalOf, startJobsMesh, type JobsMesh } from './jobs-mesh.js';

const LONG = 60_000;
let mesh: JobsMesh;

beforeAll(async () => {
  mesh = await startJobsMesh();
}, 120_000);

beforeEach(async () => {
  mesh.conductor.conduct = answering(mesh.bus);
  mesh.conductor.orders.length = 0;
  await mesh.startRoom();
});

afterEach(() => mesh.stopRooms());
afterAll(() => mesh?.stop());

describe('a job', () => {
  it(
    'is run, and keeps its answer, its attempts and their cost',
    async () => {
      const { job, created } = await mesh.submit({
        body: { ...chat(), temperature: 0.5, max_tokens: 7 },
        metadata: { task: 'code' },
      });
      expect(created).toBe(true);
      expect(job).toMatchObject({ object: 'job', status: 'queued', result: null, attempts: [], cost_nano_usd: null });
      const done = await mesh.until(job.id, 'succeeded');
      expect(done).toMatchObject({
        result: { status_code: 200, body: { object: 'chat.completion' } },
        error: null,
        attempts: [{ vendor: 'openai', outcome: 'finished' }],
        cost_nano_usd: 1_000,
      });
      expect(mesh.conductor.orders).toMatchObject([
        {
          kind: 'job',
          stream: false,
          model: 'auto',
          temperature: 0.5,
          max_output_tokens: 7,
          metadata: { task: 'code' },
        },
      ]);
    },
    LONG,
  );

  it(
    'tells of its changes as CloudEvents of its tenant',
    async () => {
      const client = await connect({ servers: new URL(mesh.nats.customerUrl).host });
      const events = client.subscribe('skein.evt.globex.job.*');
      await client.flush();
      const { job } = await mesh.submit({ tenant: 'globex' });
      const types: (string | undefined)[] = [];
      for await (const event of events) {
        expect(event.headers?.get('ce-subject')).toBe(job.id);
        expect(event.json()).toMatchObject({ id: job.id, object: 'job' });
        types.push(event.headers?.get('ce-type'));
        if (event.subject.endsWith('.succeeded')) break;
      }
      await client.close();
      expect(types.sort()).toEqual(['skein.job.queued', 'skein.job.running', 'skein.job.succeeded']);
    },
    LONG,
  );

  it(
    'waits for its delay',
    async () => {
      const { job } = await mesh.submit({ delay: '300ms' });
      expect(job.status).toBe('scheduled');
      const done = await mesh.until(job.id, 'succeeded');
      const waited = new Date(done.started_at ?? 0).getTime() - new Date(done.created_at).getTime();
      expect(waited).toBeGreaterThanOrEqual(300);
    },
    LONG,
  );

  it(
    'expires at its deadline, which its run hears of',
    async () => {
      const { conduct, stopped } = holding();
      mesh.conductor.conduct = conduct;
      // Long enough that its run has begun by then, on a busy machine too.
      const { job } = await mesh.submit({ deadline: '12s' });
      const done = await mesh.until(job.id, 'expired');
      expect(done).toMatchObject({ result: null, error: { code: 'deadline_exceeded' } });
      expect(done.finished_at).not.toBeNull();
      await stopped;
    },
    LONG,
  );

  it('is refused before it is accepted when it could never run', async () => {
    expect(await refusalOf(mesh.submit({ body: { model: 'auto' } }))).toBe('invalid_request');
    expect(await refusalOf(mesh.submit({ key: 'not one key' }))).toBe('invalid_request');
  });

  it(
    'keeps what was written, in its order and with all its characters',
    async () => {
      const body = { zeta: 1, model: 'auto', alpha: '\0\ud800', messages: [{ role: 'user', content: 'a\0b' }] };
      let sent: unknown;
      mesh.conductor.conduct = async (order, context) => {
        sent = context.body.json;
        return answering(mesh.bus, { text: '\0' })(order, context);
      };
      const { job } = await mesh.submit({ body });
      const done = await mesh.until(job.id, 'succeeded');
      expect(done.result?.body).toEqual({ text: '\0' });
      expect(JSON.stringify(sent)).toBe(JSON.stringify(body));
    },
    LONG,
  );
});

describe('the same submission', () => {
  it(
    'under the same key gives the same job, in whatever state',
    async () => {
      const first = await mesh.submit({ key: 'k1' });
      const again = await mesh.submit({ key: 'k1' });
      await mesh.until(first.job.id, 'succeeded');
      const later = await mesh.submit({ key: 'k1' });
      expect([again.job.id, later.job.id]).toEqual([first.job.id, first.job.id]);
      expect([first.created, again.created, later.created]).toEqual([true, false, false]);
      expect(later.job.status).toBe('succeeded');
    },
    LONG,
  );

  it(
    'sent many times at once is one job',
    async () => {
      const replies = await Promise.all(Array.from({ length: 20 }, () => mesh.submit({ key: 'k2' })));
      expect(new Set(replies.map(({ job }) => job.id)).size).toBe(1);
      expect(replies.filter(({ created }) => created)).toHaveLength(1);
    },
    LONG,
  );

  it(
    'is another one with another body, and belongs to its tenant',
    async () => {
      const asked = { key: 'k3', delay: '1h' };
      await mesh.submit(asked);
      expect(await refusalOf(mesh.submit({ ...asked, body: chat('something else') }))).toBe('idempotency_mismatch');
      expect(await refusalOf(mesh.submit({ key: 'k3' }))).toBe('idempotency_mismatch');
      expect((await mesh.submit({ ...asked, tenant: 'globex', body: chat('something else') })).created).toBe(true);
    },
    LONG,
  );
});

describe('a failure', () => {
  it(
    'that would come again ends the job at once',
    async () => {
      mesh.conductor.conduct = failing('vendor_refused');
      const { job } = await mesh.submit();
      expect(await mesh.until(job.id, 'failed')).toMatchObject({
        result: { status_code: 400, body: { error: { message: 'the spec says vendor_refused' } } },
        error: { code: 'vendor_refused' },
        cost_nano_usd: 10,
      });
      expect(mesh.conductor.orders).toHaveLength(1);
    },
    LONG,
  );

  it(
    'that may pass is tried again, three runs in all, each a request of its own',
    async () => {
      mesh.conductor.conduct = failing('all_attempts_failed');
      const { job } = await mesh.submit();
      const done = await mesh.until(job.id, 'failed');
      expect(done).toMatchObject({ result: { status_code: 502 }, cost_nano_usd: 30 });
      expect(done.attempts).toHaveLength(3);
      expect(new Set(mesh.conductor.orders.map((order) => order.request_id)).size).toBe(3);
    },
    LONG,
  );

  it(
    'of our own rooms uses up none of its retries',
    async () => {
      const away = failing('unavailable', []);
      mesh.conductor.conduct = inTurn(away, away, away, away, failing('vendor_failed'), away, answering(mesh.bus));
      const { job } = await mesh.submit();
      await mesh.until(job.id, 'succeeded');
      expect(mesh.conductor.orders).toHaveLength(7);
    },
    LONG,
  );

  it(
    'of unknown outcome is tried again, and shown',
    async () => {
      mesh.conductor.conduct = inTurn(failing('all_attempts_failed', ['unknown']), answering(mesh.bus));
      const { job } = await mesh.submit();
      const done = await mesh.until(job.id, 'succeeded');
      expect(done.attempts.map(({ outcome, cost_nano_usd: cost }) => [outcome, cost])).toEqual([
        ['unknown', null],
        ['finished', 1_000],
      ]);
      expect(done.cost_nano_usd).toBe(1_000);
    },
    LONG,
  );

  it(
    'of unknown outcome ends the job whose caller would not pay twice',
    async () => {
      mesh.conductor.conduct = inTurn(failing('all_attempts_failed', ['unknown']), answering(mesh.bus));
      const { job } = await mesh.submit({ retry_unknown: false });
      const done = await mesh.until(job.id, 'failed');
      expect(done.error).toMatchObject({ detail: { reason: 'outcome_unknown' } });
      expect(mesh.conductor.orders).toHaveLength(1);
    },
    LONG,
  );
});

describe('a cancel', () => {
  it(
    'ends a waiting job at once, which is then never run',
    async () => {
      const { job } = await mesh.submit({ delay: '200ms' });
      expect(await mesh.cancel(job.id)).toMatchObject({ status: 'cancelled' });
      const other = await mesh.submit({ delay: '400ms' });
      await mesh.until(other.job.id, 'succeeded');
      expect(mesh.conductor.orders).toHaveLength(1);
      expect(await mesh.get(job.id)).toMatchObject({ status: 'cancelled', result: null });
    },
    LONG,
  );

  it(
    'stops a running job upstream, and keeps what it had cost',
    async () => {
      const { conduct, begun, stopped } = holding();
      mesh.conductor.conduct = conduct;
      const { job } = await mesh.submit();
      await begun;
      expect(await mesh.cancel(job.id)).toMatchObject({ status: 'cancelled' });
      await stopped;
      expect(await mesh.until(job.id, ({ attempts }) => attempts.length > 0)).toMatchObject({
        status: 'cancelled',
        attempts: [{ outcome: 'cancelled' }],
        cost_nano_usd: 3,
      });
    },
    LONG,
  );

  it(
    'reaches a run in another process',
    async () => {
      const other = await mesh.startRoom({ JOBS_CONCURRENCY: '1' });
      const { conduct, begun, stopped } = holding();
      mesh.conductor.conduct = conduct;
      const { job } = await mesh.submit();
      const { sink } = await begun;
      const bystander = mesh.instances().find((instance) => instance !== sink);
      expect(other.bus.instance === sink || other.bus.instance === bystander).toBe(true);
      await mesh.cancel(job.id, 'acme', bystander);
      await stopped;
      expect((await mesh.get(job.id)).status).toBe('cancelled');
    },
    LONG,
  );

  it(
    'changes nothing in a job that has ended, and finds none of another tenant',
    async () => {
      const { job } = await mesh.submit();
      await mesh.until(job.id, 'succeeded');
      expect(await mesh.cancel(job.id)).toMatchObject({ status: 'succeeded' });
      expect(await refusalOf(mesh.cancel(job.id, 'globex'))).toBe('not_found');
      expect(await refusalOf(mesh.get(job.id, 'globex'))).toBe('not_found');
    },
    LONG,
  );
});

describe('the list', () => {
  it(
    'goes from the newest to the oldest, page by page, of one tenant and status',
    async () => {
      const tenant = 'lister';
      const ids: string[] = [];
      for (let index = 0; index < 5; index += 1) ids.unshift((await mesh.submit({ tenant, delay: '1h' })).job.id);
      const first = await mesh.list({ tenant, limit: 3 });
      expect(first.jobs.map(({ id }) => id)).toEqual(ids.slice(0, 3));
      expect(first.has_more).toBe(true);
      const second = await mesh.list({ tenant, limit: 3, after: ids[2] });
      expect(second.jobs.map(({ id }) => id)).toEqual(ids.slice(3));
      expect(second.has_more).toBe(false);
      await mesh.cancel(ids[0] ?? '', tenant);
      expect((await mesh.list({ tenant, status: 'cancelled' })).jobs.map(({ id }) => id)).toEqual([ids[0]]);
    },
    LONG,
  );
});
