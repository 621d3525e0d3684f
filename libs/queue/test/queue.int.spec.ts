import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { trace } from '@opentelemetry/api';
import { Redis } from 'ioredis';
import { z } from 'zod';
import { SkeinError } from '@skein/contracts/errors';
import { job } from '@skein/contracts/make';
import { launchRedis, type LaunchedRedis } from '@skein/servers';
import { createLogger, startTelemetry, traceIdOf } from '@skein/telemetry';
import { openQueue, openWorker, Postponed, type JobQueue, type JobWorker, type RunHandler } from '../src/index.js';

type Data = { job_id: string };
const contract = job({ queue: 'skein-jobs', data: z.object({ job_id: z.string() }) });
const logger = createLogger('queue', 'silent');
const TEST_MS = 60_000;
const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

let redis: LaunchedRedis;
let probe: Redis;
const queues: JobQueue<Data>[] = [];
const workers: JobWorker[] = [];

function open(): JobQueue<Data> {
  const queue = openQueue(redis.url, contract, { logger });
  queues.push(queue);
  return queue;
}

function work(handler: RunHandler<Data>, concurrency = 1): JobWorker {
  const worker = openWorker(redis.url, contract, handler, { concurrency, logger });
  workers.push(worker);
  return worker;
}

/** A promise that others settle. */
function signal<Value = void>() {
  let resolve = (_: Value): void => undefined;
  const promise = new Promise<Value>((settle) => (resolve = settle));
  return { promise, resolve };
}

/** Asks until the answer is as wished; the test's own time-out is the bound. */
async function until(question: () => Promise<boolean>): Promise<void> {
  while (!(await question())) await new Promise((resolve) => setImmediate(resolve));
}

const isEmpty = (queue: JobQueue<Data>) => async () => {
  const { waiting, delayed, active } = await queue.counts();
  return waiting + delayed + active === 0;
};

const telemetry = startTelemetry({ service: 'test', instance: 'test' });

beforeAll(async () => {
  redis = await launchRedis({ ephemeral: true });
  probe = new Redis(redis.url);
  probe.on('error', () => undefined);
}, TEST_MS);
afterAll(async () => {
  probe?.disconnect();
  await redis?.stop();
  await telemetry.shutdown();
});
afterEach(async () => {
  await redis.start();
  for (const worker of workers.splice(0)) await worker.close(0);
  for (const queue of queues.splice(0)) await queue.close();
  await probe.flushall();
}, TEST_MS);

describe('a job', () => {
  it(
    'reaches a worker with its data, once, and leaves nothing behind',
    async () => {
      const queue = open();
      const runs: [Data, number][] = [];
      work(async (data, { attempt }) => void runs.push([data, attempt]));
      await queue.add({ job_id: 'one' }, { jobId: 'one' });
      await until(isEmpty(queue));
      expect(runs).toEqual([[{ job_id: 'one' }, 1]]);
      await queue.add({ job_id: 'one' }, { jobId: 'one' });
      await until(async () => runs.length === 2);
    },
    TEST_MS,
  );

  it(
    'is there once, however often it is added',
    async () => {
      const queue = open();
      for (let time = 0; time < 3; time += 1) await queue.add({ job_id: 'same' }, { jobId: 'same' });
      expect(await queue.counts()).toEqual({ waiting: 1, delayed: 0, active: 0 });
    },
    TEST_MS,
  );

  it(
    'runs by priority',
    async () => {
      const queue = open();
      await queue.add({ job_id: 'low' }, { jobId: 'low', priority: 'low' });
      await queue.add({ job_id: 'normal' }, { jobId: 'normal' });
      await queue.add({ job_id: 'high' }, { jobId: 'high', priority: 'high' });
      const order: string[] = [];
      work(async ({ job_id: id }) => void order.push(id));
      await until(isEmpty(queue));
      expect(order).toEqual(['high', 'normal', 'low']);
    },
    TEST_MS,
  );

  it(
    'runs by the rank its owner gave it',
    async () => {
      const queue = open();
      await queue.addMany(
        [30, 10, 20].map((rank) => ({ data: { job_id: `r${rank}` }, options: { jobId: `r${rank}`, rank } })),
      );
      const order: string[] = [];
      work(async ({ job_id: id }) => void order.push(id));
      await until(isEmpty(queue));
      expect(order).toEqual(['r10', 'r20', 'r30']);
      await expect(queue.add({ job_id: 'x' }, { jobId: 'x', rank: 0 })).rejects.toThrow(RangeError);
    },
    TEST_MS,
  );

  it(
    'waits for its delay, and may be taken out meanwhile',
    async () => {
      const queue = open();
      await queue.add({ job_id: 'later' }, { jobId: 'later', delayMs: 3_600_000 });
      expect(await queue.counts()).toEqual({ waiting: 0, delayed: 1, active: 0 });
      expect(await queue.remove('later')).toBe(true);
      expect(await queue.counts()).toEqual({ waiting: 0, delayed: 0, active: 0 });
    },
    TEST_MS,
  );

  it(
    'is refused, not "unavailable", when it does not fit the contract or BullMQ',
    async () => {
      const queue = open();
      await expect(queue.add({} as Data, { jobId: 'x' })).rejects.toThrow(z.ZodError);
      await expect(queue.add({ job_id: 'x'.repeat(5_000) }, { jobId: 'big' })).rejects.toThrow(RangeError);
      await expect(queue.add({ job_id: 'x' }, { jobId: 'a:b' })).rejects.toThrow(RangeError);
      await expect(queue.add({ job_id: 'x' }, { jobId: '7' })).rejects.toThrow(RangeError);
      await expect(queue.add({ job_id: 'x' }, { jobId: 'x', delayMs: -1 })).rejects.toThrow(RangeError);
      expect(await queue.counts()).toEqual({ waiting: 0, delayed: 0, active: 0 });
    },
    TEST_MS,
  );

  it(
    'continues the trace of whoever added it',
    async () => {
      const queue = open();
      const seen = signal<string | undefined>();
      work(async () => seen.resolve(trace.getActiveSpan()?.spanContext().traceId));
      await queue.add({ job_id: 't' }, { jobId: 't', traceparent });
      expect(await seen.promise).toBe(traceIdOf(traceparent));
    },
    TEST_MS,
  );
});

describe('a failing job', () => {
  it(
    'is tried again, and told which attempt it is',
    async () => {
      const queue = open();
      const attempts: number[] = [];
      work(async (_, { attempt }) => {
        attempts.push(attempt);
        if (attempt < 3) throw new Error('not yet');
      });
      await queue.add({ job_id: 'f' }, { jobId: 'f' });
      await until(isEmpty(queue));
      expect(attempts).toEqual([1, 2, 3]);
    },
    TEST_MS,
  );

  it(
    'is given up at once when the error says never to retry',
    async () => {
      const queue = open();
      let runs = 0;
      work(async () => {
        runs += 1;
        throw new SkeinError('invalid_request', 'no such model');
      });
      await queue.add({ job_id: 'g' }, { jobId: 'g' });
      await until(isEmpty(queue));
      expect(runs).toBe(1);
    },
    TEST_MS,
  );

  it(
    'uses up no attempt by being postponed',
    async () => {
      const queue = open();
      const attempts: number[] = [];
      work(async (_, { attempt }) => {
        attempts.push(attempt);
        if (attempts.length < 4) throw new Postponed(5);
      });
      await queue.add({ job_id: 'p' }, { jobId: 'p' });
      await until(isEmpty(queue));
      expect(attempts).toEqual([1, 1, 1, 1]);
    },
    TEST_MS,
  );
});

describe('a worker', () => {
  it(
    'waits for what it runs when it closes, and takes nothing more',
    async () => {
      const queue = open();
      const begun = signal();
      const finish = signal();
      const runs: string[] = [];
      const worker = work(async ({ job_id: id }) => {
        runs.push(id);
        begun.resolve();
        await finish.promise;
      });
      await queue.add({ job_id: 'j1' }, { jobId: 'j1' });
      await queue.add({ job_id: 'j2' }, { jobId: 'j2' });
      await begun.promise;
      const closed = worker.close(TEST_MS);
      finish.resolve();
      await closed;
      expect(runs).toEqual(['j1']);
      expect(await queue.counts()).toEqual({ waiting: 1, delayed: 0, active: 0 });
    },
    TEST_MS,
  );

  it(
    'hands back what it cuts after its grace, without using up an attempt',
    async () => {
      const queue = open();
      const begun = signal();
      const worker = work(async (_, { signal: cut }) => {
        begun.resolve();
        await new Promise((_resolve, reject) => cut.addEventListener('abort', () => reject(new Error('cut'))));
      });
      await queue.add({ job_id: 'c' }, { jobId: 'c' });
      await begun.promise;
      await worker.close(0);
      const next = signal<number>();
      work(async (_, { attempt }) => next.resolve(attempt));
      expect(await next.promise).toBe(1);
    },
    TEST_MS,
  );

  it(
    'finishes what it runs when its lock is lost, while the job is begun elsewhere as the same attempt',
    async () => {
      const queue = open();
      const runs: number[] = [];
      const again = signal();
      let isCut = false;
      work(async (_, { attempt, signal: cut }) => {
        runs.push(attempt);
        if (runs.length > 1) return again.resolve();
        await probe.del('bull:skein-jobs:l:lock');
        await again.promise;
        isCut = cut.aborted;
      }, 2);
      await queue.add({ job_id: 'l' }, { jobId: 'l' });
      await again.promise;
      expect(runs).toEqual([1, 1]);
      expect(isCut).toBe(false);
    },
    TEST_MS,
  );

  it(
    'goes on when Redis has been away, and so does the queue',
    async () => {
      const queue = open();
      const runs: string[] = [];
      const worker = work(async ({ job_id: id }) => void runs.push(id));
      await worker.ready();
      await queue.add({ job_id: 'before' }, { jobId: 'before' });
      await until(async () => runs.includes('before'));
      await redis.kill();
      await expect(queue.add({ job_id: 'during' }, { jobId: 'during' })).rejects.toMatchObject({ code: 'unavailable' });
      await redis.start();
      await until(() =>
        queue.add({ job_id: 'after' }, { jobId: 'after' }).then(
          () => true,
          () => false,
        ),
      );
      await until(async () => runs.includes('after'));
      expect(runs).not.toContain('during');
    },
    TEST_MS,
  );

  it(
    'closes within its bounds while Redis is away',
    async () => {
      const worker = work(async () => undefined);
      await worker.ready();
      await redis.kill();
      await worker.close(100);
    },
    TEST_MS,
  );
});

describe('a producer', () => {
  it(
    'says "unavailable" when Redis was never there, and adds once it is',
    async () => {
      await redis.kill();
      const queue = open();
      await expect(queue.add({ job_id: 'a' }, { jobId: 'a' })).rejects.toMatchObject({ code: 'unavailable' });
      await redis.start();
      await until(() =>
        queue.add({ job_id: 'a' }, { jobId: 'a' }).then(
          () => true,
          () => false,
        ),
      );
      expect(await queue.counts()).toMatchObject({ waiting: 1 });
    },
    TEST_MS,
  );

  it(
    'says "unavailable" when Redis is frozen, instead of waiting for it',
    async () => {
      const queue = open();
      await queue.add({ job_id: 'a' }, { jobId: 'a' });
      redis.pause();
      const adding = queue.add({ job_id: 'b' }, { jobId: 'b' });
      await expect(adding).rejects.toMatchObject({ code: 'unavailable' });
      redis.resume();
    },
    TEST_MS,
  );

  it('refuses a queue without a policy', () => {
    const unknown = job({ queue: 'nobody', data: z.object({}) });
    expect(() => openQueue(redis.url, unknown, { logger })).toThrow(RangeError);
    expect(() => openWorker(redis.url, unknown, async () => undefined, { concurrency: 1, logger })).toThrow(RangeError);
  });
});
