/**
 * A vendor that costs as little as a Node process can: OpenAI's shape, the same answer to everyone, at once. Plain answers
 * of 550 bytes, streams of 100 chunks (two at first, the rest as fast as the socket takes them).
 * Prints its port as one line of JSON.
 */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CHUNKS_PER_STREAM } from './request.ts';

const ANSWER_BYTES = 550;
const usage = { prompt_tokens: 92, completion_tokens: 98, total_tokens: 190 };

const answer = padded((content) =>
  JSON.stringify({
    id: 'chatcmpl-bench',
    object: 'chat.completion',
    created: 1_760_000_000,
    model: 'gpt-bench',
    choices: [{ index: 0, message: { role: 'assistant', content, refusal: null }, logprobs: null, finish_reason: 'stop' }],
    usage,
  }),
);

function padded(render: (content: string) => string): Buffer {
  return Buffer.from(render('an answer '.repeat(100).slice(0, ANSWER_BYTES - render('').length)));
}

const event = (choices: unknown[], rest: object = {}) =>
  `data: ${JSON.stringify({ id: 'chatcmpl-bench', object: 'chat.completion.chunk', created: 1_760_000_000, model: 'gpt-bench', choices, ...rest })}\n\n`;
const delta = (fields: object, finish: string | null = null) => event([{ index: 0, delta: fields, logprobs: null, finish_reason: finish }]);

const chunks = [
  delta({ role: 'assistant', content: '' }),
  ...Array.from({ length: CHUNKS_PER_STREAM - 2 }, (_, index) => delta({ content: ` word${index}` })),
  delta({}, 'stop'),
].map((text) => Buffer.from(text));
const usageChunk = Buffer.from(event([], { usage }));
const done = Buffer.from('data: [DONE]\n\n');

function stream(response: ServerResponse, withUsage: boolean): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const chunk of chunks.slice(0, 2)) response.write(chunk);
  setImmediate(() => {
    for (const chunk of chunks.slice(2)) response.write(chunk);
    if (withUsage) response.write(usageChunk);
    response.end(done);
  });
}

const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (bytes: Buffer) => parts.push(bytes));
  request.on('end', () => {
    // Telemetry's exports end here too.
    if (request.url?.endsWith('/chat/completions') !== true) return void response.end('{}');
    const body = parts.length === 1 ? parts[0] : Buffer.concat(parts);
    if (body?.includes('"stream":true') === true) return stream(response, body.includes('"include_usage":true'));
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': answer.length });
    response.end(answer);
  });
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify({ port: (server.address() as AddressInfo).port })}\n`);
});
