// Bodies no vendor should send, over real HTTP: whatever comes, an attempt ends, once, and never as what it is not.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Buffer } from 'node:buffer';
import { attemptOutcome } from '@skein/contracts/provider';
import { geminiDialect } from '../src/gemini/gemini-dialect.js';
import { openAiDialect } from '../src/openai/openai-dialect.js';
import { runAttempt } from '../src/run-attempt.js';
import { contextFor, makeBench, orderFor } from './attempt-bench.js';
import { sse, startVendorServer, type VendorServer } from './vendor-server.js';
import { ask, chunk, goodStream, whole } from './vendor-words.js';

const adapters = [
  openAiDialect('openai'),
  openAiDialect('mistral'),
  geminiDialect('google', { root: '/', models: 'models/', embeddings: 'predict', authorize: () => ({}) }),
];
const endings = ['end', 'whole', 'error'];
/** None of these bodies waits for anything: what runs into a limit here would tell of a busy machine. */
const ample = { first_byte_ms: 60_000, idle_ms: 60_000, call_ms: 100_000 };

/** Odd in form or in type, large, or no text at all. */
const odd = fc.oneof(
  { weight: 3, arbitrary: fc.json({ maxDepth: 4 }).map((text) => Buffer.from(text)) },
  { weight: 3, arbitrary: fc.array(fc.json({ maxDepth: 3 })).map((texts) => Buffer.from(sse(...texts))) },
  { weight: 2, arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)) },
  { weight: 1, arbitrary: fc.nat(9).map((n) => Buffer.alloc(n * 1_000_000, 'x')) },
  { weight: 1, arbitrary: fc.nat(9).map((n) => Buffer.from(`data: {"a":"${'x'.repeat(n * 1_000_000)}"}\n\n`)) },
  { weight: 1, arbitrary: fc.constant(Buffer.from('['.repeat(200_000))) },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.nat(100), fc.boolean()).map(([share, isStream]) => {
      const body = isStream ? sse(...goodStream.slice(0, -1)) : JSON.stringify(whole);
      return Buffer.from(body.slice(0, (body.length * share) / 101));
    }),
  },
);

describe('an attempt at a vendor out of its mind', () => {
  let vendor: VendorServer;
  let body = Buffer.alloc(0);
  let type = '';
  beforeAll(async () => {
    vendor = await startVendorServer((_, response) => void response.writeHead(200, { 'content-type': type }).end(body));
  });
  afterAll(() => vendor.close());

  it('ends once, and never as a success', async () => {
    const benches = adapters.map((adapter) => makeBench(vendor.url, { adapter }));
    const types = fc.constantFrom('application/json', 'text/event-stream', 'text/html');
    await fc.assert(
      fc.asyncProperty(odd, types, fc.nat(adapters.length - 1), fc.boolean(), async (sent, kind, which, stream) => {
        body = sent;
        type = kind;
        const bench = benches[which];
        if (bench === undefined) return;
        const before = bench.bus.kinds.length;
        const order = orderFor({
          stream,
          head: { ...orderFor().head, vendor: bench.worker.adapter.vendor.id },
          limits: ample,
        });
        const outcome = attemptOutcome.parse(await runAttempt(bench.worker, order, contextFor({ ...ask, stream })));
        const frames = bench.bus.kinds.slice(before);
        expect(frames.filter((frame) => endings.includes(frame))).toEqual(['error']);
        expect(frames.at(-1)).toBe('error');
        expect(outcome.outcome).toBe('failed');
        expect(outcome.error?.code).not.toBe('internal');
      }),
      { seed: 5, numRuns: 80 },
    );
    for (const bench of benches) await bench.close();
  }, 120_000);

  it('is over when the vendor trickles and never finishes', async () => {
    const slow = await startVendorServer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(sse(chunk({ content: 'Par' })));
    });
    const bench = makeBench(slow.url);
    const limits = { first_byte_ms: 5_000, idle_ms: 100, call_ms: 5_000 };
    const outcome = await runAttempt(bench.worker, orderFor({ limits }), contextFor(ask));
    expect(outcome).toMatchObject({ outcome: 'failed', error: { code: 'vendor_timeout' } });
    await bench.close();
    await slow.close();
  });
});
