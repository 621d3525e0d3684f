/**
 * A vendor that costs as little as a Node process can: OpenAI's shape, the same answer to everyone. It answers at once,
 * streams giving two chunks at first and the rest as fast as the socket takes them; a mark at the end of the prompt has it
 * wait, or keep a stream open. Prints its port as one line of JSON.
 */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { benchAnswer, benchChunks, doneEvent, paceMarks, usageChunk } from './mock-answers.ts';

const FIRST_CHUNKS = 2;
const WAIT_MS = 50;
/** A slow model: so long between the chunks of a stream that stays open. */
const OPEN_CHUNK_EVERY_MS = 4_000;
const slowMark = Buffer.from(`${paceMarks['50 ms']}"`);
const openMark = Buffer.from(`${paceMarks.open}"`);

function stream(response: ServerResponse, withUsage: boolean): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const chunk of benchChunks.slice(0, FIRST_CHUNKS)) response.write(chunk);
  setImmediate(() => {
    for (const chunk of benchChunks.slice(FIRST_CHUNKS)) response.write(chunk);
    if (withUsage) response.write(usageChunk);
    response.end(doneEvent);
  });
}

/** Goes on until the other end hangs up. */
function keepOpen(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const chunk of benchChunks.slice(0, FIRST_CHUNKS)) response.write(chunk);
  const timer = setInterval(() => response.write(benchChunks[FIRST_CHUNKS]), OPEN_CHUNK_EVERY_MS);
  response.on('close', () => clearInterval(timer));
}

function answer(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': benchAnswer.length });
  response.end(benchAnswer);
}

const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (bytes: Buffer) => parts.push(bytes));
  request.on('end', () => {
    // Exports of telemetry end here too.
    if (request.url?.endsWith('/chat/completions') !== true) return void response.end('{}');
    const body = Buffer.concat(parts);
    if (body.includes(openMark)) return keepOpen(response);
    if (body.includes('"stream":true')) return stream(response, body.includes('"include_usage":true'));
    if (body.includes(slowMark)) return void setTimeout(answer, WAIT_MS, response);
    answer(response);
  });
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify({ port: (server.address() as AddressInfo).port })}\n`);
});
