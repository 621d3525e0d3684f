import { connect, type NatsConnection } from '@nats-io/transport-node';
import { rpc, rpcWithBody } from '@skein/contracts/make';
import type { CallContext } from '@skein/contracts/wire';
import { launchNats, type LaunchedNats } from '@skein/servers';
import { createLogger } from '@skein/telemetry';
import { z } from 'zod';
import { connectBus, type LocalMode, type NatsBus } from '../src/index.js';
import { serversAndLogin } from '../src/server-login.js';

const logger = createLogger('test', 'silent');

/** A nats-server of its own and the buses that a spec connects to it; `stop` leaves nothing behind. */
export class TestMesh {
  readonly #buses: NatsBus[] = [];
  readonly #raw: NatsConnection[] = [];
  #count = 0;

  private constructor(readonly server: LaunchedNats) {}

  static async start(): Promise<TestMesh> {
    return new TestMesh(await launchNats({ ephemeral: true }));
  }

  async bus(options: { local?: LocalMode; rooms?: readonly string[]; name?: string } = {}): Promise<NatsBus> {
    this.#count += 1;
    const bus = await connectBus({
      url: this.server.meshUrl,
      instance: `${options.name ?? 'bus'}-${this.#count}`,
      rooms: options.rooms ?? [],
      local: options.local ?? 'prefer',
      logger,
    });
    this.#buses.push(bus);
    return bus;
  }

  /** A plain client of the mesh's account: how any other language would see it. */
  async client(): Promise<NatsConnection> {
    const connection = await connect(serversAndLogin(this.server.meshUrl));
    this.#raw.push(connection);
    return connection;
  }

  /** Bytes of payloads that wait in the object store; 0 before the first. */
  async claimedBytes(): Promise<number> {
    const reply = await (await this.client()).request('$JS.API.STREAM.INFO.OBJ_skein-claims');
    return reply.json<{ state?: { bytes: number } }>().state?.bytes ?? 0;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#buses.map((bus) => bus.drain(100)));
    await Promise.all(this.#raw.map((connection) => connection.close()));
    await this.server.stop();
  }
}

/** A context with so much time left. */
export const within = (ms: number, rest: Partial<CallContext> = {}): CallContext => ({
  requestId: 'req_test',
  deadline: performance.now() + ms,
  ...rest,
});

export const Greet = rpc({
  subject: 'skein.rpc.test.greet.v1',
  request: z.object({ name: z.string() }),
  reply: z.object({ text: z.string(), by: z.string() }),
  errors: ['invalid_request', 'rate_limit_exceeded'],
  deadlineMs: 5_000,
});

export const Measure = rpcWithBody({
  subject: 'skein.rpc.test.measure.v1',
  request: z.object({ unit: z.string() }),
  reply: z.object({ unit: z.string(), bytes: z.number(), sha256: z.string(), echo: z.string() }),
  deadlineMs: 10_000,
});

/** Passes its bytes on. */
export const HandOn = rpcWithBody({
  subject: 'skein.rpc.test.hand_on.v1',
  request: z.object({ to: z.string() }),
  reply: Measure.reply,
  deadlineMs: 30_000,
});

export const Work = rpcWithBody({
  subject: 'skein.rpc.test.work.v1',
  request: z.object({ id: z.string() }),
  reply: z.object({ ended: z.string() }),
  deadlineMs: 20_000,
  long: { cancelId: ({ id }) => id },
});
