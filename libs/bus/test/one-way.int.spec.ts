// What nobody replies to: frames, facts, snapshots and the customers' door.
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { AttemptStarted, type AttemptStartedFact } from '@skein/contracts/attempt';
import { snapshot } from '@skein/contracts/make';
import { RequestBody, type Frame } from '@skein/contracts/wire';
import { eventually } from '@skein/testkit';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import { FACT_STREAM } from '@skein/contracts/facts';
import { z } from 'zod';
import type { LocalMode, NatsBus, ReadFact } from '../src/index.js';
import { forgetReadFacts, lastReadByAll } from '../src/forget-read-facts.js';
import { Greet, Measure, TestMesh, within } from './mesh.js';

jest.setTimeout(60_000);

let mesh: TestMesh;
beforeAll(async () => {
  mesh = await TestMesh.start();
});
afterAll(() => mesh?.stop());

const started = (id: string): AttemptStartedFact => ({
  attempt_id: id,
  request_id: 'req_1',
  attempt_no: 1,
  kind: 'live',
  caller: { tenant: 'acme', project: null, key_id: 'k', user: null, cost_center: null },
  vendor: 'openai',
  model: 'm',
  task: null,
  at: 1,
});

describe.each<[string, LocalMode, boolean]>([
  ['within a process', 'prefer', true],
  ['within a process, over NATS', 'never', true],
  ['between processes', 'prefer', false],
])('what is told %s', (_where, local, same) => {
  it('arrives with its body, however large, and is lost where nobody serves it', async () => {
    const server = await mesh.bus({ local, rooms: ['test'] });
    const teller = same ? server : await mesh.bus({ local });
    teller.tell(Measure, { unit: 'too early' }, within(1_000));
    // What is asked next takes along what was told.
    await expect(teller.call(Greet, { name: 'nobody' }, within(1_000))).rejects.toMatchObject({
      code: 'no_responders',
    });
    const heard: string[] = [];
    server.serve('test', Measure, ({ unit }, { body }) => {
      heard.push(`${unit} ${body.bytes.length}`);
      throw new Error('nobody is told of this');
    });
    await server.subscribed();
    teller.tell(Measure, { unit: 'small' }, within(1_000), new RequestBody(new Uint8Array(10)));
    teller.tell(Measure, { unit: 'large' }, within(20_000), new RequestBody(new Uint8Array(9_000_000)));
    await eventually(() => expect(heard.toSorted()).toEqual(['large 9000000', 'small 10']));
    await server.drain(1_000);
  });

  it('is heard before what is asked next', async () => {
    const server = await mesh.bus({ local, rooms: ['test'] });
    const teller = same ? server : await mesh.bus({ local });
    const heard: string[] = [];
    server.serve('test', Measure, ({ unit }) => {
      heard.push(unit);
      return { unit, bytes: 0, sha256: '', echo: '' };
    });
    await server.subscribed();
    for (const unit of ['one', 'two']) teller.tell(Measure, { unit }, within(1_000));
    await teller.call(Measure, { unit: 'asked' }, within(10_000));
    expect(heard).toEqual(['one', 'two', 'asked']);
    await server.drain(1_000);
  });
});

it('what is told has no address for a reply, and leaves before its teller does', async () => {
  const listener = await mesh.client();
  const heard: { reply: string | undefined; text: string }[] = [];
  listener.subscribe(Greet.subject, {
    callback: (_error, message) => void heard.push({ reply: message.reply || undefined, text: message.string() }),
  });
  await listener.flush();
  const teller = await mesh.bus();
  teller.tell(Greet, { name: 'farewell' }, within(1_000));
  await teller.drain(1_000);
  await eventually(() => expect(heard).toEqual([{ reply: undefined, text: '{"name":"farewell"}' }]));
  await listener.close();
});

describe.each<[string, LocalMode, boolean]>([
  ['within a process', 'prefer', true],
  ['within a process, with every check', 'verify', true],
  ['within a process, over NATS', 'never', true],
  ['between processes', 'prefer', false],
])('frames %s', (_where, local, same) => {
  it('arrive whole, in order, and only at the sink they are for', async () => {
    const sink = await mesh.bus({ local });
    const worker = same ? sink : await mesh.bus({ local });
    const taken: { to: string; frame: Frame }[] = [];
    sink.takeFrames((requestId, attemptNo, frame) => void taken.push({ to: `${requestId}/${attemptNo}`, frame }));
    const bystander = await mesh.bus({ local });
    bystander.takeFrames(() => void taken.push({ to: 'the wrong one', frame: frames[0] as Frame }));
    const frames: Frame[] = Array.from({ length: 200 }, (_, seq) => ({
      kind: seq === 199 ? 'end' : 'chunk',
      seq,
      hasContent: seq % 2 === 1,
      payload: new TextEncoder().encode(seq === 199 ? '' : `{"n":${seq},"text":"世界"}`),
    }));
    for (const frame of frames) worker.emitFrame(sink.instance, 'req_1', 2, frame);
    await eventually(() => expect(taken).toHaveLength(200));
    expect(new Set(taken.map(({ to }) => to))).toEqual(new Set(['req_1/2']));
    const plain = (frame: Frame) => ({ ...frame, payload: [...frame.payload] });
    expect(taken.map(({ frame }) => plain(frame))).toEqual(frames.map(plain));
  });

  it('go on arriving after one that the sink could not stand', async () => {
    const sink = await mesh.bus({ local });
    const worker = same ? sink : await mesh.bus({ local });
    const seen: number[] = [];
    sink.takeFrames((_request, _attempt, frame) => {
      seen.push(frame.seq);
      if (frame.seq === 0) throw new Error('a bug in the sink');
    });
    for (const seq of [0, 1])
      worker.emitFrame(sink.instance, 'r', 1, { kind: 'chunk', seq, hasContent: true, payload: new Uint8Array(1) });
    await eventually(() => expect(seen).toEqual([0, 1]));
  });
});

describe('facts', () => {
  /** Reads into the lists it returns, until the end of the test. */
  const readInto = async (bus: NatsBus, onBatch: () => void = () => undefined) => {
    const batches: (readonly ReadFact[])[] = [];
    stops.push(
      await bus.readFacts('records-facts', async (facts) => {
        onBatch();
        batches.push(facts);
      }),
    );
    return { batches, ids: () => batches.flat().map(({ body }) => (body as AttemptStartedFact).attempt_id) };
  };
  const stops: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
  });

  it('stated before their reader first starts are read, in order and in groups', async () => {
    const worker = await mesh.bus();
    const ids = Array.from({ length: 50 }, (_, n) => `att_${n}`);
    await Promise.all(ids.map((id) => worker.state(AttemptStarted, started(id))));
    const { batches, ...read } = await readInto(await mesh.bus());
    await eventually(() => expect(read.ids()).toHaveLength(50));
    expect(read.ids()).toEqual(ids);
    expect(batches.length).toBeLessThan(10);
    expect(batches.flat()[0]).toEqual({ subject: AttemptStarted.subject, body: started('att_0') });
  });

  it('that come close together are asked for together', async () => {
    const client = await mesh.client();
    let asked = 0;
    client.subscribe('$JS.API.CONSUMER.MSG.NEXT.>', { callback: () => void (asked += 1) });
    const read = await readInto(await mesh.bus());
    await eventually(() => expect(asked).toBe(1));
    const ids = Array.from({ length: 50 }, (_, n) => `att_apart_${n}`);
    for (const id of ids) client.publish(AttemptStarted.subject, JSON.stringify([started(id)]));
    await eventually(() => expect(read.ids()).toEqual(ids));
    expect(asked).toBeLessThan(10);
  });

  it('that could not be handled are given again', async () => {
    const worker = await mesh.bus();
    let failures = 0;
    const read = await readInto(await mesh.bus(), () => {
      failures += 1;
      if (failures === 1) throw new Error('the database is away');
    });
    await worker.state(AttemptStarted, started('att_again'));
    await eventually(() => expect(read.ids()).toEqual(['att_again']));
    expect(failures).toBe(2);
  });

  it('that were read are not given to the next reader; those stated while nobody read are', async () => {
    const worker = await mesh.bus();
    await worker.state(AttemptStarted, started('att_while_away'));
    const read = await readInto(await mesh.bus());
    await worker.state(AttemptStarted, started('att_now'));
    await eventually(() => expect(read.ids()).toContain('att_now'));
    expect(read.ids()).toEqual(['att_while_away', 'att_now']);
  });

  it('are forgotten when every durable reader has had them, and not before', async () => {
    const bus = await mesh.bus();
    const client = await mesh.client();
    const manager = await jetstreamManager(client);
    const kept = async () => (await manager.streams.info(FACT_STREAM)).state.messages;
    await bus.state(AttemptStarted, started('att_kept'));
    const stopForgetting = forgetReadFacts(client, () => undefined, 20);
    try {
      await readInto(bus);
      // Only the records want this fact; a finished attempt has readers that are not here yet.
      await eventually(async () => expect(await kept()).toBe(0));
      const { seq } = await jetstream(client).publish('skein.fact.attempt.finished.v1', '[]');
      await bus.state(AttemptStarted, started('att_behind'));
      await eventually(async () =>
        expect((await manager.consumers.info(FACT_STREAM, 'records-facts')).num_pending).toBe(0),
      );
      expect(await lastReadByAll(manager)).toBeLessThan(seq);
      expect(await kept()).toBe(2);
    } finally {
      stopForgetting();
    }
  });

  it('that nobody can read do not hold up the others', async () => {
    const stranger = await mesh.client();
    stranger.publish(AttemptStarted.subject, 'not JSON');
    await stranger.flush();
    const bus = await mesh.bus();
    const watched: string[] = [];
    bus.watchFacts(AttemptStarted, ({ attempt_id }) => void watched.push(attempt_id));
    await bus.subscribed();
    const read = await readInto(bus);
    await bus.state(AttemptStarted, started('att_after'));
    await eventually(() => expect(read.ids()).toEqual(['att_after']));
    await eventually(() => expect(watched).toEqual(['att_after']));
  });

  it('can be heard as they pass by any number in a process, until one no longer listens', async () => {
    const [worker, watcher] = [await mesh.bus(), await mesh.bus()];
    const heard: string[] = [];
    const alsoHeard: string[] = [];
    watcher.watchFacts(AttemptStarted, () => {
      throw new Error('not the others’ fault');
    });
    watcher.watchFacts(AttemptStarted, ({ attempt_id }) => void alsoHeard.push(attempt_id));
    const stop = watcher.watchFacts(AttemptStarted, ({ attempt_id }) => void heard.push(attempt_id));
    // The server hears of the listeners on another connection than of the fact.
    await watcher.subscribed();
    await worker.state(AttemptStarted, started('att_heard'));
    await eventually(() => expect(alsoHeard).toEqual(['att_heard']));
    stop();
    const before = heard.length;
    await worker.state(AttemptStarted, started('att_unheard'));
    await worker.state(AttemptStarted, started('att_unheard_2'));
    await eventually(() => expect(alsoHeard.slice(-2)).toEqual(['att_unheard', 'att_unheard_2']));
    expect(heard).toHaveLength(before);
    expect(heard).toEqual(alsoHeard.slice(0, -2));
  });
});

const Policy = snapshot({ bucket: 'test-policies', key: 'default', body: z.object({ revision: z.number() }) });

describe('a snapshot', () => {
  it('is heard at once where there is one, and at every change; what does not fit leaves the last good one', async () => {
    const [writer, reader] = [await mesh.bus(), await mesh.bus()];
    await writer.putSnapshot(Policy, { revision: 1 });
    const heard: number[] = [];
    const stop = await reader.watchSnapshot(Policy, ({ revision }) => void heard.push(revision));
    expect(heard).toEqual([1]);
    await writer.putSnapshot(Policy, { revision: 2 });
    await eventually(() => expect(heard).toEqual([1, 2]));

    const kv = await new Kvm(await mesh.client()).open(Policy.bucket);
    await kv.put(Policy.key, '{"revision":"three"}');
    await kv.put(Policy.key, 'not JSON');
    await writer.putSnapshot(Policy, { revision: 4 });
    await eventually(() => expect(heard).toEqual([1, 2, 4]));
    stop();
  });

  it('that is not there yet is heard when it comes, by those who waited', async () => {
    const Late = { ...Policy, key: 'late' };
    const [writer, reader] = [await mesh.bus(), await mesh.bus()];
    const heard: number[] = [];
    await reader.watchSnapshot(Late, ({ revision }) => void heard.push(revision));
    expect(heard).toEqual([]);
    await writer.putSnapshot(Late, { revision: 1 });
    await eventually(() => expect(heard).toEqual([1]));
  });
});
