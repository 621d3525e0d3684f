// The promises of a call, the same wherever its server is: in this process (short-cut, checked, or over NATS) or in another.
import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { SkeinError } from '@skein/contracts/errors';
import { RequestBody, type CancelReason, type StopSignal } from '@skein/contracts/wire';
import { eventually } from '@skein/testkit';
import type { LocalMode, NatsBus, ServedContext } from '../src/index.js';
import { Greet, HandOn, Measure, TestMesh, Work, within } from './mesh.js';

jest.setTimeout(60_000);

let mesh: TestMesh;
beforeAll(async () => {
  mesh = await TestMesh.start();
});
afterAll(() => mesh?.stop());

const places: [string, LocalMode, 'same' | 'other'][] = [
  ['in the same process', 'prefer', 'same'],
  ['in the same process, with every check', 'verify', 'same'],
  ['in the same process, over NATS', 'never', 'same'],
  ['in another process', 'prefer', 'other'],
];

describe.each(places)('a call %s', (_where, local, place) => {
  let caller: NatsBus;
  let server: NatsBus;
  const contexts: ServedContext[] = [];
  const cancels: CancelReason[] = [];
  const running = new Set<string>();

  beforeAll(async () => {
    // Each place has a server of its own and asks it by name, so that all share one nats-server.
    server = await mesh.bus({ local, rooms: ['test'] });
    caller = place === 'same' ? server : await mesh.bus({ local });
    server.serve('test', Greet, (request, context) => {
      contexts.push(context);
      if (request.name === 'nobody') {
        throw new SkeinError('rate_limit_exceeded', 'too many greetings', {
          status: 430,
          param: 'name',
          retryAfterMs: 1_500,
          detail: { limit: 3 },
        });
      }
      if (request.name === 'a bug') throw new TypeError('undefined is not a function');
      if (request.name === 'silence') return new Promise(() => undefined);
      return { text: `hello, ${request.name}`, by: server.instance };
    });
    server.serve('test', Measure, ({ unit }, { body }) => ({
      unit,
      bytes: body.bytes.length,
      sha256: createHash('sha256').update(body.bytes).digest('hex'),
      echo: unit === 'echo' ? new TextDecoder().decode(body.bytes) : '',
    }));
    server.serve('test', HandOn, ({ to }, { body }) =>
      server.call(Measure, { unit: 'hash' }, within(30_000), { instance: to, body }),
    );
    server.serve('test', Work, async ({ id }, { signal }) => {
      running.add(id);
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      running.delete(id);
      cancels.push(signal.reason as CancelReason);
      return { ended: (signal.reason as CancelReason).mode };
    });
    await eventually(() => expect(caller.fleet.isAlive(server.instance)).toBe(true));
  });

  const at = () => ({ instance: server.instance });

  it('is answered', async () => {
    expect(await caller.call(Greet, { name: 'world' }, within(5_000), at())).toEqual({
      text: 'hello, world',
      by: server.instance,
    });
  });

  it('carries who asks, for how long, and the trace', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const before = performance.now();
    await caller.call(Greet, { name: 'x' }, within(3_000, { requestId: 'req_7', tenant: 'Zoë', traceparent }), at());
    const seen = contexts.at(-1);
    expect(seen).toMatchObject({ requestId: 'req_7', tenant: 'Zoë', traceparent });
    expect(seen?.deadline).toBeGreaterThan(before + 2_000);
    expect(seen?.deadline).toBeLessThan(performance.now() + 3_001);
  });

  it('fails with the code, status, field and patience of the error that was thrown', async () => {
    const failed = caller.call(Greet, { name: 'nobody' }, within(5_000), at());
    await expect(failed).rejects.toBeInstanceOf(SkeinError);
    await expect(failed).rejects.toMatchObject({
      code: 'rate_limit_exceeded',
      message: 'too many greetings',
      status: 430,
      param: 'name',
      retryAfterMs: 1_500,
      detail: { limit: 3 },
    });
  });

  it('fails as internal where the server has a bug', async () => {
    await expect(caller.call(Greet, { name: 'a bug' }, within(5_000), at())).rejects.toMatchObject({
      code: 'internal',
    });
  });

  it('fails when its deadline is over, and its server is told', async () => {
    const failed = caller.call(Greet, { name: 'silence' }, within(150), at());
    await expect(failed).rejects.toMatchObject({ code: 'deadline_exceeded' });
    const { signal } = contexts.at(-1) ?? {};
    await eventually(() => expect(signal?.aborted).toBe(true));
  });

  it('is not even sent when no time is left', async () => {
    const before = contexts.length;
    await expect(caller.call(Greet, { name: 'x' }, within(0), at())).rejects.toMatchObject({
      code: 'deadline_exceeded',
    });
    await caller.call(Greet, { name: 'y' }, within(5_000), at());
    expect(contexts).toHaveLength(before + 1);
  });

  it('is not even sent when its caller has left', async () => {
    const before = contexts.length;
    const gone = within(5_000, { signal: AbortSignal.abort() });
    await expect(caller.call(Greet, { name: 'x' }, gone, at())).rejects.toMatchObject({ code: 'cancelled' });
    await caller.call(Greet, { name: 'y' }, within(5_000), at());
    expect(contexts).toHaveLength(before + 1);
  });

  it('fails at once when its caller leaves', async () => {
    const leaving = new AbortController();
    const before = contexts.length;
    const failed = caller.call(Greet, { name: 'silence' }, within(5_000, { signal: leaving.signal }), at());
    await eventually(() => expect(contexts).toHaveLength(before + 1));
    leaving.abort();
    await expect(failed).rejects.toMatchObject({ code: 'cancelled' });
  });

  it.each(['cut', 'drain'] as const)('that is long says it has begun, and is cancelled by %s', async (mode) => {
    const id = `${mode}-${server.instance}`;
    const leaving = new AbortController();
    const accepted: string[] = [];
    const ending = caller.call(Work, { id }, within(10_000, { signal: leaving.signal }), {
      ...at(),
      onAbort: mode,
      onAccepted: (instance) => accepted.push(instance),
    });
    await eventually(() => expect(accepted).toEqual([server.instance]));
    leaving.abort();
    expect(await ending).toEqual({ ended: mode });
    expect(cancels.at(-1)).toEqual({ reason: 'the caller left', mode });
  });

  it('that is long is cancelled even when its caller leaves before it is known who took it', async () => {
    const id = `hasty-${server.instance}`;
    const leaving = new AbortController();
    const ending = caller.call(Work, { id }, within(10_000, { signal: leaving.signal }), at());
    leaving.abort();
    // Before it began or after: it ends, and is left running nowhere.
    await ending.catch((error: SkeinError) => expect(error.code).toBe('cancelled'));
    await eventually(() => expect(running.has(id)).toBe(false));
  });

  it('carries the customer’s bytes as they were sent', async () => {
    const text = '{ "b" : 1.0,\n\t"a":"Grüße 世界" , "b":2 }';
    const body = new RequestBody(new TextEncoder().encode(text));
    const reply = await caller.call(Measure, { unit: 'echo' }, within(5_000), { ...at(), body });
    expect(reply.echo).toBe(text);
  });

  it('carries bytes larger than a message, there and back', async () => {
    const bytes = new Uint8Array(randomBytes(9 * 1024 * 1024));
    const reply = await caller.call(Measure, { unit: 'hash' }, within(10_000), {
      ...at(),
      body: new RequestBody(bytes),
    });
    expect(reply).toMatchObject({ bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') });
    const text = new TextEncoder().encode(JSON.stringify('x'.repeat(9 * 1024 * 1024)));
    const echoed = await caller.call(Measure, { unit: 'echo' }, within(10_000), {
      ...at(),
      body: new RequestBody(text),
    });
    expect(echoed.echo).toHaveLength(text.length);
  });

  it('leaves nothing of them behind when it is over, whoever they were handed on to', async () => {
    const bytes = new RequestBody(new Uint8Array(randomBytes(9 * 1024 * 1024)));
    const both = await Promise.all([
      caller.call(HandOn, { to: server.instance }, within(30_000), { ...at(), body: bytes }),
      caller.call(Measure, { unit: 'hash' }, within(30_000), { ...at(), body: bytes }),
    ]);
    expect(both[0].sha256).toBe(both[1].sha256);
    await eventually(async () => expect(await mesh.claimedBytes()).toBeLessThan(64 * 1024));
  });
});

describe('a call between processes', () => {
  it('fails at once when nobody serves it', async () => {
    const bus = await mesh.bus();
    await expect(bus.call(Greet, { name: 'x' }, within(5_000), { instance: 'nobody' })).rejects.toMatchObject({
      code: 'no_responders',
    });
  });

  it('goes to one server of the group', async () => {
    const servers = await Promise.all([mesh.bus(), mesh.bus()]);
    const asked: string[] = [];
    for (const server of servers) {
      server.serve('echo', GreetEcho, ({ name }) => {
        asked.push(name);
        return { text: name, by: server.instance };
      });
    }
    const caller = await mesh.bus();
    const names = Array.from({ length: 40 }, (_, n) => `n${n}`);
    const replies = await Promise.all(names.map((name) => caller.call(GreetEcho, { name }, within(5_000))));
    expect(asked.sort()).toEqual(names.sort());
    expect(new Set(replies.map(({ by }) => by)).size).toBe(2);
  });

  it('is cancelled as soon as it is known who took it, when its caller left before', async () => {
    const server = await mesh.bus();
    const seen: StopSignal[] = [];
    server.serve('test', AnyWork, (_request, { signal }) => {
      seen.push(signal);
      return new Promise((resolve) =>
        signal.addEventListener('abort', () => resolve({ ended: 'in time' }), { once: true }),
      );
    });
    const caller = await mesh.bus();
    const leaving = new AbortController();
    const ending = caller.call(AnyWork, { id: 'any' }, within(10_000, { signal: leaving.signal }));
    await eventually(() => expect(seen).toHaveLength(1), { everyMs: 1 });
    leaving.abort();
    expect(await ending).toEqual({ ended: 'in time' });
  });

  it('gives up, and lets go of, a server that does not say it has begun', async () => {
    const server = await mesh.bus();
    const seen: StopSignal[] = [];
    server.serve('test', SlowWork, (_request, { signal }) => {
      seen.push(signal);
      return new Promise(() => undefined);
    });
    const caller = await mesh.bus();
    const failed = caller.call(SlowWork, { id: 'slow' }, within(5_000), {
      instance: server.instance,
      acceptWithinMs: 20,
    });
    await expect(failed).rejects.toMatchObject({ code: 'worker_lost' });
    await eventually(() => expect(seen[0]?.aborted).toBe(true));
  });
});

const GreetEcho = { ...Greet, subject: 'skein.rpc.echo.greet.v1' };
const AnyWork = { ...Work, subject: 'skein.rpc.test.any-work.v1' };
const SlowWork = { ...Work, subject: 'skein.rpc.test.slow-work.v1' };
