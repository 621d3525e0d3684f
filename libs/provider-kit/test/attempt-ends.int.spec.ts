import { afterEach, describe, expect, it } from '@jest/globals';
import type { ServerResponse } from 'node:http';
import type { AttemptOrder } from '@skein/contracts/provider';
import type { RequestBody } from '@skein/contracts/wire';
import { openLine } from '../src/call-vendor.js';
import { KeyRing } from '../src/key-ring.js';
import { runAttempt } from '../src/run-attempt.js';
import { contextFor, makeBench, orderFor, type Bench } from './attempt-bench.js';
import { sse, startVendorServer, type SeenCall, type VendorServer } from './vendor-server.js';
import { ask, chunk, goodStream, startStream, whole } from './vendor-words.js';

describe('an attempt that does not go well', () => {
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

  it('has counted what a vendor did not tell, where somebody counts', async () => {
    const untold = await setUp((_, response) => startStream(response).end(sse(...goodStream.slice(0, 3), '[DONE]')));
    const heard: string[] = [];
    const countTokens = (body: RequestBody) => {
      heard.push(JSON.stringify(body.json));
      return Promise.resolve({ tokens: 1_000, of_text: 900 });
    };
    const counted = await runAttempt({ ...untold.worker, countTokens }, orderFor(), contextFor(ask));
    expect(counted).toMatchObject({ usage_source: 'estimated', usage: { input_uncached: 1_000, output: 900 } });
    expect(heard).toHaveLength(2);
    const nobody = () => Promise.reject(new Error('nobody is there'));
    const guessed = await runAttempt({ ...untold.worker, countTokens: nobody }, orderFor(), contextFor(ask));
    expect(guessed.usage?.input_uncached).toBeLessThan(1_000);
    expect(guessed.usage_source).toBe('estimated');
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
    const { worker } = await setUp((_, response) => {
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

  it('lets a key that is over its limit rest and asks with the next; the fact names the key that answered', async () => {
    const { worker, server, bus } = await setUp(
      (call, response) => {
        if (call.headers.authorization === 'Bearer roomy') startStream(response).end(sse(...goodStream));
        else response.writeHead(429, { 'retry-after': '60' }).end('{"error":{"message":"slow down"}}');
      },
      { keys: ['full', 'roomy'] },
    );
    expect((await runAttempt(worker, orderFor(), contextFor(ask))).outcome).toBe('finished');
    expect((await runAttempt(worker, orderFor(), contextFor(ask))).outcome).toBe('finished');
    expect(server.calls).toHaveLength(3);
    expect(bus.fact('attempt.finished').key).toMatch(/^2 of 2 /);
  });

  it('asks at the next place where the first refuses its keys or is not there, and names where it was answered', async () => {
    const good = await startVendorServer((_, response) => void startStream(response).end(sse(...goodStream)));
    open.push(good);
    const { worker, server, bus } = await setUp((_, response) => void response.writeHead(401).end('{}'), {
      keys: ['bad'],
    });
    const spare = openLine('openai', `${good.url}/v1`, 1, 'eu-west');
    open.push({ close: () => spare.pool.destroy() });
    let told = 0;
    const spares = [{ id: 'eu', line: spare, keys: new KeyRing(['good'], 'eu') }];
    const asked = { ...worker, spares, onKeyRejected: () => void told++ };
    expect((await runAttempt(asked, orderFor(), contextFor(ask))).outcome).toBe('finished');
    expect(bus.fact('attempt.finished')).toMatchObject({
      key: expect.stringMatching(/^eu: 1 of 1 /),
      region: 'eu-west',
    });
    expect([server.calls.length, good.calls.length, told]).toEqual([1, 1, 1]);
    const nowhere = openLine('openai', 'http://127.0.0.1:1', 1);
    open.push({ close: () => nowhere.pool.destroy() });
    expect((await runAttempt({ ...asked, line: nowhere }, orderFor(), contextFor(ask))).outcome).toBe('finished');
    expect(good.calls).toHaveLength(2);
  });

  it('never asks a second place once the first may have used something', async () => {
    const { worker, server } = await setUp((_, response) => response.writeHead(500).end('{}'));
    const spares = [{ id: 'other', line: worker.line, keys: worker.keys }];
    expect((await runAttempt({ ...worker, spares }, orderFor(), contextFor(ask))).error?.code).toBe('vendor_failed');
    expect(server.calls).toHaveLength(1);
  });

  it('checks tool calls and structured answers, and says which path failed without what was written', async () => {
    const parameters = { type: 'object', properties: { city: { type: 'string' } } };
    const request = { ...ask, tools: [{ type: 'function', function: { name: 'weather', parameters } }] };
    const call = (piece: object) => chunk({ tool_calls: [{ index: 0, function: piece }] });
    const { worker, bus } = await setUp((_, response) =>
      startStream(response).end(
        sse(call({ name: 'weather', arguments: '{"city":' }), call({ arguments: '1234567}' }), chunk({}, 'tool_calls')),
      ),
    );
    const outcome = await runAttempt(worker, orderFor(), contextFor(request));
    const validation = {
      tool_calls: { valid: 0, invalid: 1 },
      structured: { valid: 0, invalid: 0 },
      failed: [{ what: 'tool_call', name: 'weather', path: '/city', problem: 'must be string' }],
    };
    expect(outcome).toMatchObject({ outcome: 'finished', validation });
    expect(bus.fact('attempt.finished').validation).toEqual(validation);
    expect(JSON.stringify(bus.fact('attempt.finished'))).not.toContain('1234567');
  });

  const strict = { empty: 'next', truncated: 'next', filtered: 'return', invalid: 'next' } as const;

  it('fails an empty answer before anybody sees it, and still says what it cost', async () => {
    const nothing = {
      ...whole,
      choices: [{ index: 0, message: { role: 'assistant', content: '' }, finish_reason: 'stop' }],
    };
    const { worker, bus } = await setUp((_, response) => response.writeHead(200).end(JSON.stringify(nothing)));
    const outcome = await runAttempt(worker, orderFor({ stream: false, acceptance: strict }), contextFor(ask));
    expect(outcome).toMatchObject({ outcome: 'failed', error: { code: 'vendor_empty' }, usage_source: 'provider' });
    expect(outcome.cost_nano_usd).toBeGreaterThan(0);
    expect(bus.fact('attempt.finished').cost_nano_usd).toBe(outcome.cost_nano_usd);
    expect(bus.kinds).toEqual(['error']);
  });

  it('hands what breaks its form to the conductor, and keeps it out of the fact', async () => {
    const prose = {
      ...whole,
      choices: [{ index: 0, message: { role: 'assistant', content: 'Sure: Paris' }, finish_reason: 'stop' }],
    };
    const { worker, bus } = await setUp((_, response) => response.writeHead(200).end(JSON.stringify(prose)));
    const json = { ...ask, response_format: { type: 'json_object' } };
    const outcome = await runAttempt(worker, orderFor({ stream: false, acceptance: strict }), contextFor(json));
    expect(outcome).toMatchObject({ error: { code: 'answer_invalid' }, rejected: '"Sure: Paris"' });
    expect(JSON.stringify(bus.fact('attempt.finished'))).not.toContain('Sure');
  });

  it('fails a stream that ends well without showing anything', async () => {
    const { worker } = await setUp((_, response) =>
      startStream(response).end(sse(chunk({ role: 'assistant', content: '' }), chunk({}, 'stop'), '[DONE]')),
    );
    const outcome = await runAttempt(worker, orderFor({ acceptance: strict }), contextFor(ask));
    expect(outcome).toMatchObject({ outcome: 'failed', error: { code: 'vendor_empty' } });
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

  it('gives up a plain answer that goes silent within its body, however long it may take to begin', async () => {
    const { worker, server } = await setUp((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      setTimeout(() => response.write(JSON.stringify(whole).slice(0, 20)), 100);
    });
    const outcome = await runAttempt(
      worker,
      orderFor({ stream: false, ...limits({ idle_ms: 50, call_ms: 60_000 }) }),
      contextFor(ask),
    );
    expect(outcome).toMatchObject({ outcome: 'failed', error: { code: 'vendor_timeout' } });
    expect(outcome.error?.message).toContain('was silent for 50 ms');
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
});
