import { describe, expect, it } from '@jest/globals';
import { SkeinError } from '@skein/contracts/errors';
import type { StopSignal } from '@skein/contracts/wire';
import { awaitCommit } from '@skein/contracts/sink';
import { Conducted, SINK, candidate, committed, failed, finished, planOf } from '../test/conducted.js';

const retries = { most: 2, base_ms: 4, cap_ms: 8 };
const answers = planOf(['x']).answers;

describe('with nobody else left', () => {
  it('a failure that may pass is tried again, so often and no more', async () => {
    const failure = failed('vendor_failed');
    const mesh = new Conducted(planOf(['openai'], { retries })).attempt('openai', failure, failure, finished);
    expect(await mesh.run()).toMatchObject({ status: 'succeeded', attempts: [{}, {}, { outcome: 'finished' }] });
    const worse = new Conducted(planOf(['openai'], { retries })).attempt('openai', failure, failure, failure);
    expect((await worse.run()).error?.code).toBe('all_attempts_failed');
  });

  it('the policy’s last resort is tried once, and says what it stands for', async () => {
    const plan = planOf(['openai'], { last_resort: candidate('mistral') });
    const mesh = new Conducted(plan).attempt('openai', failed('vendor_failed')).attempt('mistral', finished);
    mesh.bus.fleet.have([
      { vendor: 'openai', instance: 'openai-1' },
      { vendor: 'mistral', instance: 'mistral-1' },
    ]);
    expect(await mesh.run()).toMatchObject({ status: 'succeeded', attempts: [{}, { vendor: 'mistral' }] });
    expect(mesh.attempts[1]?.request.head.notices).toEqual([
      'openai/openai-model did not answer (vendor_failed); mistral/mistral-model does',
    ]);
  });

  it('a caller’s own fault does not reach the last resort', async () => {
    const mesh = new Conducted(planOf(['openai'], { last_resort: candidate('mistral') }));
    mesh.attempt('openai', failed('vendor_refused'));
    expect((await mesh.run()).error?.code).toBe('vendor_refused');
  });
});

describe('an answer that breaks its form', () => {
  const broken = { ...failed('answer_invalid'), rejected: '"Sure!"' };

  it('is asked for again with a correction where the policy says so, as an attempt of its own', async () => {
    const plan = planOf(['openai', 'google'], { answers: { ...answers, re_ask: 1 } });
    const mesh = new Conducted(plan).attempt('openai', broken, broken).attempt('google', finished);
    expect(await mesh.run()).toMatchObject({ status: 'succeeded', attempts: [{}, {}, { vendor: 'google' }] });
    const bodies = mesh.attempts.map(({ options }) => JSON.stringify(options.body?.json));
    expect(bodies.map((body) => body.includes('cannot be used'))).toEqual([false, true, false]);
  });

  it('is not asked for twice while verification is shed, which the explanation and the notice say', async () => {
    const plan = planOf(['openai', 'google'], { answers: { ...answers, re_ask: 1 } });
    const mesh = new Conducted(plan).attempt('openai', broken).attempt('google', finished);
    mesh.shed.add('verification');
    expect(await mesh.run()).toMatchObject({
      attempts: [{ vendor: 'openai' }, { vendor: 'google' }],
      explanation: { shed: ['verification'] },
    });
    expect(mesh.attempts[1]?.request.head.notices).toContain('the mesh is degraded: without verification');
  });

  it('goes to the next candidate otherwise', async () => {
    const mesh = new Conducted(planOf(['openai', 'google'])).attempt('openai', broken).attempt('google', finished);
    expect((await mesh.run()).attempts.map(({ vendor }) => vendor)).toEqual(['openai', 'google']);
  });
});

describe('an answer that was shown', () => {
  const goOn = planOf(['openai', 'google'], { on_mid_stream_failure: 'continue', retries });
  const cut = failed('vendor_stream_cut');

  it('goes on at the same model when nobody else is left', async () => {
    const plan = { ...goOn, candidates: goOn.candidates.slice(0, 1) };
    const mesh = new Conducted(plan).attempt('openai', cut, finished).fences(committed('half '));
    expect(await mesh.run()).toMatchObject({ status: 'succeeded' });
    expect(mesh.attempts[1]?.request.continuation).toEqual({ text_so_far: 'half ' });
  });

  it.each([
    ['JSON was asked for', { response_format: { type: 'json_object' } }],
    ['several answers were asked for', { n: 2 }],
  ])('ends with an error where %s', async (_why, body) => {
    const mesh = new Conducted(goOn).attempt('openai', cut).fences(committed('{"a":'));
    expect((await mesh.run({}, 60_000, body)).error?.code).toBe('vendor_stream_cut');
    expect(mesh.switches).toMatchObject([{ mode: 'error' }]);
  });
});

describe('a second candidate beside the first', () => {
  const slow = { ...candidate('openai'), hedge_after_ms: 5 };
  const hedged = (mode: 'after_p95' | 'race') =>
    planOf([], { candidates: [slow, candidate('google')], hedging: { mode, max_extra_spend: 0.05 } });
  const untilStopped = (call: { context: { signal?: StopSignal } }) =>
    new Promise<typeof finished>((resolve) =>
      call.context.signal?.addEventListener(
        'abort',
        () => resolve({ ...failed('cancelled'), outcome: 'cancelled', cost_nano_usd: 3 }),
        { once: true },
      ),
    );
  const commits = (mesh: Conducted, winner: number) => {
    mesh.bus.on(awaitCommit(SINK), ({ request }) => ({
      gone: false,
      attempt_no: request.wait_ms === 0 ? null : winner,
    }));
    return mesh;
  };

  it('starts when the first is later than usual; the first to show something wins, the other is stopped and paid for', async () => {
    const mesh = commits(new Conducted(hedged('after_p95')), 2)
      .attempt('openai', untilStopped)
      .attempt('google', finished);
    mesh.spend.note(1_000, false, performance.now());
    const result = await mesh.run();
    expect(result).toMatchObject({
      status: 'succeeded',
      attempts: [
        { vendor: 'openai', outcome: 'cancelled', cost_nano_usd: 3 },
        { vendor: 'google', outcome: 'finished' },
      ],
    });
    expect(mesh.attempts[0]?.options.onAbort).toBe('cut');
    expect(mesh.walk).not.toContain('fence');
    expect(mesh.spend.total(performance.now())).toEqual({ spent: 1_010, extra: 3 });
  });

  it('does not start beyond the share of extra spend, when hedging is shed, or when the first was in time', async () => {
    const answersIn = (ms: number) => () =>
      new Promise<typeof finished>((resolve) => setTimeout(resolve, ms, finished));
    const poor = commits(new Conducted(hedged('after_p95')), 1).attempt('openai', answersIn(15));
    expect((await poor.run()).attempts).toHaveLength(1);
    const busy = commits(new Conducted(hedged('after_p95')), 1).attempt('openai', answersIn(15));
    busy.spend.note(1_000, false, performance.now());
    busy.shed.add('hedging');
    expect((await busy.run()).attempts).toHaveLength(1);
    const quick = commits(new Conducted(hedged('after_p95')), 1).attempt('openai', finished);
    quick.spend.note(1_000, false, performance.now());
    expect((await quick.run()).attempts).toHaveLength(1);
  });

  it('starts at once in a race, whatever it costs', async () => {
    const mesh = commits(new Conducted(hedged('race')), 1)
      .attempt('openai', finished)
      .attempt('google', untilStopped);
    const result = await mesh.run();
    expect(result.attempts.map(({ outcome }) => outcome)).toEqual(['finished', 'cancelled']);
  });

  it('is waited for when the first fails; when both do, both are fenced and the chain goes on', async () => {
    const plan = { ...hedged('race'), candidates: [slow, candidate('google'), candidate('mistral')] };
    const mesh = new Conducted(plan)
      .attempt('openai', failed('vendor_failed'))
      .attempt('google', new SkeinError('worker_busy', 'no room'))
      .attempt('mistral', finished);
    mesh.bus.on(awaitCommit(SINK), () => ({ gone: false, attempt_no: null }));
    expect(await mesh.run()).toMatchObject({ status: 'succeeded', attempts: [{}, {}, { vendor: 'mistral' }] });
    expect(mesh.fenced).toEqual([1, 2]);
  });
});
