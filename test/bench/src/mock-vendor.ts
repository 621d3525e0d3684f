/**
 * A vendor that costs as little as a Node process can: OpenAI's shape, the same answer to everyone, at once; streams give
 * two chunks at first and the rest as fast as the socket takes them. Prints its port as one line of JSON.
 */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { benchAnswer, benchChunks, doneEvent, usageChunk } from './mock-answers.ts';

const FIRST_CHUNKS = 2;

function stream(response: ServerResponse, withUsage: boolean): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const chunk of benchChunks.slice(0, FIRST_CHUNKS)) response.write(chunk);
  setImmediate(() => {
    for (const chunk of benchChunks.slice(FIRST_CHUNKS)) response.write(chunk);
    if (withUsage) response.write(usageChunk);
    response.end(doneEvent);
  });
}

const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (bytes: Buffer) => parts.push(bytes));
  request.on('end', () => {
    // Exports of telemetry end here too.
    if (request.url?.endsWith('/chat/completions') !== true) return void response.end('{}');
    const body = Buffer.concat(parts);
    if (body.includes('"stream":true')) return stream(response, body.includes('"include_usage":true'));
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': benchAnswer.length });
    response.end(benchAnswer);
  });
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify({ port: (server.address() as AddressInfo).port })}\n`);
});
