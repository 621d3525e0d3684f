import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startRooms, type RunningRooms } from '@skein/boot';
import { connectBus, type NatsBus } from '@skein/bus';
import { LookUpAnswer, ReplayAnswer, StoreAnswer, type AnswerOrigin } from '@skein/contracts/cache';
import type { AttemptOrder } from '@skein/contracts/provider';
import { RequestBody, type Frame } from '@skein/contracts/wire';
import { launchNats, launchRedis, type LaunchedNats, type LaunchedRedis } from '@skein/servers';
import { createLogger } from '@skein/telemetry';
import { eventually } from '@skein/testkit';
import { cacheRoom } from '../src/index.js';

const MODEL = { vendor: 'openai', model: 'gpt-4o' };

let nats: LaunchedNats;
let redis: LaunchedRedis;
let room: RunningRooms;
let caller: NatsBus;
const frames: { requestId: string; frame: Frame }[] = [];

beforeAll(async () => {
  [nats, redis] = await Promise.all([launchNats({ ephemeral: true }), launchRedis({ ephemeral: true })]);
  room = await startRooms([{ room: cacheRoom }], {
    NATS_URL: nats.meshUrl,
    REDIS_URL: redis.url,
    CACHE_MAX_ANSWER_BYTES: '100000',
    LOG_LEVEL: 'silent',
  });
  caller = await connectBus({
    url: nats.meshUrl,
    instance: `caller-${randomUUID()}`,
    rooms: ['sink'],
    local: 'never',
    logger: createLogger('test', 'silent'),
  });
  caller.takeFrames((requestId, _attemptNo, frame) => frames.push({ requestId, frame }));
}, 120_000);

afterAll(async () => {
  await caller?.drain(1_000);
  await room?.stop();
  await redis?.stop();
  await nats?.stop();
}, 30_000);

const context = (tenant = 'acme') => ({ requestId: randomUUID(), tenant, deadline: performance.now() + 10_000 });
const question = (words: string) => ({ model: 'auto', temperature: 0, messages: [{ role: 'user', content: words }] });
const origin = (): AnswerOrigin => ({
  ...MODEL,
  request_id: 'req_0',
  usage: null,
  finish_reason: 'stop',
  stored_at: Date.now(),
});
const answer = (content: string) => ({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
});

/** A look-up is given half a second, which a busy machine may take: it is asked again then, as it changes nothing. */
const lookUp = (body: unknown, tenant = 'acme', model = MODEL) =>
  eventually(() => caller.call(LookUpAnswer, { tenant, ...model }, context(tenant), { body: RequestBody.of(body) }));
const store = (key: string, body: unknown, from = origin()) =>
  caller.call(StoreAnswer, { key, origin: from, form: 'whole' }, context(), { body: RequestBody.of(body) });

const order = (requestId: string, stream: boolean): AttemptOrder => ({
  request_id: requestId,
  sink: caller.instance,
  operation: 'chat',
  stream,
  head: {
    attempt_id: randomUUID(),
    attempt_no: 1,
    ...MODEL,
    reason: 'an exact answer was in the cache',
    cache: 'hit',
    notices: [],
  },
  kind: 'live',
  caller: { tenant: 'acme', project: null, key_id: 'k', user: null, cost_center: null },
  task: null,
  limits: { first_byte_ms: null, idle_ms: null, call_ms: 1_000 },
  continuation: null,
});
const replay = async (key: string, stream: boolean) => {
  const requestId = randomUUID();
  const outcome = await caller.call(ReplayAnswer, { key, order: order(requestId, stream) }, context());
  return { outcome, kinds: () => frames.filter((one) => one.requestId === requestId).map(({ frame }) => frame.kind) };
};

/** Frames and reply travel on their own; waits for a number of them. */
const arrived = async (count: number, kinds: () => string[]) => {
  while (kinds().length < count) await new Promise(setImmediate);
  return kinds();
};

describe('an answer that was kept', () => {
  it('is found by the same question of the same tenant, and by no other', async () => {
    const asked = question('what is kept?');
    const { key, origin: before } = await lookUp(asked);
    expect(before).toBeNull();
    expect(await store(key, answer('this'))).toEqual({ stored: true });

    expect((await lookUp({ ...asked, stream: true })).origin).toMatchObject(MODEL);
    expect((await lookUp({ ...asked, temperature: 0.5 })).origin).toBeNull();
    expect((await lookUp(asked, 'other tenant')).origin).toBeNull();
    expect((await lookUp(asked, 'acme', { vendor: 'openai', model: 'gpt-4o-mini' })).origin).toBeNull();
  });

  it('is played to the sink, streamed or whole, and costs nothing', async () => {
    const { key } = await lookUp(question('play it'));
    await store(key, answer('Hello'));

    const streamed = await replay(key, true);
    expect(streamed.outcome).toMatchObject({ outcome: 'finished', cost_nano_usd: 0, model_served: 'gpt-4o' });
    expect(await arrived(5, streamed.kinds)).toEqual(['notice', 'chunk', 'chunk', 'usage', 'end']);

    const whole = await replay(key, false);
    expect(await arrived(2, whole.kinds)).toEqual(['usage', 'whole']);
  });
});

describe('what is not kept', () => {
  it.each<[string, unknown]>([
    [
      'an answer without an end',
      { ...answer('half'), choices: [{ index: 0, message: { content: 'half' }, finish_reason: null }] },
    ],
    ['an answer beyond the bound', answer('x'.repeat(200_000))],
    ['an error', { error: { message: 'no' } }],
  ])('%s', async (what, body) => {
    const { key } = await lookUp(question(what));
    expect(await store(key, body)).toEqual({ stored: false });
    expect((await lookUp(question(what))).origin).toBeNull();
  });

  it('an answer of another model than the one that was asked', async () => {
    const { key } = await lookUp(question('who answered?'));
    expect(await store(key, answer('not me'), { ...origin(), vendor: 'anthropic', model: 'claude' })).toEqual({
      stored: false,
    });
  });
});

describe('what is asked at the same moment', () => {
  it('is answered each for itself', async () => {
    const asked = ['one', 'two', 'three'].map((which) => question(`at the same moment, ${which}`));
    const before = await Promise.all(asked.map((body) => lookUp(body)));
    expect(before.map(({ origin }) => origin)).toEqual([null, null, null]);
    const [one, , three] = before.map(({ key }) => key);
    const [first, middle, last] = await Promise.all([
      store(one!, answer('one')),
      lookUp(asked[1]!),
      store(three!, answer('three')),
    ]);
    expect([first.stored, middle.origin, last.stored]).toEqual([true, null, true]);
    const after = await Promise.all(asked.map((body) => lookUp(body)));
    expect(after.map(({ origin }) => origin?.model ?? null)).toEqual([MODEL.model, null, MODEL.model]);
  });

  it('finds what is just being kept', async () => {
    const asked = question('kept at the same moment');
    const { key } = await lookUp(asked);
    const [{ stored }, { origin }] = await Promise.all([store(key, answer('now')), lookUp(asked)]);
    expect([stored, origin?.model]).toEqual([true, MODEL.model]);
  });
});

describe('an answer that is gone', () => {
  it('is not_found when it is to be played', async () => {
    const { key } = await lookUp(question('never asked'));
    await expect(replay(key, true)).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('a Redis that is away', () => {
  it('makes every look-up a miss and every answer unkept, and is used again when it is back', async () => {
    const asked = question('while it is away');
    const { key } = await lookUp(asked);
    await store(key, answer('kept before'));
    await redis.kill();
    expect(await lookUp(asked)).toEqual({ key, origin: null });
    expect(await store(key, answer('kept never'))).toEqual({ stored: false });
    await redis.start();
    let found = await lookUp(asked);
    while (found.origin === null) found = await lookUp(asked);
    expect(found.origin).toMatchObject(MODEL);
  }, 30_000);

  it('does not hold a look-up up when it hangs', async () => {
    redis.pause();
    try {
      expect((await lookUp(question('while it hangs'))).origin).toBeNull();
    } finally {
      redis.resume();
    }
  });
});
