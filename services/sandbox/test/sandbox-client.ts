// Shared by the integration specs: plain requests to a sandbox, and streams read the way clients read them.
import type { Served, Stats } from '../src/index.js';

export const CHAT = {
  openai: '/openai/v1/chat/completions',
  anthropic: '/anthropic/v1/messages',
  google: '/google/v1beta/models/gemini-2.0-flash',
} as const;
export type Family = keyof typeof CHAT;

const HEADERS: Record<Family, Record<string, string>> = {
  openai: { authorization: 'Bearer test-key' },
  anthropic: { 'x-api-key': 'test-key', 'anthropic-version': '2023-06-01' },
  google: { 'x-goog-api-key': 'test-key' },
};

export interface Asking {
  prompt?: string;
  stream?: boolean;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  /** Merged into the body. */
  body?: Record<string, unknown>;
  /** In place of the family's own path. */
  path?: string;
}

/** Sends one chat request in the family's own shape. */
export function ask(url: string, family: Family, asking: Asking = {}): Promise<Response> {
  const { prompt = 'Tell me about lighthouses', stream = false, headers = {}, signal, body = {} } = asking;
  const messages = [{ role: 'user', content: prompt }];
  const bodies: Record<Family, object> = {
    openai: { model: 'gpt-4o', messages, stream },
    anthropic: { model: 'claude-sonnet-4-6', max_tokens: 1000, messages, stream },
    google: { contents: [{ role: 'user', parts: [{ text: prompt }] }] },
  };
  const action = family !== 'google' ? '' : stream ? ':streamGenerateContent?alt=sse' : ':generateContent';
  return fetch(url + (asking.path ?? CHAT[family] + action), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...HEADERS[family], ...headers },
    body: JSON.stringify({ ...bodies[family], ...body }),
    signal,
  });
}

/** The `data:` payloads of a text of server-sent events; `[DONE]` and comments are left out. */
export function eventsIn(text: string): unknown[] {
  return text
    .split(/\r?\n\r?\n/)
    .flatMap((event) => event.split(/\r?\n/).filter((line) => line.startsWith('data: {')))
    .map((line): unknown => JSON.parse(line.slice(6)));
}

/** Reads until the end or the break; says which it was. */
export async function readAll(response: Response): Promise<{ text: string; isBroken: boolean }> {
  const decoder = new TextDecoder();
  let text = '';
  try {
    for await (const chunk of response.body ?? []) text += decoder.decode(chunk, { stream: true });
    return { text, isBroken: false };
  } catch {
    return { text, isBroken: true };
  }
}

export async function setKnobs(url: string, vendor: string, knobs: object): Promise<Response> {
  return fetch(`${url}/__sandbox/vendors/${vendor}/knobs`, { method: 'PUT', body: JSON.stringify(knobs) });
}

export async function served(url: string, since = 0): Promise<{ served: Served[]; last_seq: number; dropped: number }> {
  const response = await fetch(`${url}/__sandbox/served?since=${since}`);
  return (await response.json()) as { served: Served[]; last_seq: number; dropped: number };
}

/** Waits until the audit holds `count` entries: the sandbox learns of a closed socket a moment after the client closed it. */
export async function servedOnce(url: string, count: number): Promise<Served[]> {
  for (;;) {
    const page = await served(url);
    if (page.served.length >= count) return page.served;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

export async function stats(url: string): Promise<Stats> {
  return (await (await fetch(`${url}/__sandbox/stats`)).json()) as Stats;
}
