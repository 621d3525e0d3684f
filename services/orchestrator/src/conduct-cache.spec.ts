import { describe, expect, it } from '@jest/globals';
import { LookUpAnswer, ReplayAnswer, type AnswerOrigin } from '@skein/contracts/cache';
import { SkeinError } from '@skein/contracts/errors';
import { Conducted, committed, finished, planOf } from '../test/conducted.js';

const origin: AnswerOrigin = {
  vendor: 'openai',
  model: 'openai-model',
  request_id: 'req_0',
  usage: null,
  finish_reason: 'stop',
  stored_at: 1,
};
const cached = planOf(['openai', 'anthropic'], { cache: 'always' });

function withCache(found: AnswerOrigin | null, plan = cached): Conducted {
  const mesh = new Conducted(plan);
  mesh.bus.on(LookUpAnswer, () => ({ key: 'key_of_the_answer', origin: found }));
  return mesh;
}

describe('an answer that is in the cache', () => {
  it('is replayed to the sink; no worker is asked', async () => {
    const mesh = withCache(origin);
    const replays: unknown[] = [];
    mesh.bus.on(ReplayAnswer, ({ request }) => {
      replays.push(request);
      return finished;
    });
    expect(await mesh.run()).toMatchObject({ status: 'succeeded', cache: 'hit', store_as: null, attempts: [] });
    expect(mesh.walk).toEqual(['classify', 'decide', 'look up', 'replay']);
    expect(replays).toMatchObject([
      {
        key: 'key_of_the_answer',
        order: { head: { attempt_no: 1, cache: 'hit', vendor: 'openai' }, limits: { call_ms: 30_000 } },
      },
    ]);
  });

  it('that lapsed between look-up and replay is fenced off, and a vendor answers', async () => {
    const mesh = withCache(origin).attempt('openai', finished);
    mesh.bus.on(ReplayAnswer, () => {
      throw new SkeinError('not_found', 'it has just lapsed');
    });
    expect(await mesh.run()).toMatchObject({ status: 'succeeded', cache: 'miss', store_as: 'key_of_the_answer' });
    expect(mesh.walk.slice(2)).toEqual(['look up', 'replay', 'fence', 'openai.attempt']);
    expect(mesh.fenced).toEqual([1]);
    expect(mesh.attempts[0]?.request.head).toMatchObject({ attempt_no: 2, cache: 'miss' });
  });

  it('that broke off after it was shown ends with an error', async () => {
    const mesh = withCache(origin).fences(committed('half'));
    mesh.bus.on(ReplayAnswer, () => {
      throw new SkeinError('worker_lost', 'the cache is gone');
    });
    expect(await mesh.run()).toMatchObject({ status: 'failed', error: { code: 'worker_lost' }, attempts: [] });
    expect(mesh.switches).toMatchObject([{ mode: 'error', attempt_no: 1 }]);
  });
});

describe('an answer that is not in the cache', () => {
  it('is given by a vendor, and the sink is told how to keep it', async () => {
    const mesh = withCache(null).attempt('openai', finished);
    expect(await mesh.run()).toMatchObject({ status: 'succeeded', cache: 'miss', store_as: 'key_of_the_answer' });
    expect(mesh.attempts[0]?.request.head).toMatchObject({ attempt_no: 1, cache: 'miss' });
  });

  it('is not kept when it failed', async () => {
    const mesh = withCache(null, planOf(['openai'], { cache: 'always' })).attempt('openai', {
      ...finished,
      outcome: 'failed',
    });
    expect(await mesh.run()).toMatchObject({ status: 'failed', store_as: null });
  });

  it('is given by a vendor too when the cache itself is away', async () => {
    const mesh = new Conducted(cached).attempt('openai', finished);
    expect(await mesh.run()).toMatchObject({ status: 'succeeded', cache: 'miss', store_as: null });
  });
});

describe('whether the cache is asked at all', () => {
  it('is not, where neither caller nor policy wants it', async () => {
    const mesh = withCache(origin, planOf(['openai'])).attempt('openai', finished);
    expect(await mesh.run()).toMatchObject({ cache: 'off' });
    expect(mesh.walk).not.toContain('look up');
  });

  it('is done beside the classifier when the caller names vendor and model', async () => {
    const mesh = withCache(null).attempt('openai', finished);
    await mesh.run({ model: 'openai/openai-model', cache: 'exact' });
    expect(mesh.walk.filter((step) => step === 'look up')).toHaveLength(1);
    expect(mesh.walk.indexOf('look up')).toBeLessThan(mesh.walk.indexOf('decide'));
  });

  it('is done anew when the router chose another model than was asked about', async () => {
    const asked: string[] = [];
    const mesh = new Conducted(cached).attempt('openai', finished);
    mesh.bus.on(LookUpAnswer, ({ request }) => {
      asked.push(`${request.vendor}/${request.model}`);
      return { key: request.vendor, origin: null };
    });
    expect(await mesh.run({ model: 'google/gemini', cache: 'exact' })).toMatchObject({ store_as: 'openai' });
    expect(asked).toEqual(['google/gemini', 'openai/openai-model']);
  });
});
