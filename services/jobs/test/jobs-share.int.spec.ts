// How the queue is shared out, and what can be asked of it: fairness, limits, events, streams, dead letters.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { HealthSnapshot } from '@skein/contracts/health';
import { ReadJobEvents, ReadQueue, RedriveJobs, type JobEventView } from '@skein/contracts/jobs';
import { openStore } from '@skein/store';
import { eventually } from '@skein/testkit';
import { createLogger } from '@skein/telemetry';
import type { DataSource } from 'typeorm';
import { answering, failing, holding, inTurn, streaming } from './conductor.js';
import { chat, refusalOf, startJobsMesh, type JobsMesh } from './jobs-mesh.js';

const LONG = 60_000;
let mesh: JobsMesh;
let store: DataSource;

beforeAll(async () => {
  mesh = await startJobsMesh();
  await mesh.startRoom();
  await mesh.stopRooms();
  store = await openStore({
    url: mesh.postgres.url,
    name: 'jobs',
    entities: [],
    migrations: [],
    logger: createLogger('spec', 'silent'),
  });
}, 120_000);

beforeEach(async () => {
  await store.query('TRUNCATE jobs, job_runs, job_attempts, job_payloads, job_events, job_shares, job_limits');
  mesh.conductor.conduct = answering(mesh.bus);
  mesh.conductor.orders.length = 0;
});
afterEach(() => mesh.stopRooms());
afterAll(async () => {
  await store?.destroy();
  await mesh?.stop();
});

const context = () => ({ requestId: 'spec', deadline: performance.now() + 30_000 });
const readEvents = (id: string, after: string | null = null, waitMs = 10_000) =>
  mesh.bus.call(ReadJobEvents, { tenant: 'acme', id, after, wait_ms: waitMs }, context());

/** All events of a job, read piece by piece until it has ended. */
async function allEvents(id: string, after: string | null = null): Promise<JobEventView[]> {
  const events: JobEventView[] = [];
  for (;;) {
    const found = await readEvents(id, events.at(-1)?.id ?? after);
    events.push(...found.events);
    if (found.ended) return events;
  }
}

/** Orders of `tenant` among all, by how many had begun before each since `from`. */
const placesOf = (tenant: string, from: number): number[] =>
  mesh.conductor.orders.slice(from).flatMap((order, index) => (order.caller.tenant === tenant ? [index + 1] : []));

describe('two tenants, one flooding', () => {
  it(
    'leave the other a wait of at most twice its wait alone, in jobs begun before its own',
    async () => {
      const OWN = 20;
      const p95 = (places: number[]): number => places[Math.ceil(places.length * 0.95) - 1] ?? NaN;
      const answer = answering(mesh.bus);
      // Each takes a turn of the loop or two, so that the queue is ever full.
      mesh.conductor.conduct = async (order, served) => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        return answer(order, served);
      };
      const room = { JOBS_CONCURRENCY: '4' };
      await mesh.startRoom(room);
      const alone = await Promise.all(Array.from({ length: OWN }, () => mesh.submit({ tenant: 'quiet' })));
      for (const { job } of alone) await mesh.until(job.id, 'succeeded', 'quiet');
      const waitAlone = p95(placesOf('quiet', 0));

      await store.query('TRUNCATE job_shares');
      mesh.conductor.orders.length = 0;
      for (let wave = 0; wave < 6; wave += 1)
        await Promise.all(Array.from({ length: 50 }, () => mesh.submit({ tenant: 'flood' })));
      await eventually(() => expect(placesOf('flood', 0).length).toBeGreaterThanOrEqual(30), {
        withinMs: 60_000,
        everyMs: 5,
      });
      const from = mesh.conductor.orders.length;
      const beside = await Promise.all(Array.from({ length: OWN }, () => mesh.submit({ tenant: 'quiet' })));
      for (const { job } of beside) await mesh.until(job.id, 'succeeded', 'quiet');
      // What was begun while the twenty were still being submitted is no wait of theirs.
      const submitted = placesOf('quiet', from)[0] ?? 0;
      const waitBeside = p95(placesOf('quiet', from)) - submitted + 1;
      expect(waitBeside).toBeLessThanOrEqual(2 * waitAlone);
      expect(placesOf('flood', from).length).toBeGreaterThan(0);
    },
    LONG,
  );
});

describe('limits', () => {
  it(
    'bound what a tenant has running at once, and leave others alone',
    async () => {
      await store.query(`INSERT INTO job_limits (scope, name, concurrency) VALUES ('tenant', 'small', 2)`);
      let running = 0;
      let most = 0;
      const answer = answering(mesh.bus);
      mesh.conductor.conduct = async (order, served) => {
        const isSmall = order.caller.tenant === 'small';
        if (isSmall) most = Math.max(most, (running += 1));
        await new Promise((resolve) => setTimeout(resolve, 20));
        if (isSmall) running -= 1;
        return answer(order, served);
      };
      await mesh.startRoom();
      const jobs = await Promise.all(Array.from({ length: 8 }, () => mesh.submit({ tenant: 'small' })));
      for (const { job } of jobs) await mesh.until(job.id, 'succeeded', 'small');
      expect(most).toBe(2);
    },
    LONG,
  );

  it(
    'bound what a vendor is given in a minute',
    async () => {
      await store.query(`INSERT INTO job_limits (scope, name, per_minute) VALUES ('vendor', 'openai', 3)`);
      await mesh.startRoom();
      const body = { ...chat(), model: 'openai/gpt-4o-mini' };
      for (let count = 0; count < 5; count += 1) await mesh.submit({ body });
      const { job } = await mesh.submit({ body: chat('another vendor') });
      await mesh.until(job.id, 'succeeded');
      while ((await mesh.list({ status: 'succeeded' })).jobs.length < 4);
      expect((await mesh.list({ status: 'queued' })).jobs).toHaveLength(2);
      expect(mesh.conductor.orders.filter(({ model }) => model.startsWith('openai/'))).toHaveLength(3);
    },
    LONG,
  );

  it(
    'hold jobs back while the circuit of their model is open, at no cost of their runs',
    async () => {
      const deployment = {
        vendor: 'openai',
        model: 'gpt-4o-mini',
        circuit: 'open' as const,
        until: Date.now() + 3_600_000,
        attempts: 5,
        errors: 5,
        rate_limited: 0,
        consecutive_errors: 5,
        first_byte_p50_ms: null,
        first_byte_p95_ms: null,
        total_p50_ms: null,
        total_p95_ms: null,
      };
      await mesh.bus.putSnapshot(HealthSnapshot, { revision: 'open', at: 1, deployments: [deployment] });
      await mesh.startRoom();
      const held = await mesh.submit({ body: { ...chat(), model: 'openai/gpt-4o-mini' } });
      const free = await mesh.submit();
      await mesh.until(free.job.id, 'succeeded');
      expect(await mesh.get(held.job.id)).toMatchObject({ status: 'queued', runs: 0 });
      expect(await mesh.bus.call(ReadQueue, { tenant: 'acme' }, context())).toMatchObject({
        held: ['openai/gpt-4o-mini'],
      });
      const closed = { ...deployment, circuit: 'closed' as const, until: null };
      await mesh.bus.putSnapshot(HealthSnapshot, { revision: 'closed', at: 2, deployments: [closed] });
      expect(await mesh.until(held.job.id, 'succeeded')).toMatchObject({ runs: 1, failed_runs: 0 });
    },
    LONG,
  );

  it(
    'refuse more waiting jobs than the queue takes, and say when to come again',
    async () => {
      await mesh.startRoom({ JOBS_MAX_WAITING: '1' });
      await mesh.submit({ tenant: 'many', delay: '1h' });
      // The figures are a moment old: it may take some submissions until one is refused.
      const submit = () => mesh.submit({ tenant: 'many', delay: '1h' });
      await eventually(async () => expect(await refusalOf(submit())).toBe('rate_limit_exceeded'), { everyMs: 200 });
    },
    LONG,
  );
});

describe('priorities', () => {
  it(
    'put a job before others of its tenant that came earlier',
    async () => {
      const { conduct, begun, stopped } = holding();
      mesh.conductor.conduct = inTurn(conduct, answering(mesh.bus));
      await mesh.startRoom({ JOBS_CONCURRENCY: '1' });
      const running = await mesh.submit();
      await begun;
      // One is dealt out ahead of the free slot; what comes after it is still in line.
      await mesh.submit();
      const low = await mesh.submit({ priority: 'low' });
      const normal = await mesh.submit({ priority: 'normal' });
      const high = await mesh.submit({ priority: 'high' });
      await mesh.cancel(running.job.id);
      await stopped;
      const began: (string | null)[] = [];
      for (const { job } of [high, normal, low]) began.push((await mesh.until(job.id, 'succeeded')).started_at);
      expect([...began].sort()).toEqual(began);
    },
    LONG,
  );
});

describe('events of a job', () => {
  it(
    'are read from the beginning, or on from any of them, in another room as well',
    async () => {
      await mesh.startRoom();
      const { job } = await mesh.submit({ delay: '300ms' });
      const events = await allEvents(job.id);
      expect(events.map(({ type }) => type)).toEqual(['job.scheduled', 'job.queued', 'job.running', 'job.succeeded']);
      await mesh.stopRooms();
      await mesh.startRoom();
      const rest = await allEvents(job.id, events[1]?.id);
      expect(rest).toEqual(events.slice(2));
    },
    LONG,
  );

  it(
    'wait for what is yet to happen, and are nobody else’s',
    async () => {
      await mesh.startRoom();
      const { job } = await mesh.submit({ delay: '500ms' });
      const [first] = (await readEvents(job.id)).events;
      const next = await readEvents(job.id, first?.id ?? null);
      expect(next.events[0]?.type).toBe('job.queued');
      expect(
        await refusalOf(
          mesh.bus.call(ReadJobEvents, { tenant: 'globex', id: job.id, after: null, wait_ms: 0 }, context()),
        ),
      ).toBe('not_found');
    },
    LONG,
  );

  it(
    'hold the pieces of a streamed answer, whose result is the whole',
    async () => {
      mesh.conductor.conduct = streaming(mesh.bus, ['Once', ' upon', ' a time']);
      await mesh.startRoom();
      const { job } = await mesh.submit({ body: { ...chat(), stream: true } });
      const events = await allEvents(job.id);
      const text = events
        .filter(({ type }) => type === 'chunk')
        .map(
          ({ data }) =>
            (data as { chunk: { choices: { delta: { content: string } }[] } }).chunk.choices[0]?.delta.content,
        )
        .join('');
      expect(text).toBe('Once upon a time');
      expect((await mesh.get(job.id)).result).toMatchObject({
        status_code: 200,
        body: { object: 'chat.completion', choices: [{ message: { content: 'Once upon a time' } }] },
      });
      expect(mesh.conductor.orders[0]?.stream).toBe(true);
    },
    LONG,
  );
});

describe('a dead letter', () => {
  it(
    'says why it died, is found by that, and goes round again',
    async () => {
      mesh.conductor.conduct = inTurn(failing('vendor_refused'), answering(mesh.bus));
      await mesh.startRoom();
      const { job } = await mesh.submit();
      await mesh.until(job.id, 'failed');
      expect((await mesh.list({ reason: 'vendor_refused' })).jobs).toMatchObject([
        { id: job.id, status: 'failed', error: { code: 'vendor_refused' } },
      ]);
      const redrive = (which: { id: string }) => mesh.bus.call(RedriveJobs, { tenant: 'acme', which }, context());
      expect(await redrive({ id: job.id })).toEqual({ redriven: [job.id] });
      expect(await mesh.until(job.id, 'succeeded')).toMatchObject({ runs: 2, failed_runs: 0, error: null });
      expect((await mesh.get(job.id)).attempts).toHaveLength(2);
      expect(await refusalOf(redrive({ id: job.id }))).toBe('conflict');
      expect(await refusalOf(redrive({ id: 'job_none' }))).toBe('not_found');
    },
    LONG,
  );

  it(
    'goes round with all of its kind',
    async () => {
      mesh.conductor.conduct = failing('vendor_refused');
      await mesh.startRoom();
      const jobs = [await mesh.submit(), await mesh.submit(), await mesh.submit({ delay: '1h' })];
      for (const { job } of jobs.slice(0, 2)) await mesh.until(job.id, 'failed');
      mesh.conductor.conduct = answering(mesh.bus);
      const which = {
        status: null,
        endpoint: null,
        reason: 'vendor_refused',
        created_after: null,
        created_before: null,
        limit: 10,
      };
      const { redriven } = await mesh.bus.call(RedriveJobs, { tenant: 'acme', which }, context());
      expect(redriven.sort()).toEqual(
        jobs
          .slice(0, 2)
          .map(({ job }) => job.id)
          .sort(),
      );
      for (const id of redriven) await mesh.until(id, 'succeeded');
    },
    LONG,
  );
});

describe('a call with no vendor left', () => {
  it(
    'stays a job for as long as its caller wants',
    async () => {
      const none = failing('all_attempts_failed');
      mesh.conductor.conduct = inTurn(none, none, answering(mesh.bus));
      await mesh.startRoom({ JOBS_MAX_RUNS: '1' });
      const { job } = await mesh.submit({ on_exhausted: 'job' });
      expect(await mesh.until(job.id, 'succeeded')).toMatchObject({ runs: 3, failed_runs: 2 });
    },
    LONG,
  );
});
