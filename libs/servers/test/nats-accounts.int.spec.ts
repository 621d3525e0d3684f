// What the accounts of the private nats-server let a customer do, and what not.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Msg, NatsConnection } from '@nats-io/transport-node';
import { launchNats, type LaunchedNats } from '../src/index.js';
import { connectWithUrl } from './connect-with-url.js';

jest.setTimeout(60_000);

let server: LaunchedNats;
let mesh: NatsConnection;
let customer: NatsConnection;
const seenByService: Msg[] = [];

beforeAll(async () => {
  server = await launchNats({ ephemeral: true });
  mesh = await connectWithUrl(server.meshUrl);
  customer = await connectWithUrl(server.customerUrl);
  mesh.subscribe('skein.api.chat.completions', {
    queue: 'gateway',
    callback: (_error, message) => {
      seenByService.push(message);
      for (const frame of ['one', 'two', 'three', 'end']) message.respond(frame);
    },
  });
  mesh.subscribe('$SRV.PING', { callback: (_error, message) => void message.respond('here') });
  await mesh.flush();
});

afterAll(async () => {
  await Promise.all([customer?.close(), mesh?.close()]);
  await server?.stop();
});

/** The messages a subscription gets, up to and with the one that is `last`. */
async function collectUntil(messages: AsyncIterable<Msg>, last: string): Promise<string[]> {
  const texts: string[] = [];
  for await (const message of messages) {
    texts.push(message.string());
    if (message.string() === last) break;
  }
  return texts;
}

describe('a customer of the private nats-server', () => {
  it('gets every reply of a streamed answer, in order, without credentials', async () => {
    const inbox = customer.subscribe('_INBOX.stream.1');
    customer.publish('skein.api.chat.completions', 'question', { reply: '_INBOX.stream.1' });
    expect(await collectUntil(inbox, 'end')).toEqual(['one', 'two', 'three', 'end']);
  });

  it('is known to the service by a reply subject that the server made', async () => {
    await customer.request('skein.api.chat.completions', 'question');
    const seen = seenByService.at(-1);
    expect(seen?.reply).toMatch(/^_R_\./);
    expect(JSON.parse(seen?.headers?.get('Nats-Request-Info') ?? '{}')).toMatchObject({ acc: 'CUSTOMERS' });
  });

  it.each(['skein.rpc.router.decide.v1', 'foo.bar', '$SRV.PING', 'skein.api.chat.completions', '$JS.API.INFO'])(
    'cannot have an answer sent into the mesh by the reply subject %s',
    async (reply) => {
      const trespassers: string[] = [];
      const watch = mesh.subscribe(reply, { callback: (_error, message) => void trespassers.push(message.string()) });
      await mesh.flush();
      const answeredBefore = seenByService.length;
      customer.publish('skein.api.chat.completions', 'stray', { reply });
      // A whole round trip behind it: by its answer, whatever the stray one led to has been delivered.
      await customer.request('skein.api.chat.completions', 'after');
      await mesh.flush();
      watch.unsubscribe();
      expect(trespassers.filter((text) => text !== 'stray' && text !== 'after')).toEqual([]);
      expect(seenByService.length - answeredBefore).toBe(2);
    },
  );

  it.each(['$SRV.PING', 'skein.rpc.router.decide.v1', 'skein.evt.acme.job.done', '$JS.API.INFO', '_INBOX.someone'])(
    'may not publish to %s',
    async (subject) => {
      await expect(customer.request(subject, '', { timeout: 5_000 })).rejects.toThrow(/permissions violation/i);
    },
  );

  it.each(['>', 'skein.>', 'skein.rpc.>', '$SRV.>'])('may not subscribe to %s', async (subject) => {
    const refused = new Promise<string>((resolve) => {
      customer.subscribe(subject, { callback: (error) => resolve(error?.message ?? 'a message') });
    });
    expect(await refused).toMatch(/permissions violation/i);
  });

  it('gets the events of the mesh', async () => {
    const events = customer.subscribe('skein.evt.acme.>');
    await customer.flush();
    mesh.publish('skein.evt.acme.job.done', 'done');
    expect(await collectUntil(events, 'done')).toEqual(['done']);
  });
});

it('lets the mesh find its rooms by $SRV.PING', async () => {
  expect((await mesh.request('$SRV.PING')).string()).toBe('here');
});

it('asks customers for a password where anonymous ones are not admitted', async () => {
  const closed = await launchNats({
    ephemeral: true,
    auth: { admitsAnonymous: false, customerPassword: 'of the customer' },
  });
  try {
    const { host } = new URL(closed.customerUrl);
    await expect(connectWithUrl(`nats://${host}`)).rejects.toThrow(/authorization/i);
    const known = await connectWithUrl(closed.customerUrl);
    await known.close();
    expect(new URL(closed.customerUrl).username).toBe('customer');
  } finally {
    await closed.stop();
  }
});
