import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startSandbox, type Sandbox } from '../src/index.js';
import {
  ask,
  CHAT,
  eventsIn,
  readAll,
  served,
  servedOnce,
  setKnobs,
  type Asking,
  type Family,
} from './sandbox-client.js';

const FAMILIES = Object.keys(CHAT) as Family[];
const VENDORS: Record<Family, string> = { openai: 'openai', anthropic: 'anthropic', google: 'google' };

describe('knobs', () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await startSandbox();
  });
  afterAll(() => sandbox.stop());
  afterEach(async () => {
    for (const vendor of ['openai', 'groq', 'anthropic', 'google']) {
      await fetch(`${sandbox.url}/__sandbox/vendors/${vendor}/knobs`, { method: 'DELETE' });
    }
    await fetch(`${sandbox.url}/__sandbox/served`, { method: 'DELETE' });
  });

  const knobbed = (family: Family, line: string, asking: Asking = {}): Promise<Response> =>
    ask(sandbox.url, family, { ...asking, headers: { 'x-sandbox': line } });

  it.each(['latency=250', 'ttft=250', 'rate=400,tokens=100'])(
    'let a request with %s end after one without',
    async (line) => {
      const ended: string[] = [];
      const slow = knobbed('openai', line)
        .then((response) => response.text())
        .then(() => ended.push('slow'));
      const quick = ask(sandbox.url, 'openai')
        .then((response) => response.text())
        .then(() => ended.push('quick'));
      await Promise.all([slow, quick]);
      expect(ended).toEqual(['quick', 'slow']);
    },
  );

  it('ttft keeps a stream open with headers before its first token', async () => {
    const response = await knobbed('openai', 'ttft=250', { stream: true });
    const first = response.body?.getReader().read();
    const quick = ask(sandbox.url, 'openai').then(() => 'quick');
    expect(await Promise.race([quick, first?.then(() => 'first token')])).toBe('quick');
    await first;
  });

  it('rate paces a stream, so that others are served between its tokens', async () => {
    const response = await knobbed('openai', 'rate=200,tokens=100', { stream: true });
    const reader = response.body?.getReader();
    await reader?.read();
    const ended = (async (): Promise<string> => {
      while ((await reader?.read())?.done === false);
      return 'paced';
    })();
    const quick = ask(sandbox.url, 'openai').then(() => 'quick');
    expect(await Promise.race([ended, quick])).toBe('quick');
    expect(await ended).toBe('paced');
  });

  it.each(FAMILIES)('status gives an error of %s in its own shape, and no usage', async (family) => {
    for (const status of [400, 401, 403, 404, 429, 500, 503, 529]) {
      const response = await knobbed(family, `status=${status}`);
      expect(response.status).toBe(status);
      expect(await response.json()).toMatchObject({ error: { message: expect.any(String) } });
    }
    const { served: entries } = await served(sandbox.url);
    expect(entries.every((entry) => entry.outcome === 'error' && entry.usage === null)).toBe(true);
  });

  it('retry_after goes where the vendor puts it', async () => {
    const line = 'status=429,retry_after=3';
    expect((await knobbed('openai', line)).headers.get('retry-after')).toBe('3');
    expect((await knobbed('anthropic', line)).headers.get('retry-after')).toBe('3');
    const google = await knobbed('google', line);
    expect(google.headers.get('retry-after')).toBeNull();
    expect(JSON.stringify(await google.json())).toContain('"retryDelay":"3s"');
  });

  it('code replaces the usual error code', async () => {
    expect(await (await knobbed('openai', 'status=429,code=insufficient_quota')).json()).toMatchObject({
      error: { code: 'insufficient_quota', type: 'insufficient_quota' },
    });
  });

  it.each(FAMILIES)('malformed is a 200 of %s that cannot be read, plain or streamed', async (family) => {
    const plain = await knobbed(family, 'malformed');
    expect(plain.status).toBe(200);
    await expect(plain.json()).rejects.toThrow('JSON');
    const text = await (await knobbed(family, 'malformed', { stream: true })).text();
    expect(() => eventsIn(text)).toThrow(SyntaxError);
  });

  it.each(FAMILIES)('cut breaks the connection to %s before the first byte', async (family) => {
    await expect(knobbed(family, 'cut')).rejects.toThrow('fetch failed');
    expect(await served(sandbox.url)).toMatchObject({ served: [{ outcome: 'cut', status: 0, usage: null }] });
  });

  it.each(FAMILIES)('cut_after breaks a stream of %s after that many chunks, without a finish', async (family) => {
    for (const chunks of [0, 3, 100_000]) {
      const { text, isBroken } = await readAll(await knobbed(family, `cut_after=${chunks}`, { stream: true }));
      expect(isBroken).toBe(true);
      expect(text).not.toMatch(/"finish_reason":"|message_delta|"finishReason"|\[DONE\]/);
    }
    const { served: entries } = await served(sandbox.url);
    expect(entries.map((entry) => entry.outcome)).toEqual(['cut', 'cut', 'cut']);
    expect(entries.slice(0, 2).map((entry) => entry.chunks_sent)).toEqual([0, 3]);
  });

  it('cut_after bills the tokens that left', async () => {
    await readAll(await knobbed('openai', 'cut_after=3', { stream: true }));
    expect(await served(sandbox.url)).toMatchObject({ served: [{ usage: { output: 3 }, chunks_sent: 3 }] });
  });

  it.each(FAMILIES)('cut_after breaks a plain answer of %s in its middle', async (family) => {
    const response = await knobbed(family, 'cut_after=1');
    expect(response.status).toBe(200);
    expect((await readAll(response)).isBroken).toBe(true);
  });

  it.each(FAMILIES)('error_after ends a stream of %s with its error event', async (family) => {
    const text = await (await knobbed(family, 'error_after=2', { stream: true })).text();
    expect(eventsIn(text).at(-1)).toMatchObject({ error: { message: expect.any(String) } });
    expect(await served(sandbox.url)).toMatchObject({ served: [{ outcome: 'error', chunks_sent: 2 }] });
  });

  it('hang never answers and ends when the client leaves', async () => {
    const leaving = new AbortController();
    const hanging = knobbed('openai', 'hang', { signal: leaving.signal });
    await (await ask(sandbox.url, 'openai')).text();
    leaving.abort();
    await expect(hanging).rejects.toThrow('aborted');
    const entries = await servedOnce(sandbox.url, 2);
    expect(entries.map((entry) => entry.outcome).sort()).toEqual(['complete', 'hang']);
  });

  it('hang_after goes silent within a stream', async () => {
    const leaving = new AbortController();
    const response = await knobbed('openai', 'hang_after=2', { stream: true, signal: leaving.signal });
    const reader = response.body?.getReader();
    const first = await reader?.read();
    expect(eventsIn(new TextDecoder().decode(first?.value))).toHaveLength(3);
    leaving.abort();
    expect(await servedOnce(sandbox.url, 1)).toMatchObject([{ outcome: 'hang', chunks_sent: 2 }]);
  });

  it.each(FAMILIES)('empty is a finished answer of %s without content', async (family) => {
    const text = await (await knobbed(family, 'empty')).text();
    expect(text).toMatch(/"content":""|"content":\[\]|"content":\{"role":"model"\}/);
    expect(text).toMatch(/"finish_reason":"stop"|"stop_reason":"end_turn"|"finishReason":"STOP"/);
    expect(await served(sandbox.url)).toMatchObject({ served: [{ outcome: 'complete', usage: { output: 0 } }] });
  });

  it.each(FAMILIES)('tokens and cached set what %s reports', async (family) => {
    await (await knobbed(family, 'tokens=77,cached=4')).text();
    expect(await served(sandbox.url)).toMatchObject({ served: [{ usage: { output: 77, cached: 4 } }] });
  });

  it('concurrency turns away what is above it, at once', async () => {
    await setKnobs(sandbox.url, 'groq', { concurrency: 2, hang: true });
    const leaving = new AbortController();
    const asking: Asking = { path: '/groq/v1/chat/completions', signal: leaving.signal };
    const held = [ask(sandbox.url, 'openai', asking), ask(sandbox.url, 'openai', asking)];
    const response = await Promise.race([
      ...held,
      ask(sandbox.url, 'openai', asking),
      ask(sandbox.url, 'openai', asking),
    ]);
    expect(response.status).toBe(429);
    expect(response.headers.get('retry-after')).toBe('1');
    leaving.abort();
    await Promise.allSettled(held);
    await servedOnce(sandbox.url, 4);
    await fetch(`${sandbox.url}/__sandbox/vendors/groq/knobs`, { method: 'DELETE' });
    expect((await ask(sandbox.url, 'openai', { path: '/groq/v1/chat/completions' })).status).toBe(200);
  });

  it.each(FAMILIES)('are obeyed from the last user message of %s, at the vendor they name', async (family) => {
    const prompt = `Hello [[sandbox vendor=${VENDORS[family]} status=503]]`;
    expect((await ask(sandbox.url, family, { prompt })).status).toBe(503);
    expect((await ask(sandbox.url, family, { prompt: 'Hello [[sandbox vendor=elsewhere status=503]]' })).status).toBe(
      200,
    );
  });

  it('do not show in the answer when written in the prompt', async () => {
    const prompt = 'Reply with exactly: probe [[sandbox latency=1]]';
    const body = (await (await ask(sandbox.url, 'openai', { prompt })).json()) as {
      choices: { message: { content: string } }[];
    };
    expect(body.choices[0]?.message.content).toBe('probe');
  });

  it('are set for one vendor by the control API, with a chance that counts', async () => {
    await setKnobs(sandbox.url, 'openai', { status: 500, chance: { status: 0.5 } });
    const statuses: number[] = [];
    for (let i = 0; i < 6; i += 1) statuses.push((await ask(sandbox.url, 'openai')).status);
    expect(statuses).toEqual([200, 500, 200, 500, 200, 500]);
    expect((await ask(sandbox.url, 'anthropic')).status).toBe(200);
    expect(await (await fetch(`${sandbox.url}/__sandbox/vendors/openai/knobs`)).json()).toMatchObject({ status: 500 });
  });

  it('are refused when mistyped, in a header, a prompt or the control API', async () => {
    expect((await knobbed('openai', 'latencey=4')).status).toBe(400);
    expect((await ask(sandbox.url, 'anthropic', { prompt: '[[sandbox explode]]' })).status).toBe(400);
    expect((await setKnobs(sandbox.url, 'openai', { statsu: 500 })).status).toBe(400);
  });

  it('hold from the start when given as options', async () => {
    const other = await startSandbox({ knobs: { status: 503 } });
    expect((await ask(other.url, 'openai')).status).toBe(503);
    await other.stop();
  });
});
