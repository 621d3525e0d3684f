import { beforeEach, describe, expect, it } from '@jest/globals';
import { FakeFleet } from '../test/fake-bus.js';
import { WorkerPool, type WorkerLease } from './worker-pool.js';

const never = new AbortController().signal;

describe('the pool of workers', () => {
  let fleet: FakeFleet;
  let pool: WorkerPool;

  beforeEach(() => {
    fleet = new FakeFleet();
    pool = new WorkerPool(fleet, 3);
  });

  const have = (...workers: [instance: string, concurrency: number][]) =>
    fleet.have(workers.map(([instance, concurrency]) => ({ vendor: 'openai', instance, concurrency })));
  const take = (): WorkerLease => {
    const lease = pool.tryAcquire('openai');
    if (lease === null) throw new Error('no worker was free');
    return lease;
  };

  it('gives the worker with the least in flight', () => {
    have(['a', 5], ['b', 5]);
    const leases = [take(), take(), take(), take()];
    expect(leases.map(({ instance }) => instance)).toEqual(['a', 'b', 'a', 'b']);
    leases[1]?.release();
    expect(take().instance).toBe('b');
  });

  it('never gives more than a worker has announced', () => {
    have(['a', 1], ['b', 2]);
    expect([take(), take(), take()].map(({ instance }) => instance).sort()).toEqual(['a', 'b', 'b']);
    expect(pool.tryAcquire('openai')).toBeNull();
  });

  it('gives a place back once, however often it is said', () => {
    have(['a', 1]);
    const lease = take();
    lease.release();
    lease.release();
    take();
    expect(pool.tryAcquire('openai')).toBeNull();
  });

  it('passes over a worker that could not be reached, though the fleet still lists it', () => {
    have(['a', 5], ['b', 5]);
    const lease = take();
    lease.release();
    lease.setAside();
    expect([take(), take(), take()].map(({ instance }) => instance)).toEqual(['b', 'b', 'b']);
  });

  it('comes back to it after a while, for those who wait', async () => {
    pool = new WorkerPool(fleet, 3, 1);
    have(['a', 1]);
    const lease = take();
    lease.release();
    lease.setAside();
    expect(pool.tryAcquire('openai')).toBeNull();
    expect((await pool.acquire('openai', 60_000, never))?.instance).toBe('a');
  });

  it('keeps vendors apart', () => {
    fleet.have([
      { vendor: 'openai', instance: 'a', concurrency: 1 },
      { vendor: 'anthropic', instance: 'a', concurrency: 1 },
    ]);
    take();
    expect(pool.tryAcquire('anthropic')?.instance).toBe('a');
    expect(pool.tryAcquire('google')).toBeNull();
  });

  it('serves who waits in the order in which they came', async () => {
    have(['a', 1]);
    const held = take();
    const served: string[] = [];
    const waiting = ['first', 'second'].map(async (name) => {
      const lease = await pool.acquire('openai', 10_000, never);
      served.push(name);
      lease?.release();
    });
    expect(pool.waitingFor('openai')).toBe(2);
    held.release();
    await Promise.all(waiting);
    expect(served).toEqual(['first', 'second']);
    expect(pool.waitingFor('openai')).toBe(0);
  });

  it('lets only so many wait; who comes after is refused at once', async () => {
    const waiting = [1, 2, 3].map(() => pool.acquire('openai', 10_000, never));
    expect(await pool.acquire('openai', 10_000, never)).toBeNull();
    have(['a', 3]);
    expect((await Promise.all(waiting)).map((lease) => lease?.instance)).toEqual(['a', 'a', 'a']);
  });

  it('wakes who waits when a worker comes, or gets more room', async () => {
    const first = pool.acquire('openai', 10_000, never);
    have(['a', 1]);
    expect((await first)?.instance).toBe('a');
    const second = pool.acquire('openai', 10_000, never);
    have(['a', 2]);
    expect((await second)?.instance).toBe('a');
  });

  it('lets nobody wait longer than they will', async () => {
    expect(await pool.acquire('openai', 5, never)).toBeNull();
    expect(pool.waitingFor('openai')).toBe(0);
  });

  it('forgets who left while waiting, and gives their place to the next', async () => {
    have(['a', 1]);
    const held = take();
    const leaving = new AbortController();
    const left = pool.acquire('openai', 10_000, leaving.signal);
    const stays = pool.acquire('openai', 10_000, never);
    leaving.abort();
    expect(await left).toBeNull();
    held.release();
    expect((await stays)?.instance).toBe('a');
  });

  it('gives nothing to who had left before asking', async () => {
    expect(await pool.acquire('openai', 10_000, AbortSignal.abort())).toBeNull();
    expect(pool.waitingFor('openai')).toBe(0);
  });
});
