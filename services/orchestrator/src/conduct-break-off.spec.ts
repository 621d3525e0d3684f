import { describe, expect, it } from '@jest/globals';
import { SkeinError } from '@skein/contracts/errors';
import type { StopSignal } from '@skein/contracts/wire';
import { Conducted, committed, failed, finished, notCommitted, planOf } from '../test/conducted.js';

const goOn = planOf(['openai', 'anthropic', 'google'], { on_mid_stream_failure: 'continue' });
const cut = failed('vendor_stream_cut');

describe('an answer that breaks off in the middle', () => {
  it('is not repeated: it ends with the error, told through the sink', async () => {
    const mesh = new Conducted(planOf(['openai', 'anthropic'])).attempt('openai', cut).fences(committed('half'));
    expect(await mesh.run()).toMatchObject({ status: 'failed', error: { code: 'vendor_stream_cut' } });
    expect(mesh.walk.slice(2)).toEqual(['openai.attempt', 'fence', 'switch']);
    expect(mesh.switches).toMatchObject([{ attempt_no: 1, mode: 'error', error: { code: 'vendor_stream_cut' } }]);
  });

  it('goes on at the next candidate where the policy says so, from the text so far', async () => {
    const mesh = new Conducted(goOn).attempt('openai', cut).attempt('anthropic', finished).fences(committed('half '));
    expect(await mesh.run()).toMatchObject({ status: 'succeeded' });
    expect(mesh.walk.slice(2)).toEqual(['openai.attempt', 'fence', 'switch', 'anthropic.attempt']);
    expect(mesh.switches).toMatchObject([{ attempt_no: 2, mode: 'continue', error: null }]);
    expect(mesh.attempts[1]?.request).toMatchObject({
      head: { attempt_no: 2 },
      continuation: { text_so_far: 'half ' },
    });
  });

  it('goes on again, each time from all that was shown', async () => {
    const mesh = new Conducted(goOn)
      .attempt('openai', cut)
      .attempt('anthropic', new SkeinError('worker_lost', 'gone'))
      .attempt('google', finished)
      .fences(committed('one '), committed('one two '));
    expect(await mesh.run()).toMatchObject({ status: 'succeeded' });
    expect(mesh.attempts.map(({ request }) => request.continuation?.text_so_far)).toEqual([
      undefined,
      'one ',
      'one two ',
    ]);
    expect(mesh.switches.map(({ attempt_no }) => attempt_no)).toEqual([2, 3]);
  });

  it('goes on at the candidate after one that has no room, under the number the sink was told', async () => {
    const mesh = new Conducted(goOn).attempt('openai', cut).attempt('google', finished).fences(committed('one '));
    mesh.bus.fleet.have([
      { vendor: 'openai', instance: 'openai-1' },
      { vendor: 'google', instance: 'google-1' },
    ]);
    expect(await mesh.run()).toMatchObject({ status: 'succeeded' });
    expect(mesh.switches.map(({ attempt_no }) => attempt_no)).toEqual([2]);
    expect(mesh.attempts[1]?.request.head).toMatchObject({ attempt_no: 2, vendor: 'google' });
  });

  it.each(['speech', 'transcription'] as const)(
    'of %s does not go on elsewhere: nobody can say from where',
    async (operation) => {
      const mesh = new Conducted(goOn).attempt('openai', cut).fences(committed(''));
      expect(await mesh.run({ operation })).toMatchObject({ status: 'failed', error: { code: 'vendor_stream_cut' } });
      expect(mesh.switches).toMatchObject([{ attempt_no: 1, mode: 'error' }]);
    },
  );

  it('ends where nobody is left to go on', async () => {
    const mesh = new Conducted({ ...goOn, candidates: goOn.candidates.slice(0, 1) })
      .attempt('openai', cut)
      .fences(committed('half'));
    expect(await mesh.run()).toMatchObject({ error: { code: 'vendor_stream_cut' } });
    expect(mesh.switches).toMatchObject([{ mode: 'error' }]);
  });

  it.each([
    ['more than text was shown', cut, committed('half', false)],
    ['the vendor refuses the content', failed('content_refused'), committed('half')],
  ])('ends where %s', async (_why, outcome, fence) => {
    const mesh = new Conducted(goOn).attempt('openai', outcome).fences(fence);
    expect(await mesh.run()).toMatchObject({ status: 'failed', error: { code: outcome.error?.code } });
    expect(mesh.switches).toMatchObject([{ mode: 'error' }]);
  });

  it('starts anew, without a word, where nothing had been shown', async () => {
    const mesh = new Conducted(goOn).attempt('openai', cut).attempt('anthropic', finished).fences(notCommitted);
    expect(await mesh.run()).toMatchObject({ status: 'succeeded' });
    expect(mesh.switches).toEqual([]);
    expect(mesh.attempts[1]?.request.continuation).toBeNull();
  });
});

describe('a customer who leaves', () => {
  const untilCut = (mesh: Conducted) => async (call: { context: { signal?: StopSignal } }) => {
    queueMicrotask(() => mesh.leaving.abort());
    await new Promise((resolve) => call.context.signal?.addEventListener('abort', resolve, { once: true }));
    return { ...finished, outcome: 'cancelled' as const, cost_nano_usd: 4 };
  };

  it.each(['cut', 'drain'] as const)(
    'stops the attempt (%s, as the policy says) and nothing follows it',
    async (onCancel) => {
      const mesh = new Conducted(planOf(['openai', 'anthropic'], { on_cancel: onCancel }));
      mesh.attempt('openai', untilCut(mesh));
      const result = await mesh.run();
      expect(result).toMatchObject({
        status: 'cancelled',
        error: { code: 'cancelled' },
        attempts: [{ outcome: 'cancelled', cost_nano_usd: 4 }],
      });
      expect(mesh.attempts[0]?.options.onAbort).toBe(onCancel);
      expect(mesh.walk.slice(2)).toEqual(['openai.attempt']);
    },
  );

  it('while waiting for a worker is cancelled, not failed', async () => {
    const mesh = new Conducted(planOf(['openai']));
    mesh.bus.fleet.have([]);
    setImmediate(() => mesh.leaving.abort());
    expect(await mesh.run()).toMatchObject({ status: 'cancelled', attempts: [] });
  });

  it('while a retry-after is waited for is not called again', async () => {
    const mesh = new Conducted(planOf(['openai'])).attempt(
      'openai',
      failed('vendor_rate_limited', { retryAfterMs: 4_000 }),
    );
    const run = mesh.run();
    setTimeout(() => mesh.leaving.abort(), 20);
    expect(await run).toMatchObject({ status: 'cancelled', attempts: [{ outcome: 'failed' }] });
  });
});
