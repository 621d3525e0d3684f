import { afterEach, describe, expect, it } from '@jest/globals';
import type { ServerResponse } from 'node:http';
import type { AttemptOrder } from '@skein/contracts/provider';
import { SkeinError } from '@skein/contracts/errors';
import { attemptOutcome } from '@skein/contracts/provider';
import { catalog } from '@skein/catalog';
import { runAttempt } from '../src/run-attempt.js';
import { contextFor, makeBench, orderFor, type Bench } from './attempt-bench.js';
import { textOfFrame } from './recording-bus.js';
import { sse, startVendorServer, type SeenCall, type VendorServer } from './vendor-server.js';

const ask = { model: 'auto', messages: [{ role: 'user', content: 'What is the capital of France?' }] };
const chunk = (delta: unknown, finish: string | null = null) => ({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'gpt-4o-mini-2024-07-18',
  choices: [{ index: 0, delta, finish_reason: finish }],
});
const usage = {
  prompt_tokens: 14,
  completion_tokens: 2,
  total_tokens: 16,
  prompt_tokens_details: { cached_tokens: 4 },
};
const usageChunk = { ...chunk({}), choices: [], usage };
const whole = {
  id: 'chatcmpl-2',
  object: 'chat.completion',
  created: 1,
  model: 'gpt-4o-mini-2024-07-18',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Paris' }, finish_reason: 'stop' }],
  usage,
};

const startStream = (response: ServerResponse) =>
  response.writeHead(200, { 'content-type': 'text/event-stream', 'x-request-id': 'req_vendor' });
const goodStream = [
  chunk({ role: 'assistant', content: '' }),
  chunk({ content: 'Par' }),
  chunk({ content: 'is' }),
  chunk({}, 'stop'),
  usageChunk,
  '[DONE]',
];

describe('one attempt at a vendor', () => {
  const open: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const thing of open.splice(0).reverse()) await thing.close();
  });

  async function setUp(
    answer: (call: SeenCall, response: ServerResponse) => void,
    options: Parameters<typeof makeBench>[1] = {},
  ): Promise<{ server: VendorServer } & Bench> {
    const server = await startVendorServer(answer);
    const bench = makeBench(`${server.url}/v1`, options);
    open.push(server, bench);
    return { server, ...bench };
  }

  const limits = (changes: Partial<AttemptOrder['limits']>): Partial<AttemptOrder> => ({
    limits: { first_byte_ms: null, idle_ms: null, call_ms: 10_000, ...changes },
  });

  it('streams head, chunks, usage and end, in that order and without a gap', async () => {
    const { bus, worker } = await setUp((_, response) => startStream(response).end(sse(...goodStream)));
    const outcome = await runAttempt(worker, orderFor(), contextFor({ ...ask, stream: true }));
    expect(bus.kinds).toEqual(['notice', 'chunk', 'chunk', 'chunk', 'chunk', 'usage', 'end']);
    expect(bus.frames.map(({ seq }) => seq)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(bus.frames.map(({ hasContent }) => hasContent)).toEqual([false, false, true, true, false, false, false]);
    expect(attemptOutcome.parse(outcome)).toMatchObject({
      outcome: 'finished',
      usage_source: 'provider',
      finish_reason: 'stop',
      model_served: 'gpt-4o-mini-2024-07-18',
      vendor_request_id: 'req_vendor',
      error: null,
    });
  });

  it('gives the chunks byte for byte as the vendor sent them', async () => {
    const odd =
      '{"id":"x", "choices":[ {"index":0,"delta":{"content":"h\\u0065y"},"unknown":1.0,"finish_reason":null}]}';
    const { bus, worker } = await setUp((_, response) =>
      startStream(response).end(sse(odd, chunk({}, 'stop'), '[DONE]')),
    );
    await runAttempt(worker, orderFor(), contextFor(ask));
    const first = bus.frames.find(({ kind }) => kind === 'chunk');
    expect(textOfFrame(first?.payload ?? new Uint8Array())).toBe(odd);
  });

  it('states the fact and has it acknowledged before the customer may go', async () => {
    const { bus, worker } = await setUp((_, response) => startStream(response).end(sse(...goodStream)));
    let acknowledge = () => {};
    bus.acknowledge = (subject) =>
      subject.includes('finished') ? new Promise((resolve) => (acknowledge = resolve)) : Promise.resolve();
    const running = runAttempt(worker, orderFor(), contextFor(ask));
    await bus.seen('chunk', 4);
    await waitFor(() => bus.story.includes('stating finished'));
    expect(bus.kinds).not.toContain('usage');
    expect(bus.kinds).not.toContain('end');
    acknowledge();
    await running;
    expect(bus.story.slice(-4)).toEqual(['stating finished', 'stated finished', 'usage', 'end']);
  });

  it('has the same cost in the fact, the usage frame and the reply', async () => {
    const { bus, worker } = await setUp((_, response) => startStream(response).end(sse(...goodStream)));
    const outcome = await runAttempt(worker, orderFor(), contextFor(ask));
    const expected = catalog.costOfAttempt(catalog.recordOf('openai', 'gpt-4o-mini'), {
      input_uncached: 10,
      cache_read: 4,
      cache_write_5m: 0,
      cache_write_1h: 0,
      audio_in: 0,
      image_in: 0,
      output: 2,
      reasoning: 0,
      audio_out: 0,
    });
    expect(expected.cost_nano_usd).toBeGreaterThan(0);
    expect(outcome.cost_nano_usd).toBe(expected.cost_nano_usd);
    expect(bus.bodies('usage')).toMatchObject([{ cost_nano_usd: expected.cost_nano_usd, usage_source: 'provider' }]);
    expect(bus.fact('finished')).toMatchObject({
      cost_nano_usd: expected.cost_nano_usd,
      price_revision: expected.price_revision,
      attempt_id: 'att_1',
      instance: 'worker-under-test',
      sandboxed: false,
    });
  });

  it('answers an unstreamed request with its usage before the vendor’s own bytes', async () => {
    const bytes = JSON.stringify(whole, null, 2);
    const { bus, worker } = await setUp((_, response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(bytes),
    );
    const outcome = await runAttempt(worker, orderFor({ stream: false }), contextFor(ask));
    expect(bus.story.slice(-4)).toEqual(['stating finished', 'stated finished', 'usage', 'whole']);
    expect(textOfFrame(bus.frames.at(-1)?.payload ?? new Uint8Array())).toBe(bytes);
    expect(outcome).toMatchObject({ outcome: 'finished', vendor_request_id: 'chatcmpl-2' });
  });

  it('sends an answer too large for one message in parts', async () => {
    const long = { ...whole, choices: [{ index: 0, message: { role: 'assistant', content: 'x'.repeat(13_000_000) } }] };
    const bytes = JSON.stringify(long);
    const { bus, worker } = await setUp((_, response) => response.writeHead(200).end(bytes));
    await runAttempt(worker, orderFor({ stream: false }), contextFor(ask));
    expect(bus.kinds).toEqual(['usage', 'part', 'part', 'whole']);
    const together = bus.frames.slice(1).map(({ payload }) => textOfFrame(payload));
    expect(together.join('') === bytes).toBe(true);
  });

  it('asks for usage on every stream and hides the chunk of usage from who did not ask', async () => {
    const { bus, worker, server } = await setUp((_, response) => startStream(response).end(sse(...goodStream)));
    await runAttempt(worker, orderFor(), contextFor({ ...ask, stream: true }));
    const sent = JSON.parse(server.calls[0]?.body.toString() ?? '') as Record<string, unknown>;
    expect(sent).toMatchObject({ model: 'gpt-4o-mini', stream: true, stream_options: { include_usage: true } });
    expect(bus.bodies('chunk')).toHaveLength(4);
    await runAttempt(worker, orderFor(), contextFor({ ...ask, stream: true, stream_options: { include_usage: true } }));
    expect(bus.bodies('chunk')).toHaveLength(9);
    expect(server.calls[0]?.headers.authorization).toBe('Bearer sk-test');
    expect(server.calls[0]?.path).toBe('/v1/chat/completions');
  });

  it('takes a finish without [DONE] for an end', async () => {
    const { worker } = await setUp((_, response) => startStream(response).end(sse(...goodStream.slice(0, 4))));
    const outcome = await runAttempt(worker, orderFor(), contextFor(ask));
    expect(outcome).toMatchObject({ outcome: 'finished', usage_source: 'estimated' });
  });

  it('takes an end without a finish for a cut, and estimates what was used', async () => {
    const { bus, worker } = await setUp((_, response) =>
      startStream(response).end(sse(...goodStream.slice(0, 3), '[DONE]')),
    );
    const outcome = await runAttempt(worker, orderFor(), contextFor(ask));
    expect(outcome).toMatchObject({ outcome: 'failed', usage_source: 'estimated', finish_reason: null });
    expect(outcome.error).toMatchObject({ code: 'vendor_stream_cut', source: 'vendor', vendor: 'openai' });
    expect(outcome.usage?.output).toBeGreaterThan(0);
    expect(bus.story.slice(-3)).toEqual(['stating finished', 'stated finished', 'error']);
    expect(bus.kinds).not.toContain('end');
  });

  it('takes a broken connection in the middle of a stream for a cut', async () => {
    const { worker } = await setUp((_, response) => {
      startStream(response).write(sse(...goodStream.slice(0, 2)), () => response.socket?.destroy());
    });
    const outcome = await runAttempt(worker, orderFor(), contextFor(ask));
    expect(outcome.error?.code).toBe('vendor_stream_cut');
    expect(outcome.first_byte_ms).not.toBeNull();
  });

  it('does not know what became of a call whose connection broke before the first byte', async () => {
    const { bus, worker } = await setUp((_, response) => response.socket?.destroy());
    const outcome = await runAttempt(worker, orderFor(), contextFor(ask));
    expect(outcome).toMatchObject({ outcome: 'unknown', usage: null, usage_source: 'none', cost_nano_usd: null });
    expect(outcome.error?.code).toBe('vendor_connection_lost');
    expect(bus.kinds).toEqual(['error']);
  });

  it('says that a vendor cannot be reached when nothing listens', async () => {
    const { server, ...bench } = await setUp(() => {});
    await server.close();
    open.splice(open.indexOf(server), 1);
    const outcome = await runAttempt(bench.worker, orderFor(), contextFor(ask));
    expect(outcome).toMatchObject({ outcome: 'failed', error: { code: 'vendor_unreachable' } });
  });

  it('fails on an error told inside a stream that began well', async () => {
    const { bus, worker } = await setUp((_, response) =>
      startStream(response).end(
        sse(chunk({ content: 'Par' }), { error: { message: 'slow down', type: 'rate_limit_error', code: null } }),
      ),
    );
    const outcome = await runAttempt(worker, orderFor(), contextFor(ask));
    expect(outcome).toMatchObject({ outcome: 'failed', error: { code: 'vendor_rate_limited', message: 'slow down' } });
    expect(bus.kinds).toEqual(['notice', 'chunk', 'error']);
  });

  it.each([
    ['a stream of nonsense', 'data: {"choices":[{"del\n\n', 'text/event-stream', 'vendor_malformed'],
    ['an empty body', '', 'text/event-stream', 'vendor_stream_cut'],
    ['a web page', '<html>hello</html>', 'text/html', 'vendor_stream_cut'],
    ['plain JSON', JSON.stringify(whole), 'application/json', 'vendor_malformed'],
    [
      'a filter told with a 200',
      '{"error":{"code":"content_filter","message":"no"}}',
      'application/json',
      'content_refused',
    ],
  ])('never makes a success of %s', async (_, body, type, code) => {
    const { worker } = await setUp((__, response) => response.writeHead(200, { 'content-type': type }).end(body));
    const outcome = await runAttempt(worker, orderFor(), contextFor(ask));
    expect(outcome).toMatchObject({ outcome: 'failed', error: { code } });
  });

  it.each([
    ['nonsense', '{"choices":[{"mess'],
    ['an empty object', '{}'],
    ['no choices', '{"choices":[]}'],
    ['a list', '[1]'],
    ['a choice without a message', '{"choices":[{"index":0}]}'],
  ])('never makes an unstreamed success of %s', async (_, body) => {
    const { worker } = await setUp((__, response) => response.writeHead(200).end(body));
    const outcome = await runAttempt(worker, orderFor({ stream: false }), contextFor(ask));
    expect(outcome).toMatchObject({ outcome: 'failed', error: { code: 'vendor_malformed' }, usage_source: 'none' });
  });

  it('keeps the vendor’s own words, status and retry-after', async () => {
    const refusals = [
      { status: 400, body: { error: { message: 'bad temperature', param: 'temperature', code: 'bad' } }, headers: {} },
      { status: 429, body: { error: { message: 'slow' } }, headers: { 'retry-after': '7' } },
    ];
    const { worker } = await setUp((call, response) => {
      const refusal = refusals.shift();
      response.writeHead(refusal?.status ?? 500, { 'x-request-id': 'req_v', ...refusal?.headers });
      response.end(JSON.stringify(refusal?.body));
    });
    const refused = await runAttempt(worker, orderFor(), contextFor(ask));
    expect(refused.error).toEqual({
      code: 'vendor_refused',
      message: 'bad temperature',
      source: 'vendor',
      vendor: 'openai',
      status: 400,
      param: 'temperature',
      vendor_code: 'bad',
      detail: { vendor_request_id: 'req_v' },
    });
    const limited = await runAttempt(worker, orderFor(), contextFor(ask));
    expect(limited.error).toMatchObject({ code: 'vendor_rate_limited', retry_after_ms: 7_000 });
    expect(limited.vendor_request_id).toBe('req_v');
  });

  it('sets a rejected key aside and asks again with the next', async () => {
    const { worker, server } = await setUp(
      (call, response) => {
        if (call.headers.authorization === 'Bearer good') startStream(response).end(sse(...goodStream));
        else response.writeHead(401).end('{"error":{"message":"Incorrect API key provided: bad"}}');
      },
      { keys: ['bad', 'good'] },
    );
    expect((await runAttempt(worker, orderFor(), contextFor(ask))).outcome).toBe('finished');
    expect(server.calls).toHaveLength(2);
    expect((await runAttempt(worker, orderFor(), contextFor(ask))).outcome).toBe('finished');
    expect(server.calls).toHaveLength(3);
  });

  it('does not repeat what a vendor says of a rejected key', async () => {
    const { worker } = await setUp((_, response) =>
      response.writeHead(401).end('{"error":{"message":"Incorrect API key provided: sk-secret"}}'),
    );
    const outcome = await runAttempt(worker, orderFor(), contextFor(ask));
    expect(outcome.error?.code).toBe('vendor_unauthorized');
    expect(JSON.stringify(outcome)).not.toContain('sk-secret');
  });

  it.each([
    ['no first byte', limits({ first_byte_ms: 30 }), () => {}],
    [
      'silence after the first byte',
      limits({ idle_ms: 30 }),
      (response: ServerResponse) => startStream(response).write(sse(chunk({ content: 'P' }))),
    ],
    [
      'too long a call',
      limits({ call_ms: 30 }),
      (response: ServerResponse) => startStream(response).write(': ping\n\n'),
    ],
  ])('gives up after %s, and closes the vendor’s socket', async (_, changes, answer) => {
    const { worker, server } = await setUp((__, response) => void answer(response));
    const outcome = await runAttempt(worker, orderFor(changes), contextFor(ask));
    expect(outcome).toMatchObject({ outcome: 'failed', error: { code: 'vendor_timeout' } });
    await (
      await server.nthCall(1)
    ).closed;
  });

  it('closes the vendor’s socket at once when cut, and settles what was shown', async () => {
    const { bus, worker, server } = await setUp((_, response) => {
      startStream(response).write(sse(...goodStream.slice(0, 3)));
    });
    const cancel = new AbortController();
    const running = runAttempt(worker, orderFor(), contextFor(ask, cancel.signal));
    await bus.seen('chunk', 3);
    cancel.abort({ reason: 'the customer left', mode: 'cut' });
    const outcome = await running;
    await (
      await server.nthCall(1)
    ).closed;
    expect(outcome).toMatchObject({ outcome: 'cancelled', usage_source: 'estimated', error: { code: 'cancelled' } });
    expect(bus.fact('finished')).toMatchObject({ outcome: 'cancelled', usage_source: 'estimated' });
  });

  it('reads on to the vendor’s usage when drained, and shows nothing more', async () => {
    let finish = () => {};
    const { bus, worker } = await setUp((_, response) => {
      startStream(response).write(sse(...goodStream.slice(0, 2)));
      finish = () => response.end(sse(...goodStream.slice(2)));
    });
    const cancel = new AbortController();
    const running = runAttempt(worker, orderFor(), contextFor(ask, cancel.signal));
    await bus.seen('chunk', 2);
    cancel.abort({ reason: 'the customer left', mode: 'drain' });
    finish();
    const outcome = await running;
    expect(outcome).toMatchObject({ outcome: 'cancelled', usage_source: 'provider' });
    expect(outcome.usage).toMatchObject({ input_uncached: 10, cache_read: 4, output: 2 });
    expect(bus.kinds.filter((kind) => kind === 'chunk')).toHaveLength(2);
  });

  it('never calls the vendor for an attempt cancelled before it began', async () => {
    const { worker, server } = await setUp((_, response) => response.end());
    const outcome = await runAttempt(
      worker,
      orderFor(),
      contextFor(ask, AbortSignal.abort({ reason: 'gone', mode: 'cut' })),
    );
    expect(outcome).toMatchObject({ outcome: 'cancelled', usage: null, usage_source: 'none' });
    expect(server.calls).toHaveLength(0);
  });

  it('refuses work whose use it could not record', async () => {
    const { bus, worker, server } = await setUp((_, response) => response.end());
    bus.takesFacts = false;
    await expect(runAttempt(worker, orderFor(), contextFor(ask))).rejects.toMatchObject({ code: 'unavailable' });
    expect(server.calls).toHaveLength(0);
  });

  it('ends in an error, never in an end, when its fact cannot be stated', async () => {
    const { bus, worker } = await setUp((_, response) => startStream(response).end(sse(...goodStream)));
    bus.acknowledge = (subject) =>
      subject.includes('finished') ? Promise.reject(new SkeinError('unavailable', 'backlog')) : Promise.resolve();
    await expect(runAttempt(worker, orderFor(), contextFor(ask))).rejects.toMatchObject({ code: 'unavailable' });
    expect(bus.kinds.at(-1)).toBe('error');
    expect(bus.kinds).not.toContain('end');
  });

  it('waits for the start of durable work to be known before it calls', async () => {
    const { bus, worker, server } = await setUp((_, response) => startStream(response).end(sse(...goodStream)));
    bus.acknowledge = (subject) =>
      subject.includes('started') ? Promise.reject(new SkeinError('unavailable', 'away')) : Promise.resolve();
    await expect(runAttempt(worker, orderFor({ kind: 'job' }), contextFor(ask))).rejects.toMatchObject({
      code: 'unavailable',
    });
    expect(server.calls).toHaveLength(0);
    expect((await runAttempt(worker, orderFor({ kind: 'live' }), contextFor(ask))).outcome).toBe('finished');
  });

  it('tells only our own sandbox whose call it is', async () => {
    const sandboxed = await setUp((_, response) => startStream(response).end(sse(...goodStream)), { sandboxed: true });
    const live = await setUp((_, response) => startStream(response).end(sse(...goodStream)));
    const context = { ...contextFor(ask), traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };
    await runAttempt(sandboxed.worker, orderFor(), context);
    await runAttempt(live.worker, orderFor(), context);
    expect(sandboxed.server.calls[0]?.headers).toMatchObject({
      'x-skein-attempt': 'att_1',
      traceparent: context.traceparent,
    });
    expect(live.server.calls[0]?.headers).not.toHaveProperty('x-skein-attempt');
    expect(live.server.calls[0]?.headers).not.toHaveProperty('traceparent');
  });
});

async function waitFor(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}
