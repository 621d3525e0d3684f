// A worker on another host, and the cable between them. Hosts are network namespaces, the cable is a veth pair; between the
// namespace and this host's loopback stands a forwarder, because the servers listen on loopback alone.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { createServer, connect, type Server } from 'node:net';
import { join } from 'node:path';
import { checkoutRoot, eventually, plainEnvironment } from '@skein/testkit';
import { PACE } from '../pace.js';
import type { Fault } from './fault.js';

const SPACE = `skein${process.pid}`;
const HERE = `sk${process.pid}a`.slice(0, 15);
const THERE = `sk${process.pid}b`.slice(0, 15);
const NET = '10.231.77';
const VENDOR = 'cerebras';

let worker: ChildProcess | undefined;
const forwarders: Server[] = [];

const ip = (...args: string[]): void => void execFileSync('ip', args, { stdio: 'pipe' });

/** The cable is pulled while requests run at the far worker. */
export const cablePulled: Fault = {
  name: 'network cut between two hosts',
  bodyOf: (index) => ({
    model: `${VENDOR}/llama3.1-8b`,
    messages: [{ role: 'user', content: `Say the number ${index}.` }],
    metadata: { fallbacks: ['groq/llama-3.1-8b-instant'] },
  }),
  prepare: async (stage) => {
    try {
      ip('netns', 'add', SPACE);
      ip('link', 'add', HERE, 'type', 'veth', 'peer', 'name', THERE, 'netns', SPACE);
    } catch {
      return { obstacle: 'needs root and iproute2, for network namespaces' };
    }
    ip('addr', 'add', `${NET}.1/24`, 'dev', HERE);
    ip('link', 'set', HERE, 'up');
    for (const args of [
      ['addr', 'add', `${NET}.2/24`, 'dev', THERE],
      ['link', 'set', THERE, 'up'],
      ['link', 'set', 'lo', 'up'],
    ])
      ip('-n', SPACE, ...args);
    await stage.mesh.sandbox.setKnobs(VENDOR, PACE);
    const nats = new URL(stage.servers.nats.meshUrl);
    const sandbox = new URL(stage.mesh.sandboxUrl ?? '');
    nats.port = String(await forward(Number(nats.port)));
    sandbox.port = String(await forward(Number(sandbox.port)));
    nats.hostname = sandbox.hostname = `${NET}.1`;
    worker = spawn(
      'ip',
      [
        'netns',
        'exec',
        SPACE,
        process.execPath,
        join(checkoutRoot, 'services/provider-workers/openai-compatible/dist/src/main.js'),
      ],
      {
        env: {
          ...plainEnvironment(),
          NATS_URL: nats.href.replace(/\/$/, ''),
          SANDBOX_URL: sandbox.href.replace(/\/$/, ''),
          VENDOR,
          LOG_LEVEL: 'warn',
        },
        stdio: 'ignore',
      },
    );
    await eventually(async () => {
      if ((await stage.mesh.serversOf(`provider-${VENDOR}`)) === 0)
        throw new Error('the far worker does not answer yet');
    });
    return {};
  },
  strike: async () => ip('link', 'set', HERE, 'down'),
  heal: async () => {
    ip('link', 'set', HERE, 'up');
  },
};

/** Takes the far host away. */
export function dismantle(): void {
  worker?.kill('SIGKILL');
  for (const forwarder of forwarders) forwarder.close();
  try {
    ip('netns', 'del', SPACE);
  } catch {
    // There never was one.
  }
}

/** Carries connections to the far side's address over to this host's loopback. Returns its port. */
async function forward(port: number): Promise<number> {
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    near.pipe(far).pipe(near);
    near.on('error', () => far.destroy());
    far.on('error', () => near.destroy());
  });
  forwarders.push(server);
  await new Promise<void>((resolve) => server.listen(0, `${NET}.1`, resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a forwarder has no port');
  return address.port;
}
