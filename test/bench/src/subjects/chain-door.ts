/**
 * Floor of a queue-driven gateway, first half: HTTP → NATS. Plain requests are one `request`; streams come back as messages
 * to one wildcard subscription. Nothing is checked, routed or recorded. NATS_URL and PORT in the environment.
 */
import { createServer, type ServerResponse } from 'node:http';
import { processEnvironment } from '@skein/config';
import { connectChain } from './chain-nats.ts';

const { PORT } = processEnvironment();
const nats = await connectChain();
const streams = new Map<string, ServerResponse>();
let counter = 0;

nats.subscribe('chain.out.*', {
  callback: (_error, message) => {
    const id = message.subject.slice('chain.out.'.length);
    const response = streams.get(id);
    if (response === undefined) return;
    if (message.data.length > 0) return void response.write(message.data);
    streams.delete(id);
    response.end();
  },
});

createServer({ keepAliveTimeout: 0 }, (request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (bytes: Buffer) => parts.push(bytes));
  request.on('end', () => {
    const body = Buffer.concat(parts);
    if (body.includes('"stream":true')) {
      const id = (counter += 1).toString(36);
      streams.set(id, response);
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      nats.publish('chain.stream', body, { reply: `chain.out.${id}` });
      return;
    }
    nats.request('chain.plain', body, { timeout: 30_000 }).then(
      (reply) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': reply.data.length });
        response.end(reply.data);
      },
      () => response.destroy(),
    );
  });
}).listen(Number(PORT), '127.0.0.1');
