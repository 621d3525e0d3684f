/**
 * Floor of a queue-driven gateway, first half: HTTP → NATS. Answers and chunks come back as messages to one wildcard
 * subscription, told apart by a counter; the client's own `request` would spend a fifth of this process on errors it never
 * throws. Nothing is checked, timed, routed or recorded. NATS_URL and PORT in the environment.
 */
import { createServer, type ServerResponse } from 'node:http';
import { processEnvironment } from '@skein/config';
import { connectChain } from './chain-nats.ts';

const { PORT } = processEnvironment();
const nats = await connectChain();
const plain = new Map<string, ServerResponse>();
const streams = new Map<string, ServerResponse>();
let counter = 0;

nats.subscribe('chain.plain-out.*', {
  callback: (_error, { subject, data }) => {
    const id = subject.slice('chain.plain-out.'.length);
    const response = plain.get(id);
    plain.delete(id);
    response?.writeHead(200, { 'content-type': 'application/json', 'content-length': data.length }).end(data);
  },
});

nats.subscribe('chain.stream-out.*', {
  callback: (_error, { subject, data }) => {
    const id = subject.slice('chain.stream-out.'.length);
    const response = streams.get(id);
    if (data.length > 0) return void response?.write(data);
    streams.delete(id);
    response?.end();
  },
});

createServer({ keepAliveTimeout: 0 }, (request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (bytes: Buffer) => parts.push(bytes));
  request.on('end', () => {
    const body = Buffer.concat(parts);
    const id = (counter += 1).toString(36);
    if (body.includes('"stream":true')) {
      streams.set(id, response);
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      nats.publish('chain.stream', body, { reply: `chain.stream-out.${id}` });
    } else {
      plain.set(id, response);
      nats.publish('chain.plain', body, { reply: `chain.plain-out.${id}` });
    }
  });
}).listen(Number(PORT), '127.0.0.1');
