// OpenAI's Responses over a WebSocket: each is asked of our own Responses over HTTP, so that keys, knobs and the audit are
// the same, and its events are told as messages.
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { objectIn, parseJson } from './json.js';
import { acceptSocket, type TextSocket } from './web-socket.js';
import { BAD_KEY } from './wire.js';

const PATH = /^\/(openai)\/v1\/responses$/;
const LAST = new Set<unknown>(['response.completed', 'response.incomplete', 'response.failed', 'error']);

/** Serves sockets at `/openai/v1/responses`; any other upgrade is turned away, and so is a wrong key. */
export function serveResponsesSocket(server: Server): void {
  server.on('upgrade', (request: IncomingMessage, stream: Duplex) => {
    const vendor = PATH.exec(new URL(request.url ?? '/', 'http://sandbox').pathname)?.[1];
    if (vendor === undefined) return turnAway(stream, '404 Not Found', 'Invalid URL', null);
    const key = request.headers.authorization?.replace(/^Bearer\s+/i, '');
    if (key === undefined || key === BAD_KEY) {
      return turnAway(stream, '401 Unauthorized', 'Incorrect API key provided.', 'invalid_api_key');
    }
    const { port } = server.address() as AddressInfo;
    const base = `http://127.0.0.1:${port}/${vendor}/v1`;
    acceptSocket(request, stream, (text, socket) => {
      answer(text, socket, base, request).catch(() => socket.cut());
    });
  });
}

function turnAway(stream: Duplex, status: string, message: string, code: string | null): void {
  const body = JSON.stringify({ error: { message, type: 'invalid_request_error', param: null, code } });
  const head = `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close`;
  stream.end(`HTTP/1.1 ${status}\r\n${head}\r\n\r\n${body}`);
}

async function answer(text: string, socket: TextSocket, base: string, request: IncomingMessage): Promise<void> {
  const { type: _type, ...asked } = objectIn(parseJson(text));
  const leaving = new AbortController();
  void socket.left.then(() => leaving.abort());
  const response = await fetch(`${base}/responses`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...passedOn(request) },
    body: JSON.stringify({ ...asked, stream: true }),
    signal: leaving.signal,
  });
  if (!response.ok || response.body === null) {
    const told = parseJson(await response.text());
    socket.send(JSON.stringify({ type: 'error', status: response.status, error: objectIn(objectIn(told).error) }));
    return;
  }
  let rest = '';
  let isDone = false;
  for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (!line.startsWith('data: {')) continue;
      const event = line.slice('data: '.length);
      isDone ||= LAST.has(objectIn(parseJson(event)).type);
      socket.send(event);
    }
  }
  if (!isDone) socket.cut();
}

function passedOn({ headers }: IncomingMessage): Record<string, string> {
  const kept = Object.entries(headers).filter(
    ([name]) => name === 'authorization' || /^x-(?:skein|sandbox)/.test(name),
  );
  return Object.fromEntries(kept.map(([name, value]) => [name, String(value)]));
}
