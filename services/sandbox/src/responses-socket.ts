// OpenAI's Responses over a WebSocket, for text: each is asked of our own chat completions, so that keys, knobs and the
// audit are the same, and told in the events of a Response.
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { isObject, listIn, objectIn, parseJson, textIn, type JsonObject } from './json.js';
import { acceptSocket, type TextSocket } from './web-socket.js';

const PATH = /^\/(openai)\/v1\/responses$/;

/** Serves sockets at `/openai/v1/responses`; any other upgrade is turned away. */
export function serveResponsesSocket(server: Server): void {
  server.on('upgrade', (request: IncomingMessage, stream: Duplex) => {
    const vendor = PATH.exec(new URL(request.url ?? '/', 'http://sandbox').pathname)?.[1];
    if (vendor === undefined) {
      stream.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n');
      return;
    }
    const { port } = server.address() as AddressInfo;
    const base = `http://127.0.0.1:${port}/${vendor}/v1`;
    acceptSocket(request, stream, (text, socket) => {
      answer(text, socket, base, request).catch(() => socket.cut());
    });
  });
}

async function answer(text: string, socket: TextSocket, base: string, request: IncomingMessage): Promise<void> {
  const asked = parseJson(text);
  const leaving = new AbortController();
  void socket.left.then(() => leaving.abort());
  const response = await fetch(`${base}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...passedOn(request) },
    body: JSON.stringify(chatOf(objectIn(asked))),
    signal: leaving.signal,
  });
  if (!response.ok || response.body === null) {
    const told = parseJson(await response.text());
    socket.send(JSON.stringify({ type: 'error', status: response.status, error: objectIn(objectIn(told).error) }));
    return;
  }
  let rest = '';
  const teller = new Teller(socket);
  for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.startsWith('data: {')) teller.hear(parseJson(line.slice('data: '.length)));
  }
  if (!teller.isDone) socket.cut();
}

function passedOn({ headers }: IncomingMessage): Record<string, string> {
  const kept = Object.entries(headers).filter(
    ([name]) => name === 'authorization' || /^x-(?:skein|sandbox)/.test(name),
  );
  return Object.fromEntries(kept.map(([name, value]) => [name, String(value)]));
}

function chatOf(asked: JsonObject): JsonObject {
  const { model, max_output_tokens, temperature, top_p } = asked;
  const format = objectIn(objectIn(asked.text).format);
  const { type, ...schema } = format;
  return {
    model,
    messages: listIn(asked.input),
    stream: true,
    stream_options: { include_usage: true },
    ...(max_output_tokens !== undefined && { max_completion_tokens: max_output_tokens }),
    ...(temperature !== undefined && { temperature }),
    ...(top_p !== undefined && { top_p }),
    ...(type === 'json_schema' && { response_format: { type, json_schema: schema } }),
  };
}

/** Tells chat chunks as the events of one Response. */
class Teller {
  #seq = 0;
  #text = '';
  #finish: string | null = null;
  #head: JsonObject | null = null;
  isDone = false;

  constructor(private readonly socket: TextSocket) {}

  hear(chunk: unknown): void {
    if (!isObject(chunk)) return;
    if (isObject(chunk.error)) return this.#end('error', { error: chunk.error });
    if (this.#head === null) {
      this.#head = { id: `resp_${textIn(chunk.id) ?? ''}`, object: 'response', model: chunk.model };
      this.#tell('response.created', { response: { ...this.#head, status: 'in_progress', output: [] } });
    }
    const [choice] = listIn(chunk.choices);
    if (isObject(choice)) {
      const piece = textIn(objectIn(choice.delta).content) ?? '';
      this.#text += piece;
      if (piece !== '') {
        this.#tell('response.output_text.delta', { item_id: 'msg_1', output_index: 0, content_index: 0, delta: piece });
      }
      this.#finish = textIn(choice.finish_reason) ?? this.#finish;
    }
    const { usage } = chunk;
    if (!isObject(usage) || this.#finish === null) return;
    const isCut = this.#finish === 'length';
    this.#end(isCut ? 'response.incomplete' : 'response.completed', {
      response: {
        ...this.#head,
        status: isCut ? 'incomplete' : 'completed',
        incomplete_details: isCut ? { reason: 'max_output_tokens' } : null,
        output: [{ type: 'message', role: 'assistant', content: [{ type: 'output_text', text: this.#text }] }],
        usage: {
          input_tokens: usage.prompt_tokens,
          output_tokens: usage.completion_tokens,
          total_tokens: usage.total_tokens,
        },
      },
    });
  }

  #end(type: string, event: JsonObject): void {
    this.isDone = true;
    this.#tell(type, event);
  }

  #tell(type: string, event: JsonObject): void {
    this.socket.send(JSON.stringify({ type, sequence_number: this.#seq++, ...event }));
  }
}
