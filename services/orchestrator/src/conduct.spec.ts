import { describe, expect, it } from '@jest/globals';
import { SkeinError } from '@skein/contracts/errors';
import { Conducted, SINK, candidate, failed, finished, planOf } from '../test/conducted.js';

const gone = { gone: true, committed: false, last_seq: -1, text_so_far: '', only_text: false };

describe('a request', () => {
  it('is understood, decided and answered by the first candidate', async () => {
    const mesh = new Conducted(planOf(['openai', 'anthropic'])).attempt('openai', finished);
    const result = await mesh.run();
    expect(result).toMatchObject({
      status: 'succeeded',
      error: null,
      cache: 'off',
      explanation: { features: { task: 'code' }, plan: { revision: 'r1' } },
      attempts: [{ vendor: 'openai', model: 'openai-model', outcome: 'finished', cost_nano_usd: 10 }],
    });
    expect(mesh.walk).toEqual(['classify', 'decide', 'openai.attempt']);
  });

  it('is told to the worker as the sink must hear of it', async () => {
    const mesh = new Conducted(planOf(['openai'])).attempt('openai', finished);
    const result = await mesh.run();
    const [call] = mesh.attempts;
    expect(call?.request).toMatchObject({
      request_id: 'req_1',
      sink: SINK,
      kind: 'live',
      task: 'code',
      continuation: null,
      head: {
        attempt_no: 1,
        vendor: 'openai',
        reason: 'openai is next',
        cache: 'off',
        attempt_id: result.attempts[0]?.id,
      },
    });
    expect(call?.options.instance).toBe('openai-1');
    expect(call?.options.body?.json).toEqual({ model: 'auto' });
  });

  it('gives its worker back, however the attempt ended', async () => {
    const mesh = new Conducted(planOf(['openai'])).attempt(
      'openai',
      finished,
      failed('vendor_failed'),
      new SkeinError('worker_lost', 'x'),
    );
    mesh.bus.fleet.have([{ vendor: 'openai', instance: 'openai-1', concurrency: 1 }]);
    const statuses = [await mesh.run(), await mesh.run(), await mesh.run()].map(({ status }) => status);
    expect(statuses).toEqual(['succeeded', 'failed', 'failed']);
    expect(mesh.pool.tryAcquire('openai')?.instance).toBe('openai-1');
  });
});

describe('a failure before anything was shown', () => {
  it('is fenced first; only then the next candidate is tried', async () => {
    const mesh = new Conducted(planOf(['openai', 'anthropic']))
      .attempt('openai', failed('vendor_failed'))
      .attempt('anthropic', finished);
    const result = await mesh.run();
    expect(mesh.walk).toEqual(['classify', 'decide', 'openai.attempt', 'fence', 'anthropic.attempt']);
    expect(mesh.fenced).toEqual([1]);
    expect(mesh.attempts.map(({ request }) => request.head.attempt_no)).toEqual([1, 2]);
    expect(result).toMatchObject({ status: 'succeeded', attempts: [{ outcome: 'failed' }, { outcome: 'finished' }] });
    expect(new Set(result.attempts.map(({ id }) => id)).size).toBe(2);
  });

  it.each(['vendor_refused', 'content_refused'] as const)(
    'goes back as it is when it is %s: nobody else is asked',
    async (code) => {
      const mesh = new Conducted(planOf(['openai', 'anthropic'])).attempt(
        'openai',
        failed(code, { status: 422, param: 'messages', vendorCode: 'bad_messages' }),
      );
      const result = await mesh.run();
      expect(result.error).toMatchObject({
        code,
        status: 422,
        param: 'messages',
        vendor_code: 'bad_messages',
        source: 'vendor',
      });
      expect(mesh.walk).not.toContain('anthropic.attempt');
    },
  );

  it('goes on through all candidates and then names every one', async () => {
    const mesh = new Conducted(planOf(['openai', 'anthropic']))
      .attempt('openai', failed('vendor_failed'))
      .attempt('anthropic', failed('vendor_overloaded'));
    const result = await mesh.run();
    expect(result).toMatchObject({ status: 'failed', error: { code: 'all_attempts_failed' } });
    expect(result.error?.detail).toMatchObject([
      { vendor: 'openai', code: 'vendor_failed' },
      { vendor: 'anthropic', code: 'vendor_overloaded' },
    ]);
  });

  it('is not failed over for a sink that has gone', async () => {
    const mesh = new Conducted(planOf(['openai', 'anthropic'])).attempt('openai', failed('vendor_failed')).fences(gone);
    expect((await mesh.run()).attempts).toHaveLength(1);
  });

  it('waits for a slow sink to fence: two attempts never run unfenced', async () => {
    const slow = new SkeinError('deadline_exceeded', 'no answer in time');
    const mesh = new Conducted(planOf(['openai', 'anthropic']))
      .attempt('openai', failed('vendor_failed'))
      .attempt('anthropic', finished)
      .fences(slow, slow);
    expect(await mesh.run()).toMatchObject({ status: 'succeeded' });
    expect(mesh.walk.slice(2)).toEqual(['openai.attempt', 'fence', 'fence', 'fence', 'anthropic.attempt']);
  });

  it('is given up when the sink that must fence is lost', async () => {
    const mesh = new Conducted(planOf(['openai', 'anthropic']))
      .attempt('openai', failed('vendor_failed'))
      .fences(new SkeinError('worker_lost', 'the sink is gone'));
    mesh.bus.fleet.lose(SINK);
    expect(await mesh.run()).toMatchObject({ status: 'failed', attempts: [{ vendor: 'openai' }] });
  });
});

describe('a worker', () => {
  it('that is busy is left for the next candidate, and its attempt cost nothing', async () => {
    const mesh = new Conducted(planOf(['openai', 'anthropic']))
      .attempt('openai', new SkeinError('worker_busy', 'no room'))
      .attempt('anthropic', finished);
    const result = await mesh.run();
    expect(result.attempts).toMatchObject([{ outcome: 'failed', cost_nano_usd: 0 }, { outcome: 'finished' }]);
    expect(mesh.lastFact).toMatchObject({ outcome: 'failed', cost_nano_usd: 0, vendor: 'openai' });
  });

  it('that has no room is passed over at once while others are left', async () => {
    const mesh = new Conducted(planOf(['openai', 'anthropic'])).attempt('anthropic', finished);
    mesh.bus.fleet.have([{ vendor: 'anthropic', instance: 'anthropic-1' }]);
    expect(await mesh.run()).toMatchObject({ status: 'succeeded', attempts: [{ vendor: 'anthropic' }] });
    expect(mesh.attempts[0]?.request.head.attempt_no).toBe(1);
  });

  it('of the last candidate is waited for', async () => {
    const mesh = new Conducted(planOf(['openai'])).attempt('openai', finished);
    mesh.bus.fleet.have([]);
    const result = mesh.run();
    mesh.bus.fleet.have([{ vendor: 'openai', instance: 'late-1' }]);
    expect(await result).toMatchObject({ status: 'succeeded' });
  });

  it('that never comes ends as unavailable, with a time to come again', async () => {
    const mesh = new Conducted(planOf(['openai']));
    mesh.bus.fleet.have([]);
    expect((await mesh.run()).error).toMatchObject({ code: 'unavailable', source: 'skein', retry_after_ms: 1_000 });
  });

  it('that is lost leaves its attempt unknown, and says so; the next candidate answers', async () => {
    const mesh = new Conducted(planOf(['openai', 'anthropic']))
      .attempt('openai', new SkeinError('worker_lost', 'gone'))
      .attempt('anthropic', finished);
    const result = await mesh.run();
    expect(result.attempts).toMatchObject([{ outcome: 'unknown', cost_nano_usd: null }, { outcome: 'finished' }]);
    expect(mesh.lastFact).toMatchObject({
      attempt_id: result.attempts[0]?.id,
      outcome: 'unknown',
      cost_nano_usd: null,
      usage: null,
      error: { code: 'worker_lost' },
      instance: 'conductor-1',
    });
  });

  it('that is lost ends a request that must not be asked twice', async () => {
    const mesh = new Conducted(planOf(['openai', 'anthropic'])).attempt(
      'openai',
      new SkeinError('worker_lost', 'gone'),
    );
    const result = await mesh.run({ on_unknown: 'stop', kind: 'job' });
    expect(result).toMatchObject({
      status: 'failed',
      error: { code: 'worker_lost' },
      attempts: [{ outcome: 'unknown' }],
    });
  });

  it('that surely did not ask its vendor does not end such a request', async () => {
    const mesh = new Conducted(planOf(['openai', 'anthropic']))
      .attempt('openai', new SkeinError('worker_busy', 'no room'))
      .attempt('anthropic', finished);
    expect(await mesh.run({ on_unknown: 'stop', kind: 'job' })).toMatchObject({ status: 'succeeded' });
  });

  it('must say it has begun only where someone else could answer', async () => {
    const mesh = new Conducted(planOf(['openai', 'anthropic']))
      .attempt('openai', failed('vendor_failed'))
      .attempt('anthropic', finished);
    await mesh.run();
    expect(mesh.attempts.map(({ options }) => options.acceptWithinMs !== undefined)).toEqual([true, false]);
  });
});

describe('with nobody else left', () => {
  it('a short retry-after is waited for in place, once, and behind a fence', async () => {
    const mesh = new Conducted(planOf(['openai'])).attempt(
      'openai',
      failed('vendor_rate_limited', { retryAfterMs: 30 }),
      finished,
    );
    const before = performance.now();
    expect(await mesh.run()).toMatchObject({
      status: 'succeeded',
      attempts: [{ outcome: 'failed' }, { outcome: 'finished' }],
    });
    expect(performance.now() - before).toBeGreaterThanOrEqual(29);
    expect(mesh.walk.slice(2)).toEqual(['openai.attempt', 'fence', 'openai.attempt']);
  });

  it('it is not waited for twice', async () => {
    const limited = failed('vendor_rate_limited', { retryAfterMs: 10 });
    const mesh = new Conducted(planOf(['openai'])).attempt('openai', limited, limited);
    expect((await mesh.run()).error).toMatchObject({ code: 'all_attempts_failed', retry_after_ms: 10 });
  });
});

describe('time', () => {
  it('is split so that the candidates behind can still start', async () => {
    const mesh = new Conducted(planOf(['a', 'b', 'c']))
      .attempt('a', failed('vendor_timeout'))
      .attempt('b', failed('vendor_timeout'))
      .attempt('c', finished);
    await mesh.run({ stream: false }, 9_000);
    const [a, b, c] = mesh.attempts.map(({ request }) => request.limits.call_ms);
    expect(a).toBeGreaterThan(2_500);
    expect(a).toBeLessThanOrEqual(3_000);
    expect(b).toBeGreaterThan(4_000);
    expect(b).toBeLessThanOrEqual(4_500);
    expect(c).toBeGreaterThan(8_000);
    expect(c).toBeLessThanOrEqual(9_000);
  });

  it('of one attempt is bounded by the policy, and of the whole by the plan', async () => {
    const plan = planOf([], { candidates: [candidate('openai', 700)], request_ms: 5_000 });
    const mesh = new Conducted(plan).attempt('openai', finished);
    const before = performance.now();
    await mesh.run();
    expect(mesh.attempts[0]?.request.limits.call_ms).toBe(700);
    expect((mesh.attempts[0]?.context.deadline ?? Infinity) - before).toBeLessThan(5_100);
  });

  it('that is over ends the request as such, not as a failure of vendors', async () => {
    const mesh = new Conducted(planOf(['openai', 'anthropic'])).attempt('openai', async ({ context }) => {
      await new Promise((resolve) => setTimeout(resolve, context.deadline - performance.now() + 2));
      throw new SkeinError('deadline_exceeded', 'no answer in time');
    });
    const result = await mesh.run({}, 60);
    expect(result.error).toMatchObject({ code: 'deadline_exceeded' });
    expect(result.attempts).toMatchObject([{ outcome: 'unknown' }]);
  });
});
