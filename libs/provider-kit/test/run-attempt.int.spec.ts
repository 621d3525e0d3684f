import { afterEach, describe, expect, it } from '@jest/globals';
import type { ServerResponse } from 'node:http';
import { SkeinError } from '@skein/contracts/errors';
import { attemptOutcome } from '@skein/contracts/provider';
import { catalog, extendCatalog } from '@skein/catalog';
import { catalogAdditions } from '@skein/contracts/router';
import { runAttempt } from '../src/run-attempt.js';
import { contextFor, makeBench, orderFor, type Bench } from './attempt-bench.js';
import { textOfFrame } from './recording-bus.js';
import { sse, startVendorServer, type SeenCall, type VendorServer } from './vendor-server.js';
import { ask, chunk, goodStream, startStream, whole } from './vendor-words.js';

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

  it('says when another model answered than was asked for, and by which rate a foreign price became dollars', async () => {
    const drifted = { ...whole, model: 'gpt-4.1-nano-2025-04-14' };
    const { bus, worker } = await setUp((_, response) => response.writeHead(200).end(JSON.stringify(drifted)));
    const extension = extendCatalog(
      catalog,
      catalogAdditions.parse({
        models: [
          { id: 'openai/gpt-4o-mini', prices: [{ currency: 'CNY', per: 'thousand', input: '0.004', output: '0' }] },
        ],
      }),
    );
    if ('problems' in extension) throw new Error(JSON.stringify(extension.problems));
    await runAttempt({ ...worker, catalog: extension.catalog }, orderFor({ stream: false }), contextFor(ask));
    expect(bus.fact('finished')).toMatchObject({
      drifted: true,
      model_served: 'gpt-4.1-nano-2025-04-14',
      exchange: { currency: 'CNY', per_usd: '6.975', date: '2026-07-02' },
      price_revision: extension.catalog.revision,
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
