import { Agent, request } from 'undici';
import { readSse, type SseEvent } from './sse.js';

export interface HttpAnswer<Body = unknown> {
  readonly status: number;
  /** Lower-case names, one value each. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** The parsed body; undefined when it is not JSON. */
  readonly json: Body;
}

export interface HttpStream {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The next event; null when the server has ended. Throws when the connection breaks. */
  next(): Promise<SseEvent | null>;
  /** All that is left, to its end. */
  rest(): Promise<SseEvent[]>;
  /** Hangs up. */
  leave(): void;
}

export interface HttpAsk {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  /** Text goes out as it is, everything else as JSON. */
  readonly body?: unknown;
  /** Hangs up when it aborts. */
  readonly signal?: AbortSignal;
}

/** Speaks HTTP as a customer would: what was sent and what came back, nothing hidden and nothing tried twice. */
export class HttpClient {
  readonly #agent = new Agent({ connections: 512, headersTimeout: 120_000, bodyTimeout: 120_000 });

  /** With a key, every request carries it, unless it brings an `authorization` of its own. */
  constructor(
    readonly base: string,
    readonly key: string | null = null,
  ) {}

  get<Body = unknown>(path: string, headers?: HttpAsk['headers']): Promise<HttpAnswer<Body>> {
    return this.ask(path, { headers });
  }

  post<Body = unknown>(path: string, body: unknown, headers?: HttpAsk['headers']): Promise<HttpAnswer<Body>> {
    return this.ask(path, { method: 'POST', body, headers });
  }

  async ask<Body = unknown>(path: string, ask: HttpAsk): Promise<HttpAnswer<Body>> {
    const { statusCode, headers, body } = await this.#send(path, ask);
    const text = await body.text();
    return { status: statusCode, headers: flatten(headers), text, json: parse(text) as Body };
  }

  /** Posts, and gives what comes as it comes. */
  stream(path: string, body: unknown, headers?: HttpAsk['headers']): Promise<HttpStream> {
    return this.#stream(path, { method: 'POST', body, headers });
  }

  /** Gets, and gives what comes as it comes. */
  follow(path: string, headers?: HttpAsk['headers']): Promise<HttpStream> {
    return this.#stream(path, { headers });
  }

  async #stream(path: string, ask: HttpAsk): Promise<HttpStream> {
    const answer = await this.#send(path, ask);
    answer.body.setEncoding('utf8');
    const events = readSse(answer.body);
    const next = async (): Promise<SseEvent | null> => {
      const { value, done } = await events.next();
      return done === true ? null : value;
    };
    return {
      status: answer.statusCode,
      headers: flatten(answer.headers),
      next,
      rest: async () => {
        const rest: SseEvent[] = [];
        for (let event = await next(); event !== null; event = await next()) rest.push(event);
        return rest;
      },
      leave: () => void answer.body.on('error', () => undefined).destroy(),
    };
  }

  /** Closes its connections. */
  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  #send(path: string, { method = 'GET', headers, body, signal }: HttpAsk) {
    return request(`${this.base}${path}`, {
      method,
      dispatcher: this.#agent,
      signal,
      headers: {
        ...(this.key !== null && { authorization: `Bearer ${this.key}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
    });
  }
}

function flatten(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
    ),
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
