// Who leaves, and what the others see of it: a process that stops, one that is killed, and a nats-server that goes away.
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { jetstreamManager } from '@nats-io/jetstream';
import { AttemptStarted } from '@skein/contracts/attempt';
import { FACT_STREAM } from '@skein/contracts/facts';
import { snapshot } from '@skein/contracts/make';
import { RequestBody } from '@skein/contracts/wire';
import { NodeProcess, eventually, plainEnvironment } from '@skein/testkit';
import { z } from 'zod';
import { Greet, Measure, TestMesh, Work, within } from './mesh.js';

jest.setTimeout(60_000);

const DOOMED = fileURLToPath(new URL('../dist/test/served-until-killed.js', import.meta.url));

let mesh: TestMesh;
beforeEach(async () => {
  mesh = await TestMesh.start();
});
afterEach(() => mesh?.stop());

const fact = (id: string) => ({
  attempt_id: id,
  request_id: 'r',
  attempt_no: 1,
  kind: 'live' as const,
  caller: { tenant: 'acme', project: null, key_id: 'k', user: null, cost_center: null },
  vendor: 'v',
  model: 'm',
  task: null,
  at: 1,
});

describe('a process that drains', () => {
  it('finishes what is under way, takes nothing new, and hands over its facts', async () => {
    const [server, caller] = [await mesh.bus({ rooms: ['test'] }), await mesh.bus()];
    let finish: () => void = () => undefined;
    server.serve('test', Greet, async ({ name }) => {
      if (name === 'slow') await new Promise<void>((resolve) => (finish = resolve));
      return { text: name, by: server.instance };
    });
    server.announceVendor({ vendor: 'openai', mode: 'live', concurrency: 1 });
    await eventually(() => expect(caller.fleet.workersOf('openai')).toHaveLength(1));
    const underWay = caller.call(Greet, { name: 'slow' }, within(10_000));
    await caller.call(Greet, { name: 'quick' }, within(5_000));

    void server.state(AttemptStarted, fact('att_last'));
    const drained = server.drain(5_000);
    await eventually(() => expect(caller.fleet.workersOf('openai')).toEqual([]));
    await eventually(() =>
      expect(caller.call(Greet, { name: 'new' }, within(5_000))).rejects.toMatchObject({ code: 'no_responders' }),
    );
    finish();
    expect(await underWay).toEqual({ text: 'slow', by: server.instance });
    await drained;
    await expect(server.call(Greet, { name: 'x' }, within(1_000))).resolves.toMatchObject({ text: 'x' });
    await expect(server.call(Work, { id: 'x' }, within(1_000))).rejects.toMatchObject({ code: 'unavailable' });
    await expect(server.state(AttemptStarted, fact('late'))).rejects.toMatchObject({ code: 'unavailable' });

    const read: unknown[] = [];
    const stop = await caller.readFacts(
      'records-facts',
      async (facts) => void read.push(...facts.map(({ body }) => body)),
    );
    await eventually(() => expect(read).toEqual([fact('att_last')]));
    await stop();
  });

  it('cuts what does not end within the grace', async () => {
    const [server, caller] = [await mesh.bus(), await mesh.bus()];
    server.serve('test', Work, (_request, { signal }) => {
      return new Promise((resolve) =>
        signal.addEventListener('abort', () => resolve({ ended: 'cut short' }), { once: true }),
      );
    });
    await server.subscribed();
    const accepted = Promise.withResolvers<string>();
    const underWay = caller.call(Work, { id: 'w' }, within(20_000), { onAccepted: accepted.resolve });
    expect(await accepted.promise).toBe(server.instance);
    await server.drain(50);
    expect(await underWay).toEqual({ ended: 'cut short' });
  });
});

describe('a process that is killed', () => {
  it('is missed, and what it held fails at once', async () => {
    const watcher = await mesh.bus();
    const lost: string[] = [];
    watcher.fleet.onLost((instance) => void lost.push(instance));
    const doomed = new NodeProcess(DOOMED, { args: [mesh.server.meshUrl, 'doomed'], environment: plainEnvironment() });
    try {
      await eventually(() => expect(watcher.fleet.workersOf('openai')).toHaveLength(1), { withinMs: 20_000 });
      expect(watcher.fleet.rooms().has('doomed')).toBe(true);
      const accepted = Promise.withResolvers<string>();
      const [byGroup, byName] = [
        watcher.call(Work, { id: 'a' }, within(20_000), { onAccepted: accepted.resolve }),
        watcher.call(Work, { id: 'b' }, within(20_000), { instance: 'doomed' }),
      ];
      expect(await accepted.promise).toBe('doomed');
      doomed.kill('SIGKILL');
      await expect(byGroup).rejects.toMatchObject({ code: 'worker_lost' });
      await expect(byName).rejects.toMatchObject({ code: 'worker_lost' });
      expect(lost).toEqual(['doomed']);
      expect(watcher.fleet.workersOf('openai')).toEqual([]);
      await expect(watcher.call(Work, { id: 'c' }, within(5_000))).rejects.toMatchObject({ code: 'no_responders' });
    } finally {
      doomed.kill('SIGKILL');
      await doomed.exited;
    }
  });
});

const Policy = snapshot({ bucket: 'test-policies', key: 'default', body: z.object({ revision: z.number() }) });

describe('a nats-server that goes away and comes back', () => {
  it('fails what was waiting, loses nobody, and then everything goes on: calls, frames, facts and snapshots', async () => {
    const [server, caller] = [await mesh.bus(), await mesh.bus()];
    server.serve('test', Greet, ({ name }) => ({ text: name, by: server.instance }));
    server.serve('test', Work, () => new Promise(() => undefined));
    const lost: string[] = [];
    caller.fleet.onLost((instance) => void lost.push(instance));
    const frames: number[] = [];
    caller.takeFrames((_request, _attempt, frame) => void frames.push(frame.seq));
    const read: string[] = [];
    const stop = await caller.readFacts('records-facts', async (facts) => {
      for (const { body } of facts) read.push((body as { attempt_id: string }).attempt_id);
    });
    const revisions: number[] = [];
    await caller.watchSnapshot(Policy, ({ revision }) => void revisions.push(revision));
    await server.state(AttemptStarted, fact('before'));
    await eventually(() => expect(read).toEqual(['before']));
    await eventually(() => expect(caller.fleet.isAlive(server.instance)).toBe(true));

    const accepted = Promise.withResolvers<string>();
    const waiting = caller.call(Work, { id: 'w' }, within(30_000), { onAccepted: accepted.resolve });
    await accepted.promise;
    await mesh.server.kill('SIGKILL');
    await expect(waiting).rejects.toMatchObject({ code: 'unavailable' });
    expect(caller.isConnected).toBe(false);
    await expect(caller.call(Greet, { name: 'x' }, within(1_000))).rejects.toMatchObject({ code: 'unavailable' });
    const stated = server.state(AttemptStarted, fact('meanwhile'));
    expect(server.takesFacts).toBe(true);

    await mesh.server.start();
    await eventually(() => expect([server.isConnected, caller.isConnected]).toEqual([true, true]));
    const reply = await eventually(() => caller.call(Greet, { name: 'again' }, within(2_000)));
    expect(reply.text).toBe('again');
    expect(lost).toEqual([]);
    expect(caller.fleet.isAlive(server.instance)).toBe(true);

    server.emitFrame(caller.instance, 'r', 1, { kind: 'chunk', seq: 7, hasContent: true, payload: new Uint8Array(1) });
    await eventually(() => expect(frames).toEqual([7]));
    await stated;
    await server.state(AttemptStarted, fact('after'));
    await eventually(() => expect([...read].sort()).toEqual(['after', 'before', 'meanwhile']), { withinMs: 30_000 });
    await server.putSnapshot(Policy, { revision: 2 });
    await eventually(() => expect(revisions).toEqual([2]), { withinMs: 30_000 });
    await stop();
  });

  it('loses no fact that it acknowledged while it was being stopped', async () => {
    const bus = await mesh.bus();
    const read = new Set<string>();
    const stop = await bus.readFacts('records-facts', async (facts) => {
      for (const { body } of facts) read.add((body as { attempt_id: string }).attempt_id);
    });
    const ids: string[] = [];
    let isUp = true;
    const writer = async (): Promise<void> => {
      while (isUp) {
        const id = `through_${ids.length}`;
        ids.push(id);
        await bus.state(AttemptStarted, fact(id));
      }
    };
    const writers = Array.from({ length: 20 }, writer);
    await eventually(() => expect(read.size).toBeGreaterThan(50));
    for (let turn = 0; turn < 3; turn += 1) {
      await mesh.server.restart();
      const seen = read.size;
      await eventually(() => expect(read.size).toBeGreaterThan(seen), { withinMs: 30_000 });
    }
    isUp = false;
    await Promise.all(writers);
    await eventually(() => expect(ids.filter((id) => !read.has(id))).toEqual([]), { withinMs: 30_000 });
    await stop();
  }, 120_000);

  it('does not keep a process from stopping', async () => {
    const server = await mesh.bus();
    server.serve('test', Greet, ({ name }) => ({ text: name, by: server.instance }));
    await server.readFacts('records-facts', () => Promise.resolve());
    await mesh.server.kill('SIGKILL');
    await eventually(() => expect(server.isConnected).toBe(false));
    await server.drain(100);
    await expect(server.call(Work, { id: 'x' }, within(1_000))).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('that only freezes loses nobody and nothing', async () => {
    const [server, caller] = [await mesh.bus(), await mesh.bus()];
    server.serve('test', Greet, ({ name }) => ({ text: name, by: server.instance }));
    await eventually(() => expect(caller.fleet.isAlive(server.instance)).toBe(true));
    const lost: string[] = [];
    caller.fleet.onLost((instance) => void lost.push(instance));
    mesh.server.pause();
    // On a busy machine a server that was told to stop still answers for a moment.
    await eventually(() =>
      expect(caller.call(Greet, { name: 'is it?' }, within(300))).rejects.toMatchObject({ code: 'deadline_exceeded' }),
    );
    const answer = caller.call(Greet, { name: 'patience' }, within(20_000));
    // Longer than three beats, told by a call's own deadline.
    await expect(caller.call(Greet, { name: 'haste' }, within(3_000))).rejects.toMatchObject({
      code: 'deadline_exceeded',
    });
    mesh.server.resume();
    expect(await answer).toMatchObject({ text: 'patience' });
    expect(lost).toEqual([]);
    expect(caller.fleet.isAlive(server.instance)).toBe(true);
  });
});

describe('JetStream without room', () => {
  it('keeps facts waiting, says why, and takes them when there is room, in order', async () => {
    const bus = await mesh.bus();
    const read: string[] = [];
    const stop = await bus.readFacts('records-facts', async (facts) => {
      for (const { body } of facts) read.push((body as { attempt_id: string }).attempt_id);
    });
    const manager = await jetstreamManager(await mesh.client());
    await bus.state(AttemptStarted, fact('before'));
    await manager.streams.update(FACT_STREAM, { max_bytes: 1 });
    const waiting = Array.from({ length: 9_999 }, (_, n) => bus.state(AttemptStarted, fact(`waits_${n}`), 'soon'));
    expect([bus.takesFacts, bus.refusal]).toEqual([true, null]);
    waiting.push(bus.state(AttemptStarted, fact('the last')));
    await eventually(() => expect(bus.refusal).toContain('maximum bytes exceeded'));
    expect(bus.fleet.refusalOfWorkers()).toBeNull();
    await expect(bus.state(AttemptStarted, fact('one too many'))).rejects.toMatchObject({ code: 'unavailable' });

    await manager.streams.update(FACT_STREAM, { max_bytes: -1 });
    await Promise.all(waiting);
    await eventually(() => expect(read).toHaveLength(10_001), { withinMs: 30_000 });
    expect([read[0], read[1], read.at(-1), bus.refusal]).toEqual(['before', 'waits_0', 'the last', null]);
    await stop();
  });

  it('holds up nothing but facts, and after a restart of its server nothing at all', async () => {
    const [server, caller] = [await mesh.bus(), await mesh.bus()];
    server.serve('test', Greet, ({ name }) => ({ text: name, by: server.instance }));
    const read: string[] = [];
    const stop = await caller.readFacts('records-facts', async (facts) => {
      for (const { body } of facts) read.push((body as { attempt_id: string }).attempt_id);
    });
    await server.state(AttemptStarted, fact('before'));
    // As a full disk does, it takes the beginning of what is written: nats-server 2.9 never gets over that.
    execFileSync('prlimit', ['--pid', String(mesh.server.pid), '--fsize=2000:']);
    const long = (id: string) => ({ ...fact(id), model: 'm'.repeat(4_000) });
    const stated = Promise.all(['a', 'b'].map((id) => server.state(AttemptStarted, long(id))));
    await caller.call(Greet, { name: 'anyone' }, within(5_000));
    await stated;
    expect(await server.call(Work, { id: 'x' }, within(5_000)).catch(({ code }: { code: string }) => code)).toBe(
      'no_responders',
    );
    expect(await caller.call(Greet, { name: 'still' }, within(5_000))).toMatchObject({ text: 'still' });
    expect([server.isConnected, server.takesFacts]).toEqual([true, true]);

    await mesh.server.kill();
    await mesh.server.start();
    await eventually(() => expect([...new Set(read)].sort()).toEqual(['a', 'b', 'before']), { withinMs: 30_000 });
    await stop();
  });
});

describe('a nats-server that comes back without its disk', () => {
  it('gets back what anybody knows, and everything goes on: facts, snapshots, leases and large bodies', async () => {
    const [server, caller] = [await mesh.bus(), await mesh.bus()];
    const large = { bytes: new TextEncoder().encode(JSON.stringify({ text: 'x'.repeat(9_000_000) })) };
    server.serve('test', Measure, ({ unit }, { body }) => {
      return { unit, bytes: body.bytes.length, sha256: '', echo: '' };
    });
    const read: string[] = [];
    await caller.readFacts('records-facts', async (facts) => {
      for (const { body } of facts) read.push((body as { attempt_id: string }).attempt_id);
    });
    const revisions: number[] = [];
    await caller.watchSnapshot(Policy, ({ revision }) => void revisions.push(revision));
    for (const revision of [1, 2, 3]) await server.putSnapshot(Policy, { revision });
    const lease = server.lease('work', 60_000);
    expect(await lease.tryHold()).toBe(true);
    const measure = () => caller.call(Measure, { unit: 'b' }, within(10_000), { body: new RequestBody(large.bytes) });
    await eventually(measure);
    await server.state(AttemptStarted, fact('before'));
    await eventually(() => expect([revisions, read]).toEqual([[1, 2, 3], ['before']]));

    await mesh.server.kill();
    rmSync(join(dirname(dirname(mesh.server.logFile)), 'nats', 'jetstream'), { recursive: true });
    await mesh.server.start();
    await server.state(AttemptStarted, fact('after'));
    await eventually(() => expect(read).toEqual(['before', 'after']), { withinMs: 30_000 });
    expect(await eventually(measure)).toMatchObject({ bytes: large.bytes.length });
    await eventually(async () => expect(await lease.tryHold()).toBe(true));
    const late: number[] = [];
    await (await mesh.bus()).watchSnapshot(Policy, ({ revision }) => void late.push(revision));
    expect(late).toEqual([3]);
    await server.putSnapshot(Policy, { revision: 4 });
    await eventually(() =>
      expect([revisions, late]).toEqual([
        [1, 2, 3, 4],
        [3, 4],
      ]),
    );
  });
});
