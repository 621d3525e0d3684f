// What a crash leaves behind, and that the row is the truth: rooms, queue and database going away at the worst moments.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { AttemptFinished } from '@skein/contracts/attempt';
import { SkeinError } from '@skein/contracts/errors';
import { GetRequest, type RequestRecord } from '@skein/contracts/records';
import { openStore } from '@skein/store';
import { createLogger } from '@skein/telemetry';
import type { DataSource } from 'typeorm';
import { ulid } from 'ulid';
import { JobAttemptRow, JobRow } from '../src/job.entity.js';
import type { NewJob } from '../src/job.js';
import { JobsRepository } from '../src/jobs.repository.js';
import { MakeJobs1760000000003 } from '../src/migrations/1760000000003-make-jobs.js';
import { ShareJobs1760000000031 } from '../src/migrations/1760000000031-share-jobs.js';
import { forgetOld } from '../src/payloads.repository.js';
import { readSubmission } from '../src/read-submission.js';
import { RunsRepository, type HeldRun, type TakeOutcome } from '../src/runs.repository.js';
import { answering, attemptOf, failing, holding, inTurn } from './conductor.js';
import { chat, startJobsMesh, type JobsMesh } from './jobs-mesh.js';

const LONG = 60_000;
const AT_ONCE = 0;
let mesh: JobsMesh;
let store: DataSource;
let jobs: JobsRepository;
let runs: RunsRepository;
let lookUp: () => Promise<RequestRecord>;

const noRecord = async (): Promise<RequestRecord> => {
  throw new SkeinError('not_found', 'no such request');
};

beforeAll(async () => {
  mesh = await startJobsMesh();
  mesh.bus.serve('records', GetRequest, () => lookUp());
  store = await openStore({
    url: mesh.postgres.url,
    name: 'jobs',
    entities: [JobRow, JobAttemptRow],
    migrations: [MakeJobs1760000000003, ShareJobs1760000000031],
    logger: createLogger('spec', 'silent'),
  });
  jobs = new JobsRepository(store);
  runs = new RunsRepository(store);
}, 120_000);

beforeEach(async () => {
  await store.query('TRUNCATE jobs, job_runs, job_attempts, job_payloads, job_events, job_shares, job_runners');
  mesh.conductor.conduct = answering(mesh.bus);
  mesh.conductor.orders.length = 0;
  lookUp = noRecord;
});

afterEach(() => mesh.stopRooms());
afterAll(async () => {
  await store?.destroy();
  await mesh?.stop();
});

/** A job that is written down, and in no queue yet. */
async function writeDown(change: Partial<NewJob> = {}): Promise<string> {
  const job = readSubmission({
    id: `job_${ulid()}`,
    caller: { tenant: 'acme', project: null, key_id: 'k', user: null, cost_center: null },
    submission: { endpoint: '/v1/chat/completions', body: chat() },
    idempotencyKey: null,
    maxRuns: 3,
    now: new Date(),
    traceparent: null,
  });
  await jobs.submit({ ...job, ...change });
  return job.id;
}

/** Takes a job as a runner that holds it for so long. */
async function takeAs(owner: string, id: string, leaseMs: number): Promise<HeldRun> {
  const taken: TakeOutcome = await runs.take(id, { owner, leaseMs, requestId: `req_${owner}_${id}` });
  if (taken.is !== 'taken') throw new Error(`not taken: ${taken.is}`);
  return { id, epoch: taken.job.epoch, requestId: `req_${owner}_${id}` };
}

const succeed = { event: 'succeed', result: { status_code: 200, body: {} } } as const;
const attempt = (id: string, outcome: 'finished' | 'unknown' = 'finished') =>
  attemptOf({ request_id: id } as Parameters<typeof attemptOf>[0], {
    id,
    outcome,
    cost_nano_usd: outcome === 'unknown' ? null : 5,
  });

describe('the fence', () => {
  it('accepts the result of the current runner only, and keeps the attempts of both', async () => {
    const id = await writeDown();
    const first = await takeAs('first', id, AT_ONCE);
    const second = await takeAs('second', id, LONG);
    expect(second.epoch).toBe(first.epoch + 1);
    expect(await runs.endRun(first, kept(attempt('a')), succeed)).toBe(false);
    expect((await jobs.get('acme', id)).status).toBe('running');
    expect(await runs.endRun(second, kept(attempt('b')), succeed)).toBe(true);
    expect(await jobs.get('acme', id)).toMatchObject({
      status: 'succeeded',
      result: succeed.result,
      attempts: [{ id: 'a' }, { id: 'b' }],
    });
  });

  it('gives one of many runners the job', async () => {
    const id = await writeDown();
    const taken = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        runs.take(id, { owner: `o${index}`, leaseMs: LONG, requestId: `r${index}` }),
      ),
    );
    expect(taken.filter((each) => each.is === 'taken')).toHaveLength(1);
    expect(taken.filter((each) => each.is === 'not now')).toHaveLength(9);
  });

  it('lets a cancel stand against a result that comes a moment later', async () => {
    const id = await writeDown();
    const held = await takeAs('runner', id, LONG);
    expect(await jobs.cancel('acme', id)).toMatchObject({ changed: true });
    expect(await runs.endRun(held, kept(), succeed)).toBe(false);
    expect(await jobs.get('acme', id)).toMatchObject({ status: 'cancelled', result: null });
    expect(await runs.take(id, { owner: 'o', leaseMs: LONG, requestId: 'r' })).toEqual({ is: 'not now' });
  });

  it('keeps a job with its runner while the runner says so', async () => {
    const id = await writeDown();
    const held = await takeAs('runner', id, AT_ONCE);
    expect(await runs.renewLeases('runner', LONG)).toEqual([{ id, epoch: held.epoch }]);
    expect(await runs.renewLeases('someone else', LONG)).toEqual([]);
    expect((await runs.reconcile())?.lost).toEqual([]);
  });
});

describe('what is found and set right', () => {
  it('a lapsed lease: its job waits again, with no run used up', async () => {
    const id = await writeDown();
    await takeAs('dead', id, AT_ONCE);
    expect((await runs.reconcile())?.lost).toEqual([id]);
    expect(await jobs.get('acme', id)).toMatchObject({ status: 'queued', failedRuns: 0, dispatchedAt: null });
  });

  it('a runner that is gone, long before its lease lapses', async () => {
    const [dead, alive] = [await writeDown(), await writeDown()];
    await takeAs('dead', dead, LONG);
    await takeAs('alive', alive, LONG);
    expect((await runs.owners()).sort()).toEqual(['alive', 'dead']);
    expect(await runs.loseRunsOf(['dead'])).toEqual([dead]);
    expect((await jobs.get('acme', dead)).status).toBe('queued');
    expect((await jobs.get('acme', alive)).status).toBe('running');
  });

  it('a deadline that passed while the job waited', async () => {
    const id = await writeDown({ deadlineAt: new Date(Date.now() - 1) });
    expect((await runs.reconcile())?.expired).toBe(1);
    expect(await jobs.get('acme', id)).toMatchObject({ status: 'expired', error: { code: 'deadline_exceeded' } });
    expect((await runs.reconcile())?.expired).toBe(0);
  });

  it('the same deadline, found by a runner', async () => {
    const id = await writeDown({ deadlineAt: new Date(Date.now() - 1) });
    expect(await runs.take(id, { owner: 'o', leaseMs: LONG, requestId: 'r' })).toMatchObject({
      is: 'expired',
      job: { status: 'expired' },
    });
  });

  it('by one replica at a time', async () => {
    await writeDown({ deadlineAt: new Date(Date.now() - 1) });
    await store.transaction(async (manager) => {
      await manager.query(`SELECT pg_advisory_xact_lock(hashtext('skein jobs'), hashtext(current_schema()))`);
      expect(await runs.reconcile()).toBeNull();
    });
    expect((await runs.reconcile())?.expired).toBe(1);
  });
});

describe('payloads', () => {
  it('expire by policy, and the rest of the job later', async () => {
    const id = await writeDown();
    const held = await takeAs('runner', id, LONG);
    await runs.endRun(held, kept(), succeed);
    const waiting = await writeDown();
    const forget = (rowMs: number) =>
      store.transaction((manager) => forgetOld(manager, { payloadMs: -LONG, rowMs }, 10));
    expect(await forget(LONG)).toEqual({ payloads: 1, rows: 0 });
    expect(await jobs.get('acme', id)).toMatchObject({ status: 'succeeded', result: null, payloadExpired: true });
    expect(await forget(-LONG)).toEqual({ payloads: 0, rows: 1 });
    await expect(jobs.get('acme', id)).rejects.toMatchObject({ code: 'not_found' });
    expect((await jobs.get('acme', waiting)).status).toBe('queued');
  });
});

describe('a job goes on', () => {
  it(
    'when it was never in the queue',
    async () => {
      const id = await writeDown();
      await mesh.startRoom();
      await mesh.until(id, 'succeeded');
    },
    LONG,
  );

  it(
    'when its runner died, and shows what the records say that run had begun',
    async () => {
      const id = await writeDown();
      const dead = await takeAs('dead', id, AT_ONCE);
      lookUp = async () => recordOf(dead.requestId, 'sent');
      await mesh.startRoom();
      await mesh.until(id, 'succeeded');
      const done = await mesh.until(id, ({ attempts }) => attempts.length === 2);
      expect(done.attempts.find(({ id: each }) => each === 'begun')).toMatchObject({
        outcome: 'unknown',
        cost_nano_usd: null,
      });
      expect(done.cost_nano_usd).toBe(1_000);
    },
    LONG,
  );

  it(
    'when Redis was away as it was submitted',
    async () => {
      await mesh.startRoom();
      await mesh.redis.kill('SIGKILL');
      const { job } = await mesh.submit();
      await mesh.redis.start();
      await mesh.until(job.id, 'succeeded');
    },
    LONG,
  );

  it(
    'when its process closes in the middle of it',
    async () => {
      const { conduct, begun } = holding();
      mesh.conductor.conduct = inTurn(conduct, answering(mesh.bus));
      const room = await mesh.startRoom({ SHUTDOWN_GRACE_MS: '10' });
      const { job } = await mesh.submit();
      await begun;
      await room.stop();
      await mesh.startRoom();
      const done = await mesh.until(job.id, 'succeeded');
      expect(done.attempts.at(-1)).toMatchObject({ outcome: 'finished' });
    },
    LONG,
  );

  it(
    'with the answer it has when PostgreSQL comes back',
    async () => {
      const answer = answering(mesh.bus);
      mesh.conductor.conduct = async (order, context) => {
        await mesh.postgres.kill('SIGKILL');
        return answer(order, context);
      };
      await mesh.startRoom({ JOBS_LEASE_MS: '60000' });
      const { job } = await mesh.submit();
      while (mesh.conductor.orders.length === 0 || mesh.postgres.pid !== undefined)
        await new Promise((resolve) => setImmediate(resolve));
      await mesh.postgres.start();
      const done = await untilBack(job.id);
      expect(done.result).toMatchObject({ status_code: 200 });
      expect(mesh.conductor.orders).toHaveLength(1);
    },
    LONG,
  );

  it(
    'for longer than a lease when its runner is alive',
    async () => {
      const answer = answering(mesh.bus);
      mesh.conductor.conduct = async (order, context) => {
        const [before] = await leases();
        for (
          let [now] = await leases();
          now === undefined || before === undefined || now - before < 1_500;
          [now] = await leases()
        );
        return answer(order, context);
      };
      await mesh.startRoom({ JOBS_LEASE_MS: '500' });
      const { job } = await mesh.submit();
      const done = await mesh.until(job.id, 'succeeded');
      expect(done.attempts).toHaveLength(1);
      expect(mesh.conductor.orders).toHaveLength(1);
    },
    LONG,
  );
});

describe('a job whose caller would not pay twice', () => {
  it.each(['sent', 'unknown', 'finished'] as const)(
    'ends when its lost run had begun an attempt: %s',
    async (outcome) => {
      const id = await writeDown({ retryUnknown: false });
      const dead = await takeAs('dead', id, AT_ONCE);
      lookUp = async () => recordOf(dead.requestId, outcome);
      await mesh.startRoom();
      expect(await mesh.until(id, 'failed')).toMatchObject({
        error: { detail: { reason: 'outcome_unknown', attempts: ['begun'] } },
      });
      expect(mesh.conductor.orders).toHaveLength(0);
    },
    LONG,
  );

  it(
    'ends when nobody can tell what its lost run had begun',
    async () => {
      const id = await writeDown({ retryUnknown: false });
      await takeAs('dead', id, AT_ONCE);
      lookUp = async () => {
        throw new SkeinError('unavailable', 'the records are down');
      };
      await mesh.startRoom();
      await mesh.until(id, 'failed');
      expect(mesh.conductor.orders).toHaveLength(0);
    },
    LONG,
  );

  it.each([
    ['had begun nothing', noRecord],
    ['had failed for certain', async () => recordOf('req', 'failed')],
  ])(
    'goes on when its lost run %s',
    async (_name, said) => {
      const id = await writeDown({ retryUnknown: false });
      await takeAs('dead', id, AT_ONCE);
      lookUp = said;
      await mesh.startRoom();
      await mesh.until(id, 'succeeded');
    },
    LONG,
  );
});

describe('late news of an attempt', () => {
  it(
    'supersedes an unknown outcome, after the job has ended',
    async () => {
      mesh.conductor.conduct = inTurn(failing('all_attempts_failed', ['unknown']), answering(mesh.bus));
      await mesh.startRoom();
      const { job } = await mesh.submit();
      const before = await mesh.until(job.id, 'succeeded');
      const lost = before.attempts[0];
      expect(lost).toMatchObject({ outcome: 'unknown', cost_nano_usd: null });
      const order = mesh.conductor.orders[0];
      if (lost === undefined || order === undefined) throw new Error('nothing was tried');
      const { error: _error, id: attemptId, ...summary } = lost;
      await mesh.bus.state(AttemptFinished, {
        ...summary,
        attempt_id: attemptId,
        request_id: order.request_id,
        attempt_no: 1,
        kind: 'job',
        caller: order.caller,
        task: null,
        at: 1,
        outcome: 'finished',
        cost_nano_usd: 70,
        price_revision: 'r',
        finish_reason: 'stop',
        stream: false,
        sandboxed: true,
        model_served: null,
        vendor_request_id: null,
        error: null,
        instance: 'w',
      });
      const after = await mesh.until(job.id, ({ attempts }) => attempts[0]?.outcome === 'finished');
      expect(after.cost_nano_usd).toBe(1_070);
      expect(after.result).toEqual(before.result);
    },
    LONG,
  );
});

const kept = (...attempts: ReturnType<typeof attempt>[]) => ({ attempts, explanation: null });

const leases = async (): Promise<number[]> => {
  const rows = await store.query<{ at: Date | null }[]>('SELECT lease_expires_at AS at FROM jobs');
  return rows.flatMap(({ at }) => (at === null ? [] : [at.getTime()]));
};

/** Like `until`, for a while in which the room has to say that the database is away. */
async function untilBack(id: string) {
  for (;;) {
    const job = await mesh.get(id).catch(() => null);
    if (job?.status === 'succeeded') return job;
  }
}

function recordOf(id: string, outcome: RequestRecord['attempts'][number]['outcome']): RequestRecord {
  return {
    id,
    status: 'running',
    tenant: 'acme',
    user: null,
    task: null,
    request: { model: 'auto', stream: false, metadata: {} },
    explanation: null,
    attempts: [{ ...attempt('begun'), outcome }],
    usage: null,
    cost_nano_usd: null,
    cache: null,
    overhead_ms: null,
    total_ms: null,
    error: null,
    trace_id: null,
    created_at: new Date(0).toISOString(),
  };
}
