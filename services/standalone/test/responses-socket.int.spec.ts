// OpenAI's Responses over a WebSocket, from a worker to the sandbox: the same frames, money and ends as over HTTP.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { AttemptOrder } from '@skein/contracts/provider';
import { RequestBody, type Frame } from '@skein/contracts/wire';
import { catalog } from '@skein/catalog';
import { KeyRing, openAiDialect, openLine, runAttempt, systemClock, type AttemptWorker } from '@skein/provider-kit';
import { startSandbox, type Sandbox } from '@skein/sandbox';
import { createLogger } from '@skein/telemetry';

const order = (stream: boolean, model: string): AttemptOrder => ({
  request_id: 'req-1',
  sink: 'gateway',
  operation: 'chat',
  stream,
  head: {
    attempt_id: 'att-1',
    attempt_no: 1,
    vendor: 'openai',
    model,
    reason: 'asked for by name',
    cache: 'off',
    notices: [],
  },
  kind: 'live',
  caller: { tenant: 'acme', project: null, key_id: 'k', user: null, cost_center: null },
  task: null,
  limits: { first_byte_ms: null, idle_ms: 5_000, call_ms: 20_000 },
  continuation: null,
});

describe('a vendor behind a socket', () => {
  let sandbox: Sandbox;
  let worker: AttemptWorker;
  let frames: Frame[] = [];
  let rejected = 0;

  beforeAll(async () => {
    sandbox = await startSandbox();
    worker = {
      adapter: openAiDialect('openai'),
      catalog,
      clock: systemClock,
      sandboxed: true,
      keys: new KeyRing(['good-key']),
      line: openLine('openai', sandbox.baseUrlFor('openai').replace(/^http/, 'ws'), 4),
      logger: createLogger('test', 'silent'),
      bus: {
        instance: 'worker-under-test',
        takesFacts: true,
        state: () => Promise.resolve(),
        emitFrame: (_sink, _request, _attempt, frame) => void frames.push(frame),
      },
    };
  });
  beforeEach(() => void (frames = []));
  afterAll(async () => {
    await worker.line.pool.destroy();
    await sandbox.stop();
  });

  const ask = (content: string, request: object = {}, stream = true, model = 'gpt-4o-mini') =>
    runAttempt(worker, order(stream, model), {
      requestId: 'req-1',
      deadline: performance.now() + 20_000,
      signal: new AbortController().signal,
      body: RequestBody.of({ model, stream, messages: [{ role: 'user', content }], ...request }),
    });
  const text = () =>
    frames
      .filter(({ kind }) => kind === 'chunk')
      .map(
        ({ payload }) =>
          JSON.parse(new TextDecoder().decode(payload)) as { choices: { delta: { content?: string } }[] },
      )
      .flatMap(({ choices }) => choices.map(({ delta }) => delta.content ?? ''))
      .join('');
  it('streams text with its usage and end, as over HTTP', async () => {
    const outcome = await ask('What is the capital of France?');
    expect(outcome).toMatchObject({
      outcome: 'finished',
      finish_reason: 'stop',
      usage_source: 'provider',
      error: null,
    });
    expect(text()).toContain('Paris');
    expect(outcome.usage?.output).toBeGreaterThan(0);
    expect(outcome.cost_nano_usd).toBeGreaterThan(0);
    expect(frames.map(({ kind }) => kind).slice(-2)).toEqual(['usage', 'end']);
    expect(frames.map(({ seq }) => seq)).toEqual(frames.map((_, place) => place));
  });

  it('ends at the caller’s length', async () => {
    expect(await ask('Tell me about the sea', { max_tokens: 8 })).toMatchObject({ finish_reason: 'length' });
  });

  it('refuses what the vendor refuses, in its words', async () => {
    expect(await ask('hi', { temperature: 99 })).toMatchObject({
      outcome: 'failed',
      error: { code: 'vendor_refused', status: 400, source: 'vendor' },
    });
  });

  it('takes a socket that closes within the answer for a cut', async () => {
    const outcome = await ask('[[sandbox cut_after=2 tokens=60]] tell me about the sea');
    expect(outcome).toMatchObject({ outcome: 'failed', error: { code: 'vendor_stream_cut' } });
    expect(frames.at(-1)?.kind).toBe('error');
  });

  it('sets a key aside that the handshake refuses, and goes on with the next', async () => {
    worker = { ...worker, keys: new KeyRing(['bad-key', 'good-key']), onKeyRejected: () => (rejected += 1) };
    expect(await ask('hi')).toMatchObject({ outcome: 'finished' });
    expect(rejected).toBe(1);
    worker = { ...worker, keys: new KeyRing(['bad-key']) };
    expect(await ask('hi')).toMatchObject({ outcome: 'failed', error: { code: 'vendor_unauthorized' } });
    worker = { ...worker, keys: new KeyRing(['good-key']) };
  });

  it('asks a model that has nothing but Responses for one, with tools over the socket too', async () => {
    const parameters = { type: 'object', properties: { city: { type: 'string' } } };
    const tools = [{ type: 'function', function: { name: 'get_weather', description: 'the weather', parameters } }];
    const outcome = await ask('What is the weather in Paris?', { tools, tool_choice: 'required' }, true, 'o1-pro');
    expect(outcome).toMatchObject({ outcome: 'finished', finish_reason: 'tool_calls', usage_source: 'provider' });
    expect(await ask('hi', {}, false, 'o1-pro')).toMatchObject({ outcome: 'finished', finish_reason: 'stop' });
  });

  it('sends what is more than text over HTTP, at the same place', async () => {
    expect(await ask('hi', {}, false)).toMatchObject({ outcome: 'finished' });
    const tools = [{ type: 'function', function: { name: 'f', parameters: { type: 'object', properties: {} } } }];
    expect(await ask('hi', { tools })).toMatchObject({ outcome: 'finished' });
  });
});
