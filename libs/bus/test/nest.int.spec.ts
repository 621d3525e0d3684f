// Nest's way onto the bus, and how tools of any language find the rooms behind it ($SRV, ADR-32).
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  Catch,
  Controller,
  Injectable,
  Module,
  UsePipes,
  type INestMicroservice,
  type PipeTransform,
} from '@nestjs/common';
import { APP_FILTER, NestFactory } from '@nestjs/core';
import type { MicroserviceOptions } from '@nestjs/microservices';
import { SkeinError } from '@skein/contracts/errors';
import { RequestBody } from '@skein/contracts/wire';
import { eventually } from '@skein/testkit';
import { of, throwError, type Observable } from 'rxjs';
import type { NatsConnection } from '@nats-io/transport-node';
import { BusStrategy, Serves, type NatsBus, type ServedContext } from '../src/index.js';
import { Greet, Measure, TestMesh, Work, within } from './mesh.js';

jest.setTimeout(60_000);

@Controller()
class GreetController {
  @Serves(Greet)
  greet({ name }: { name: string }, context: ServedContext) {
    if (name === 'nobody') throw new SkeinError('rate_limit_exceeded', 'no more', { status: 430, param: 'name' });
    if (name === 'a bug') throw new TypeError('a bug');
    return { text: `hello, ${name}`, by: context.requestId };
  }

  @Serves(Measure)
  async measure({ unit }: { unit: string }, { body }: ServedContext) {
    return Promise.resolve({ unit, bytes: body.bytes.length, sha256: '', echo: new TextDecoder().decode(body.bytes) });
  }

  @Serves(Work)
  work({ id }: { id: string }) {
    return of({ ended: id });
  }
}

@Catch()
class Rethrow {
  catch(error: unknown): Observable<never> {
    return throwError(() => error);
  }
}

@Module({ controllers: [GreetController], providers: [{ provide: APP_FILTER, useClass: Rethrow }] })
class GreetModule {}

let mesh: TestMesh;
let app: INestMicroservice;
let server: NatsBus;
let caller: NatsBus;
let client: NatsConnection;

beforeAll(async () => {
  mesh = await TestMesh.start();
  [server, caller, client] = [await mesh.bus({ name: 'nest' }), await mesh.bus(), await mesh.client()];
  app = await NestFactory.createMicroservice<MicroserviceOptions>(GreetModule, {
    strategy: new BusStrategy(server, 'greeter'),
    logger: false,
    abortOnError: false,
  });
  await app.listen();
  await eventually(() => caller.call(Greet, { name: 'ready' }, within(1_000)));
});
afterAll(async () => {
  await app?.close();
  await mesh?.stop();
});

describe.each(['from another process', 'within the process'])('a Nest handler asked %s', (where) => {
  const ask = () => (where === 'within the process' ? server : caller);

  it('gets request and context, and its value is the reply', async () => {
    const reply = await ask().call(Greet, { name: 'world' }, within(5_000, { requestId: 'req_9' }));
    expect(reply).toEqual({ text: 'hello, world', by: 'req_9' });
  });

  it('gets the customer’s bytes', async () => {
    const body = new RequestBody(new TextEncoder().encode('{"a": 1.0}'));
    expect(await ask().call(Measure, { unit: 'u' }, within(5_000), { body })).toMatchObject({
      echo: '{"a": 1.0}',
      unit: 'u',
    });
  });

  it('fails with the code of the error it throws', async () => {
    await expect(ask().call(Greet, { name: 'nobody' }, within(5_000))).rejects.toMatchObject({
      code: 'rate_limit_exceeded',
      status: 430,
      param: 'name',
    });
    await expect(ask().call(Greet, { name: 'a bug' }, within(5_000))).rejects.toMatchObject({ code: 'internal' });
  });

  it('may answer with an observable, as Nest allows', async () => {
    expect(await ask().call(Work, { id: 'w' }, within(5_000))).toEqual({ ended: 'w' });
  });
});

it('a handler without a contract is refused when the room starts', async () => {
  const strategy = new BusStrategy(caller, 'broken');
  strategy.addHandler('some.pattern', () => Promise.resolve({}));
  const problem = await new Promise<unknown>((resolve) => strategy.listen(resolve));
  expect(problem).toEqual(new Error('a handler of broken names no contract: use @Serves(Contract)'));
});

it('a contract is served once in a process', () => {
  expect(() => server.serve('another', Greet, () => ({ text: '', by: '' }))).toThrow(/served twice/);
});

describe('discovery', () => {
  const ask = async (subject: string) =>
    (await client.request(subject, '', { timeout: 5_000 })).json<Record<string, unknown>>();

  it.each(['$SRV.PING', '$SRV.PING.greeter', '$SRV.PING.greeter.nest-1'])('answers %s', async (subject) => {
    expect(await ask(subject)).toMatchObject({
      type: 'io.nats.micro.v1.ping_response',
      name: 'greeter',
      id: 'nest-1',
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
    });
  });

  it('says where the room listens', async () => {
    const info = await ask('$SRV.INFO.greeter');
    expect(info['type']).toBe('io.nats.micro.v1.info_response');
    const endpoints = info['endpoints'] as { subject: string; queue_group: string }[];
    expect(endpoints).toContainEqual(expect.objectContaining({ subject: Greet.subject, queue_group: 'greeter' }));
  });

  it('counts requests and errors', async () => {
    const statsOf = async () => {
      const stats = await ask('$SRV.STATS.greeter');
      const endpoints = stats['endpoints'] as {
        subject: string;
        num_requests: number;
        num_errors: number;
        last_error: string;
      }[];
      return endpoints.find(({ subject }) => subject === Greet.subject);
    };
    const before = await statsOf();
    await caller.call(Greet, { name: 'x' }, within(5_000));
    await caller.call(Greet, { name: 'nobody' }, within(5_000)).catch(() => undefined);
    const after = await statsOf();
    expect(after?.num_requests).toBe((before?.num_requests ?? 0) + 2);
    expect(after?.num_errors).toBe((before?.num_errors ?? 0) + 1);
    expect(after?.last_error).toBe('rate_limit_exceeded');
  });

  it('replies are plain JSON, and errors carry the headers of NATS services', async () => {
    const message = await client.request(Greet.subject, '{"name":"nobody"}', { timeout: 5_000 });
    expect(message.headers?.get('Nats-Service-Error')).toBe('rate_limit_exceeded');
    expect(message.headers?.get('Nats-Service-Error-Code')).toBe('430');
    expect((await client.request(Greet.subject, '{"name":"go"}', { timeout: 5_000 })).json()).toMatchObject({
      text: 'hello, go',
    });
  });
});

it('a method with nothing of Nest around it is called as it is, another through Nest', async () => {
  @Injectable()
  class Polite implements PipeTransform {
    transform(value: unknown): unknown {
      return typeof value === 'object' && 'name' in (value ?? {}) ? { name: 'you' } : value;
    }
  }
  @Controller()
  class PlainController {
    readonly #greeting = 'hi';
    @Serves(Greet)
    greet({ name }: { name: string }) {
      return {
        text: `${this.#greeting}, ${name}`,
        by: new Error().stack?.includes('rpc-proxy') === true ? 'Nest' : '',
      };
    }
    @Serves(Measure)
    @UsePipes(Polite)
    measure({ unit }: { unit: string }) {
      return { unit, bytes: 0, sha256: '', echo: new Error().stack?.includes('rpc-context') === true ? 'Nest' : '' };
    }
  }
  @Module({ controllers: [PlainController], providers: [Polite] })
  class PlainModule {}
  const bus = await mesh.bus();
  const strategy = new BusStrategy(bus, 'plain');
  const plain = await NestFactory.createMicroservice<MicroserviceOptions>(PlainModule, { strategy, logger: false });
  strategy.findInstances((type) => plain.get<object>(type, { strict: false }));
  await plain.listen();
  expect(await bus.call(Greet, { name: 'you' }, within(5_000))).toEqual({ text: 'hi, you', by: '' });
  expect(await bus.call(Measure, { unit: 'u' }, within(5_000))).toMatchObject({ unit: 'u', echo: 'Nest' });
  await plain.close();
});
