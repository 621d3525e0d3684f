import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { afterAll, expect, it, jest } from '@jest/globals';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { eventually } from '@skein/testkit';
import { launchNats } from '../src/index.js';
import { keepJetStream } from '../src/keep-jetstream.js';
import { connectWithUrl } from './connect-with-url.js';

jest.setTimeout(60_000);

const cleanUps: (() => unknown)[] = [];
afterAll(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

it('restarts a nats-server that a full disk has brought to a stop, once', async () => {
  const server = await launchNats({ ephemeral: true });
  cleanUps.push(() => server.stop());
  const first = server.pid;
  const said: string[] = [];
  const url = new URL(server.meshUrl);
  const stopKeeping = keepJetStream({
    server,
    login: { user: url.username, pass: decodeURIComponent(url.password) },
    storeDir: join(dirname(dirname(server.logFile)), 'nats'),
    isPaused: () => false,
    say: (line) => void said.push(line),
    everyMs: 20,
    patienceMs: 400,
  });
  cleanUps.push(stopKeeping);
  const client = await connectWithUrl(server.meshUrl);
  cleanUps.push(() => client.close());
  await (await jetstreamManager(client)).streams.add({ name: 'MARKS', subjects: ['marks'] });
  await jetstream(client).publish('marks', 'before');

  // As a full disk does, it takes the beginning of what is written. The next process starts without the bound.
  execFileSync('prlimit', ['--pid', String(server.pid), '--fsize=1000:']);
  await expect(jetstream(client).publish('marks', 'x'.repeat(2_000), { timeout: 500 })).rejects.toThrow();
  await eventually(() => expect(server.pid).not.toBe(first), { withinMs: 20_000 });
  const { state } = await eventually(async () => {
    const again = await connectWithUrl(server.meshUrl);
    try {
      return await (await jetstreamManager(again)).streams.info('MARKS');
    } finally {
      await again.close();
    }
  });
  expect(state.messages).toBe(1);
  expect(said).toHaveLength(1);
});
