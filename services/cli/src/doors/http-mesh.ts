/** The mesh over HTTP: one pool of connections, JSON in and out, every refusal a `CommandFailure`. */
import { Agent, request, type Dispatcher, type FormData } from 'undici';
import type { HttpTarget } from '../target.js';
import { CommandFailure } from '../failure.js';
import { statedFailure } from '../replies.js';

/** Longer than any deadline of the mesh, so that the mesh says what went wrong, not this side. Milliseconds. */
const PATIENCE_MS = 660_000;

export type HeaderReader = (name: string) => string | null;

export interface JsonReply {
  readonly status: number;
  readonly header: HeaderReader;
  readonly body: unknown;
}

export interface StreamReply {
  readonly header: HeaderReader;
  readonly bytes: AsyncIterable<Uint8Array>;
}

export class HttpMesh {
  readonly #agent = new Agent({ headersTimeout: PATIENCE_MS, bodyTimeout: PATIENCE_MS });
  readonly #target: HttpTarget;

  constructor(target: HttpTarget) {
    this.#target = target;
  }

  async get(path: string): Promise<unknown> {
    return (await this.#json('GET', path)).body;
  }

  async post(path: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<JsonReply> {
    return this.#json('POST', path, body, headers);
  }

  async put(path: string, body: unknown): Promise<unknown> {
    return (await this.#json('PUT', path, body)).body;
  }

  async delete(path: string): Promise<unknown> {
    return (await this.#json('DELETE', path)).body;
  }

  /** Posts and hands back the bytes as they come; a refusal before the first byte throws. */
  async postStream(path: string, body: unknown): Promise<StreamReply> {
    const response = await this.#send('POST', path, body, {});
    if (response.statusCode >= 400) throw statedFailure(await readJson(response), response.statusCode);
    return { header: headerReader(response), bytes: response.body };
  }

  /** Posts a form; a file in it is read as it is sent. */
  async postForm(path: string, form: FormData): Promise<JsonReply> {
    const response = await this.#dispatch('POST', path, { body: form });
    const json = await readJson(response);
    if (response.statusCode >= 400) throw statedFailure(json, response.statusCode);
    return { status: response.statusCode, header: headerReader(response), body: json };
  }

  /** Gets the bytes as they come; a refusal before the first byte throws. */
  async getStream(path: string, headers: Readonly<Record<string, string>> = {}): Promise<StreamReply> {
    const response = await this.#send('GET', path, undefined, headers);
    if (response.statusCode >= 400) throw statedFailure(await readJson(response), response.statusCode);
    return { header: headerReader(response), bytes: response.body };
  }

  async close(): Promise<void> {
    await this.#agent.close();
  }

  async #json(method: Dispatcher.HttpMethod, path: string, body?: unknown, headers = {}): Promise<JsonReply> {
    const response = await this.#send(method, path, body, headers);
    const json = await readJson(response);
    if (response.statusCode >= 400) throw statedFailure(json, response.statusCode);
    return { status: response.statusCode, header: headerReader(response), body: json };
  }

  #send(
    method: Dispatcher.HttpMethod,
    path: string,
    body: unknown,
    headers: Readonly<Record<string, string>>,
  ): Promise<Dispatcher.ResponseData> {
    if (body === undefined) return this.#dispatch(method, path, { headers });
    const jsonHeaders = { 'content-type': 'application/json', ...headers };
    return this.#dispatch(method, path, { headers: jsonHeaders, body: JSON.stringify(body) });
  }

  async #dispatch(
    method: Dispatcher.HttpMethod,
    path: string,
    sent: { headers?: Readonly<Record<string, string>>; body?: string | FormData },
  ): Promise<Dispatcher.ResponseData> {
    try {
      return await request(`${this.#target.url}${path}`, {
        method,
        dispatcher: this.#agent,
        headers: { authorization: `Bearer ${this.#target.key}`, ...sent.headers },
        ...(sent.body !== undefined && { body: sent.body }),
      });
    } catch (cause) {
      throw new CommandFailure(unreachable(this.#target.url, cause), 'unreachable');
    }
  }
}

function headerReader(response: Dispatcher.ResponseData): HeaderReader {
  return (name) => {
    const value = response.headers[name];
    return (Array.isArray(value) ? value[0] : value) ?? null;
  };
}

async function readJson(response: Dispatcher.ResponseData): Promise<unknown> {
  const text = await response.body.text();
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function unreachable(url: string, cause: unknown): string {
  const code = (cause as { code?: unknown }).code;
  if (code === 'ECONNREFUSED') return `Nothing answers at ${url}; start a mesh with "npm start", or give --url`;
  return `${url} cannot be reached: ${cause instanceof Error ? cause.message : String(cause)}`;
}
