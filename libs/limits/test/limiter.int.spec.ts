import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { launchRedis, type LaunchedRedis } from '@skein/servers';
import { createLogger } from '@skein/telemetry';
import { openLimiter, type Admission, type Limiter, type LimiterOptions, type Scope } from '../src/index.js';

const logger = createLogger('limits', 'silent');
const unlimited = { requests_per_minute: null, tokens_per_minute: null, in_flight: null };
// Each test has a key of its own: what a frozen Redis was asked in one test, it may do after the clean-up.
let testNo = 0;
const keyId = () => `key:${testNo}`;
const key = (limits: Partial<Scope['limits']>, id = keyId()): Scope => ({ id, limits: { ...unlimited, ...limits } });
const TEST_MS = 30_000;
/** Longer than any test. */
const LONG_MS = 600_000;

let redis: LaunchedRedis;
let probe: Redis;
const opened: Limiter[] = [];

async function open(options: Partial<LimiterOptions> = {}): Promise<Limiter> {
  const limiter = await openLimiter({ url: redis.url, onStoreDown: 'closed', logger, ...options });
  opened.push(limiter);
  return limiter;
}

async function admitMany(limiters: Limiter[], scopes: Scope[], count: number, tokens = 0): Promise<Admission[]> {
  const requests = Array.from({ length: count }, (_, index) => ({ index, limiter: limiters[index % limiters.length] }));
  return Promise.all(
    requests.map(({ index, limiter }) => limiter!.admit({ scopes, requestId: `request-${index}`, tokens })),
  );
}

const admittedOf = (admissions: Admission[]) => admissions.filter((admission) => admission.admitted);

beforeAll(async () => {
  redis = await launchRedis({ ephemeral: true });
  probe = new Redis(redis.url);
  probe.on('error', () => undefined);
}, 60_000);
afterAll(async () => {
  probe?.disconnect();
  await redis?.stop();
});
beforeEach(() => void (testNo += 1));
afterEach(async () => {
  await Promise.all(opened.splice(0).map((limiter) => limiter.close()));
  await redis.start();
  await probe.flushall();
}, TEST_MS);

describe('limits over several gateways', () => {
  it('admits exactly the requests of a minute when two gateways race', async () => {
    const gateways = [await open(), await open()];
    const admissions = await admitMany(gateways, [key({ requests_per_minute: 25 })], 200);
    expect(admittedOf(admissions)).toHaveLength(25);
    const refused = admissions.find((admission) => !admission.admitted);
    expect(refused).toMatchObject({ scope: keyId(), limit: 'requests_per_minute', neverFits: false });
  });

  it('never lets two gateways use more tokens than the minute has', async () => {
    const gateways = [await open(), await open()];
    const admissions = await admitMany(gateways, [key({ tokens_per_minute: 1_000 })], 100, 30);
    expect(admittedOf(admissions)).toHaveLength(33);
  });

  it('never has more in flight than allowed, and admits again after a release', async () => {
    const gateways = [await open(), await open()];
    const scopes = [key({ in_flight: 5 })];
    const admitted = admittedOf(await admitMany(gateways, scopes, 40));
    expect(admitted).toHaveLength(5);
    for (const admission of admitted) if (admission.admitted) await admission.release();
    expect(admittedOf(await admitMany(gateways, scopes, 40))).toHaveLength(5);
  });

  it('counts what goes in one turn exactly, and gives a place back to who comes in the same', async () => {
    const limiter = await open();
    const scopes = [key({ in_flight: 2, tokens_per_minute: 1_000, requests_per_minute: 5 })];
    const ask = (requestId: string) => limiter.admit({ scopes, requestId, tokens: 100 });
    const [a, b] = await Promise.all([ask('a'), ask('b')]);
    if (a?.admitted !== true || b?.admitted !== true) throw new Error('the first two must be admitted');
    const [c, , d, , e] = await Promise.all([ask('c'), a.release(10), ask('d'), b.release(150), ask('e')]);
    expect([c, d]).toMatchObject([
      { admitted: true, remaining: { in_flight: 1, tokens_per_minute: 740, requests_per_minute: 2 } },
      { admitted: true, remaining: { in_flight: 0, tokens_per_minute: 640, requests_per_minute: 1 } },
    ]);
    expect(e).toMatchObject({ admitted: false, limit: 'in_flight' });
    expect(await probe.zrangebyscore(`{skein-limits}:${keyId()}:in_flight`, '-inf', '+inf')).toEqual(['c', 'd']);
    expect(await probe.hget(`{skein-limits}:${keyId()}:tokens_per_minute`, 'sum')).toBe('360');
    expect(await probe.hget(`{skein-limits}:${keyId()}:requests_per_minute`, 'sum')).toBe('4');
  });

  it('takes what is given back along with the next admission, and on leaving what still waits', async () => {
    const limiter = await open({ giveBackWithinMs: LONG_MS });
    const scopes = [key({ in_flight: 1 })];
    const flying = () => probe.zrange(`{skein-limits}:${keyId()}:in_flight`, '0', '-1');
    const first = await limiter.admit({ scopes, requestId: 'first', tokens: 0 });
    if (!first.admitted) throw new Error('the first must be admitted');
    const released = first.release();
    await new Promise(setImmediate);
    expect(await flying()).toEqual(['first']);
    const second = await limiter.admit({ scopes, requestId: 'second', tokens: 0 });
    if (!second.admitted) throw new Error('the second must be admitted');
    await released;
    expect(await flying()).toEqual(['second']);
    void second.release();
    await limiter.close();
    expect(await flying()).toEqual([]);
  });

  it('gives back at once where other gateways admit', async () => {
    const scopes = [key({ in_flight: 1 })];
    const one = await open({ gateways: () => 2, giveBackWithinMs: LONG_MS });
    const first = await one.admit({ scopes, requestId: 'first', tokens: 0 });
    if (!first.admitted) throw new Error('the first must be admitted');
    await first.release();
    const other = await open();
    expect(await other.admit({ scopes, requestId: 'second', tokens: 0 })).toMatchObject({ admitted: true });
  });

  it('takes nothing from a key when its tenant refuses', async () => {
    const limiter = await open();
    const scopes = [key({ requests_per_minute: 10 }), key({ requests_per_minute: 1 }, 'tenant:t')];
    const [first, second] = [
      await limiter.admit({ scopes, requestId: '1', tokens: 0 }),
      await limiter.admit({ scopes, requestId: '2', tokens: 0 }),
    ];
    expect(first).toMatchObject({ admitted: true, remaining: { requests_per_minute: 0 } });
    expect(second).toMatchObject({ admitted: false, scope: 'tenant:t' });
    const alone = await limiter.admit({ scopes: [scopes[0]!], requestId: '3', tokens: 0 });
    expect(alone).toMatchObject({ admitted: true, remaining: { requests_per_minute: 8 } });
  });

  it('gives back the tokens that were expected and not used, and takes those used beyond', async () => {
    const limiter = await open();
    const scopes = [key({ tokens_per_minute: 1_000 })];
    const first = await limiter.admit({ scopes, requestId: '1', tokens: 900 });
    if (!first.admitted) throw new Error('the first request must be admitted');
    await first.release(100);
    await first.release(0);
    const second = await limiter.admit({ scopes, requestId: '2', tokens: 100 });
    expect(second).toMatchObject({ admitted: true, remaining: { tokens_per_minute: 800 } });
    if (second.admitted) await second.release(850);
    const third = await limiter.admit({ scopes, requestId: '3', tokens: 51 });
    expect(third).toMatchObject({ admitted: false, limit: 'tokens_per_minute', neverFits: false });
  });

  it('says that a request over the whole limit will never fit', async () => {
    const limiter = await open();
    const refused = await limiter.admit({ scopes: [key({ tokens_per_minute: 10 })], requestId: '1', tokens: 11 });
    expect(refused).toMatchObject({ admitted: false, limit: 'tokens_per_minute', neverFits: true });
  });

  it.each([
    { sum: 'kept', kept: ['sum', 'since'] },
    { sum: 'counted anew', kept: [] },
  ])(
    'frees requests a minute after they were made, by the clock of Redis, and says when: sum $sum',
    async ({ kept }) => {
      const limiter = await open();
      const scopes = [key({ requests_per_minute: 2 })];
      await admitMany([limiter], scopes, 2);
      const [hash = ''] = await probe.keys('*requests_per_minute');
      const refused = await limiter.admit({ scopes, requestId: 'x', tokens: 0 });
      expect(refused).toMatchObject({ admitted: false });
      if (!refused.admitted) expect(refused.retryAfterMs).toBeLessThanOrEqual(61_000);

      // Moves what was counted sixty-one seconds into the past, to the second that has just left the window.
      const { sum = '', since = '', ...counted } = await probe.hgetall(hash);
      await probe.del(hash);
      const moved = Object.entries(counted).map(([second, count]) => [`${Number(second) - 61}`, count] as const);
      expect(sum).toBe('2');
      const all = { ...Object.fromEntries(moved), sum, since: String(Number(since) - 61) };
      for (const [field, value] of Object.entries(all)) {
        if (/^\d+$/.test(field) || kept.includes(field)) await probe.hset(hash, field, value);
      }
      const later = await limiter.admit({ scopes, requestId: 'y', tokens: 0 });
      expect(later).toMatchObject({ admitted: true, remaining: { requests_per_minute: 1 } });
    },
  );

  it(
    'lets the flights of a dead gateway end, and keeps those of a living one',
    async () => {
      const scopes = [key({ in_flight: 2 })];
      const living = await open({ leaseMs: 600 });
      const dead = await open({ leaseMs: 600 });
      await living.admit({ scopes, requestId: 'living', tokens: 0 });
      await dead.admit({ scopes, requestId: 'dead', tokens: 0 });
      await dead.close();

      const next = await open();
      let tries = 0;
      let admission = await next.admit({ scopes, requestId: 'next', tokens: 0 });
      while (!admission.admitted) {
        tries += 1;
        admission = await next.admit({ scopes, requestId: 'next', tokens: 0 });
      }
      expect(tries).toBeGreaterThan(0);
      expect(await next.admit({ scopes, requestId: 'one too many', tokens: 0 })).toMatchObject({ admitted: false });
      expect(await probe.zrangebyscore(`{skein-limits}:${keyId()}:in_flight`, '-inf', '+inf')).toEqual(
        expect.arrayContaining(['living', 'next']),
      );
    },
    TEST_MS,
  );

  it(
    'asks Redis nothing for what has no limit',
    async () => {
      const limiter = await open();
      await redis.kill();
      const admission = await limiter.admit({ scopes: [key({})], requestId: '1', tokens: 5 });
      expect(admission).toMatchObject({ admitted: true, unchecked: false });
    },
    TEST_MS,
  );
});

describe.each([
  { how: 'killed', takeAway: async () => redis.kill(), bringBack: async () => redis.start() },
  { how: 'frozen', takeAway: async () => redis.pause(), bringBack: async () => redis.resume() },
])('with Redis $how', ({ takeAway, bringBack }) => {
  const limited = () => [key({ requests_per_minute: 1_000, in_flight: 1_000 })];
  afterEach(async () => bringBack());

  it(
    'lets in its own share where a limit says so, and refuses where it is closed',
    async () => {
      const onStoreDown = {
        requests_per_minute: 'local_share',
        tokens_per_minute: 'open',
        in_flight: 'closed',
      } as const;
      const limiter = await open({ onStoreDown, gateways: () => 2 });
      await takeAway();
      const ask = (limits: Parameters<typeof key>[0]) =>
        limiter.admit({ scopes: [key(limits)], requestId: '1', tokens: 0 });
      expect(await ask({ requests_per_minute: 2 })).toMatchObject({ admitted: true, unchecked: true });
      expect(await ask({ requests_per_minute: 2 })).toMatchObject({ admitted: false, limit: 'requests_per_minute' });
      await expect(ask({ in_flight: 5 })).rejects.toMatchObject({ code: 'unavailable' });
    },
    TEST_MS,
  );

  it(
    'admits unchecked when told to stay open, and checks again when it is back',
    async () => {
      const limiter = await open({ onStoreDown: 'open' });
      const scopes = limited();
      await takeAway();
      const admission = await limiter.admit({ scopes, requestId: '1', tokens: 0 });
      expect(admission).toMatchObject({ admitted: true, unchecked: true });
      if (admission.admitted) await admission.release(3);
      expect(limiter.isChecking).toBe(false);

      await bringBack();
      let back = await limiter.admit({ scopes, requestId: '2', tokens: 0 });
      while (back.admitted && back.unchecked) {
        await new Promise((resolve) => setImmediate(resolve));
        back = await limiter.admit({ scopes, requestId: '2', tokens: 0 });
      }
      expect(back).toMatchObject({
        admitted: true,
        unchecked: false,
        remaining: { requests_per_minute: expect.any(Number) },
      });
      expect(limiter.isChecking).toBe(true);
    },
    TEST_MS,
  );

  it(
    'refuses with "unavailable" when told to stay closed, for a hundred requests as for one',
    async () => {
      const limiter = await open({ onStoreDown: 'closed' });
      const scopes = limited();
      await takeAway();
      const asked = Array.from({ length: 100 }, (_, index) =>
        limiter.admit({ scopes, requestId: `${index}`, tokens: 0 }),
      );
      const results = await Promise.allSettled(asked);
      expect(results.every((result) => result.status === 'rejected' && result.reason.code === 'unavailable')).toBe(
        true,
      );
    },
    TEST_MS,
  );
});

it(
  'opens while Redis is away, and checks once it comes',
  async () => {
    await redis.kill();
    const limiter = await open({ onStoreDown: 'open' });
    const scopes = [key({ requests_per_minute: 5 })];
    expect(await limiter.admit({ scopes, requestId: '1', tokens: 0 })).toMatchObject({ unchecked: true });
    await redis.start();
    let admission = await limiter.admit({ scopes, requestId: '2', tokens: 0 });
    while (admission.admitted && admission.unchecked) {
      await new Promise((resolve) => setImmediate(resolve));
      admission = await limiter.admit({ scopes, requestId: '2', tokens: 0 });
    }
    expect(admission).toMatchObject({ admitted: true, remaining: { requests_per_minute: 4 } });
  },
  TEST_MS,
);
