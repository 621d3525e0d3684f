import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startSandbox, type Sandbox } from '../src/index.js';
import { ask, served, servedOnce, stats } from './sandbox-client.js';

describe('the audit', () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await startSandbox({ auditCapacity: 50 });
  });
  afterAll(() => sandbox.stop());
  afterEach(() => fetch(`${sandbox.url}/__sandbox/served`, { method: 'DELETE' }));

  it('keeps the usage, request id and correlation headers of a request', async () => {
    const response = await ask(sandbox.url, 'openai', {
      headers: { 'x-skein-attempt': 'att_1', 'x-skein-request': 'r_1', 'x-other': 'no' },
    });
    const body = (await response.json()) as { usage: { prompt_tokens: number; completion_tokens: number } };
    const [entry] = (await served(sandbox.url)).served;
    expect(entry).toMatchObject({
      vendor: 'openai',
      model: 'gpt-4o',
      endpoint: 'chat',
      status: 200,
      stream: false,
      outcome: 'complete',
      request_id: response.headers.get('x-request-id'),
      usage: { input: body.usage.prompt_tokens, output: body.usage.completion_tokens },
      correlation: { 'x-skein-attempt': 'att_1', 'x-skein-request': 'r_1' },
    });
    expect(entry?.correlation).not.toHaveProperty('x-other');
  });

  it('says when a request came, when its answer began and when it ended', async () => {
    await (await ask(sandbox.url, 'openai', { headers: { 'x-sandbox': 'latency=40' } })).text();
    await ask(sandbox.url, 'openai', { headers: { 'x-sandbox': 'cut' } }).catch(() => undefined);
    const [whole, cut] = await servedOnce(sandbox.url, 2);
    const ms = (at: string | null | undefined): number => Date.parse(at ?? '');
    expect(ms(whole?.first_byte_at) - ms(whole?.started_at)).toBeGreaterThanOrEqual(39);
    expect(ms(whole?.finished_at)).toBeGreaterThanOrEqual(ms(whole?.first_byte_at));
    expect(cut).toMatchObject({ first_byte_at: null });
  });

  it('names a Gemini request by the id in its body', async () => {
    const { responseId } = (await (await ask(sandbox.url, 'google')).json()) as { responseId: string };
    expect(await served(sandbox.url)).toMatchObject({ served: [{ request_id: responseId }] });
  });

  it('tells a client that left from a vendor that cut', async () => {
    const leaving = new AbortController();
    const response = await ask(sandbox.url, 'openai', {
      stream: true,
      signal: leaving.signal,
      headers: { 'x-sandbox': 'rate=50,tokens=5000' },
    });
    await response.body?.getReader().read();
    leaving.abort();
    const [entry] = await servedOnce(sandbox.url, 1);
    expect(entry).toMatchObject({ outcome: 'aborted_by_client', stream: true });
    expect(entry?.usage?.output).toBe(entry?.chunks_sent);
    expect(entry?.chunks_sent).toBeLessThan(5000);
  });

  it('stops writing to a client that does not read', async () => {
    const leaving = new AbortController();
    const response = await ask(sandbox.url, 'openai', {
      stream: true,
      signal: leaving.signal,
      headers: { 'x-sandbox': 'tokens=100000' },
    });
    await response.body?.getReader().read();
    for (let i = 0; i < 20; i += 1) await stats(sandbox.url);
    leaving.abort();
    const [entry] = await servedOnce(sandbox.url, 1);
    expect(entry).toMatchObject({ outcome: 'aborted_by_client' });
    expect(entry?.chunks_sent).toBeLessThan(100_000);
  });

  it('pages by number and says what the ring dropped', async () => {
    const before = (await served(sandbox.url)).last_seq;
    for (let i = 0; i < 60; i += 1) await (await ask(sandbox.url, 'openai')).text();
    const page = await served(sandbox.url, before);
    expect(page).toMatchObject({ dropped: 10, last_seq: before + 60 });
    expect(page.served).toHaveLength(50);
    expect((await served(sandbox.url, page.last_seq)).served).toEqual([]);
  });

  it('sums by vendor, model and outcome, and forgets on reset', async () => {
    await (await ask(sandbox.url, 'openai')).text();
    await (await ask(sandbox.url, 'anthropic', { stream: true })).text();
    await (await ask(sandbox.url, 'openai', { body: { model: 'no-such-model' } })).text();
    const { total, vendors, in_flight } = await stats(sandbox.url);
    const sum = (await served(sandbox.url)).served.reduce((tokens, entry) => tokens + (entry.usage?.output ?? 0), 0);
    expect(total).toMatchObject({ requests: 3, outcomes: { complete: 2, error: 1 }, tokens: { output: sum } });
    expect(vendors['openai']?.models['gpt-4o']?.requests).toBe(1);
    expect(in_flight).toBe(0);
    await fetch(`${sandbox.url}/__sandbox/served`, { method: 'DELETE' });
    expect((await stats(sandbox.url)).total.requests).toBe(0);
  });

  it('bills a complete stream as its plain twin', async () => {
    await (await ask(sandbox.url, 'openai', { stream: true, body: { model: 'o3' } })).text();
    await (await ask(sandbox.url, 'openai', { body: { model: 'o3' } })).text();
    const [streamed, plain] = (await served(sandbox.url)).served;
    expect(streamed?.usage).toEqual(plain?.usage);
    expect(plain?.usage?.reasoning).toBeGreaterThan(0);
  });
});

describe('the sandbox', () => {
  it('gives each SDK the base URL it expects', async () => {
    const sandbox = await startSandbox();
    expect(sandbox.baseUrlFor('groq')).toBe(`${sandbox.url}/groq/v1`);
    expect(sandbox.baseUrlFor('anthropic')).toBe(`${sandbox.url}/anthropic`);
    expect(sandbox.baseUrlFor('google')).toBe(`${sandbox.url}/google`);
    await sandbox.stop();
  });

  it('stops although a client hangs, and says so when its port is taken', async () => {
    const sandbox = await startSandbox();
    const hanging = ask(sandbox.url, 'openai', { headers: { 'x-sandbox': 'hang' } });
    await expect(startSandbox({ port: sandbox.port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await (await ask(sandbox.url, 'openai')).text();
    await sandbox.stop();
    await expect(hanging).rejects.toThrow('fetch failed');
  });
});
