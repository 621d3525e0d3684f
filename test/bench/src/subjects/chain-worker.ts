/** Floor of a queue-driven gateway, second half: NATS → vendor. One message per chunk. NATS_URL and UPSTREAM in the environment. */
import { processEnvironment } from '@skein/config';
import { Pool } from 'undici';
import { connectChain } from './chain-nats.ts';

const { UPSTREAM = '' } = processEnvironment();
const nats = await connectChain();
const pool = new Pool(UPSTREAM, { connections: 256 });
const nothing = new Uint8Array(0);
const EVENT_END = Buffer.from('\n\n');

const ask = (body: Uint8Array) =>
  pool.request({ path: '/v1/chat/completions', method: 'POST', headers: { 'content-type': 'application/json' }, body });

nats.subscribe('chain.plain', {
  queue: 'worker',
  callback: (_error, message) => {
    void ask(message.data)
      .then(({ body }) => body.bytes())
      .then((bytes) => message.respond(bytes));
  },
});

nats.subscribe('chain.stream', {
  queue: 'worker',
  callback: (_error, message) => {
    void ask(message.data).then(({ body }) => {
      let held: Buffer = Buffer.alloc(0);
      body.on('data', (bytes: Buffer) => {
        const all = held.length === 0 ? bytes : Buffer.concat([held, bytes]);
        let from = 0;
        for (let end = all.indexOf(EVENT_END); end >= 0; end = all.indexOf(EVENT_END, from)) {
          message.respond(all.subarray(from, end + 2));
          from = end + 2;
        }
        held = all.subarray(from);
      });
      body.on('end', () => message.respond(nothing));
    });
  },
});
