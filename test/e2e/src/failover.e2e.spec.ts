// What customers see of vendors that fail, and what is written down of it.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { chat, eventually, misbehave, startMesh, toNanoUsd, type Mesh, type SandboxKnobs } from '@skein/testkit';
import {
  CHAT,
  askPlain,
  askStream,
  finishedRecord,
  readEvents,
  stopMesh,
  usageOf,
  usageWith,
  withoutCircuits,
} from './ask.js';

jest.setTimeout(120_000);

/** Short patience, so that a vendor that says nothing is given up within the test's own. */
const policy = `
name: impatient
default: [openai/gpt-4o-mini, groq/llama-3.1-8b-instant]
timeouts: { first_byte_ms: 600, call_ms: 1500, idle_ms: 600 }
`;

let mesh: Mesh;
beforeAll(async () => {
  mesh = await startMesh({ busLocal: 'verify', policy, environment: withoutCircuits });
});
afterAll(() => stopMesh(mesh));

const fallbacks = ['groq/llama-3.1-8b-instant'];

/** A question that openai alone fails at. */
const failing = (knobs: SandboxKnobs, rest: Record<string, unknown> = {}) =>
  chat('openai/gpt-4o-mini', `${misbehave(knobs, { vendor: 'openai' })} Why is snow white?`, {
    metadata: { fallbacks },
    ...rest,
  });

describe('before anything was shown, the next candidate answers', () => {
  const faults: [name: string, knobs: SandboxKnobs, error: string, outcome: string][] = [
    ['a server error', { status: 500 }, 'vendor_failed', 'failed'],
    ['an overload', { status: 503 }, 'vendor_overloaded', 'failed'],
    ['a rate limit', { status: 429, retry_after: 30 }, 'vendor_rate_limited', 'failed'],
    ['a silence', { hang: true }, 'vendor_timeout', 'failed'],
    ['a connection lost before the first byte', { cut: true }, 'vendor_connection_lost', 'unknown'],
  ];

  /** The sandbox garbles a stream after its first words only. */
  const unreadable: (typeof faults)[number] = [
    'an answer that cannot be read',
    { malformed: true },
    'vendor_malformed',
    'failed',
  ];

  it.each([...faults, unreadable])('after %s, plain', async (_name, knobs, error, outcome) => {
    const answer = await askPlain(mesh.http, failing(knobs));
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({ 'x-skein-vendor': 'groq', 'x-skein-attempts': '2' });
    const record = await finishedRecord(mesh.http, answer.headers['x-request-id']);
    expect(record).toMatchObject({
      status: 'succeeded',
      attempts: [
        { vendor: 'openai', outcome, error: { code: error } },
        { vendor: 'groq', outcome: 'finished', error: null },
      ],
    });
    expect(answer.headers['x-skein-cost-usd']).toBe(record.attempts[1]?.cost_usd);
  });

  it.each(faults)('after %s, streamed', async (_name, knobs, error, outcome) => {
    const answer = await askStream(mesh.http, failing(knobs));
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({ 'x-skein-vendor': 'groq', 'x-skein-attempts': '2' });
    expect(answer.endsWithDone).toBe(true);
    expect(answer.text).not.toBe('');
    const record = await finishedRecord(mesh.http, answer.headers['x-request-id']);
    expect(record).toMatchObject({
      status: 'succeeded',
      attempts: [
        { vendor: 'openai', outcome, error: { code: error } },
        { vendor: 'groq', outcome: 'finished', error: null },
      ],
    });
  });
});

describe('after something was shown', () => {
  const breaks: [name: string, knobs: SandboxKnobs, error: string][] = [
    ['a cut', { cut_after: 3 }, 'vendor_stream_cut'],
    ['a silence', { hang_after: 3 }, 'vendor_timeout'],
    ['a chunk that cannot be read', { malformed: true }, 'vendor_malformed'],
  ];

  it.each(breaks)('%s ends the stream with an error event and no [DONE], and is posted', async (_name, knobs, code) => {
    const before = await usageOf(mesh.http);
    const answer = await askStream(mesh.http, failing(knobs));
    expect(answer.headers).toMatchObject({ 'x-skein-vendor': 'openai', 'x-skein-attempts': '1' });
    expect(answer.text).not.toBe('');
    expect(answer.endsWithDone).toBe(false);
    const last = answer.events.at(-1);
    expect(last?.event).toBe('error');
    expect(JSON.parse(last?.data ?? '')).toMatchObject({
      error: { code, message: expect.any(String), param: null, type: 'api_error' },
    });
    const record = await finishedRecord(mesh.http, answer.headers['x-request-id']);
    expect(record).toMatchObject({
      status: 'failed',
      error: { code },
      attempts: [{ vendor: 'openai', outcome: 'failed', error: { code } }],
    });
    // The words that were shown are owed.
    const after = await usageWith(mesh.http, before.attempts + 1);
    expect(record.attempts[0]?.usage_source).toBe('estimated');
    expect(toNanoUsd(after.cost_usd) - toNanoUsd(before.cost_usd)).toBe(toNanoUsd(record.cost_usd));
    expect(toNanoUsd(record.cost_usd)).toBeGreaterThan(0n);
  });

  it('an error event of the vendor’s ends it in the same way', async () => {
    const { events, endsWithDone } = await askStream(mesh.http, failing({ error_after: 3 }));
    expect(endsWithDone).toBe(false);
    expect(events.at(-1)).toMatchObject({ event: 'error', data: expect.stringContaining('"code":"vendor_') });
  });
});

describe('a rate limit of the only candidate', () => {
  const limited = (retryAfter: number) =>
    chat('openai/gpt-4.1', `${misbehave({ status: 429, retry_after: retryAfter })} hi`);

  it('is waited for in place, once, where the wait is short', async () => {
    const { status, headers } = await mesh.http.post(CHAT, limited(1));
    expect(status).toBe(502);
    expect((await finishedRecord(mesh.http, headers['x-request-id'])).attempts).toHaveLength(2);
  });

  it('is told to the caller where it is long', async () => {
    const { status, headers } = await mesh.http.post(CHAT, limited(60));
    expect(status).toBe(502);
    expect(headers['retry-after']).toBe('60');
    expect((await finishedRecord(mesh.http, headers['x-request-id'])).attempts).toHaveLength(1);
  });
});

describe('a customer who leaves', () => {
  it('in the middle of a stream stops the vendor, and what was written until then is posted', async () => {
    const before = await usageOf(mesh.http);
    const question = chat('openai/gpt-4o-mini', `${misbehave({ rate: 20, tokens: 2_000 })} Tell me everything.`);
    const stream = await mesh.http.stream(CHAT, { ...question, stream: true });
    const first = [await stream.next(), await stream.next(), await stream.next()].flatMap((event) => event ?? []);
    expect(readEvents(first).text).not.toBe('');
    stream.leave();
    const record = await finishedRecord(mesh.http, stream.headers['x-request-id']);
    expect(record).toMatchObject({ status: 'cancelled', attempts: [{ vendor: 'openai', outcome: 'cancelled' }] });
    const served = await eventually(async () => {
      const [entry] = await mesh.sandbox.servedFor(record.attempts[0]?.id ?? '');
      if (entry === undefined) throw new Error('the vendor has not noticed yet');
      return entry;
    });
    expect(served.outcome).toBe('aborted_by_client');
    expect(served.chunks_sent).toBeLessThan(1_000);
    const after = await usageWith(mesh.http, before.attempts + 1);
    expect(toNanoUsd(after.cost_usd)).toBeGreaterThan(toNanoUsd(before.cost_usd));
  });

  it('before anything was shown stops the vendor as well, and no other is asked', async () => {
    const controller = new AbortController();
    const served = (await mesh.sandbox.served()).at(-1)?.seq ?? 0;
    const question = chat('openai/gpt-4o-mini', `${misbehave({ latency: 1_200 })} hi`, { metadata: { fallbacks } });
    const asked = mesh.http.ask(CHAT, { method: 'POST', body: question, signal: controller.signal });
    await eventually(async () => expect((await mesh.sandbox.stats()).in_flight).toBe(1));
    controller.abort();
    await expect(asked).rejects.toThrow(/abort/i);
    const ended = await eventually(async () => {
      const entries = await mesh.sandbox.served(served);
      expect(entries.length).toBeGreaterThan(0);
      return entries;
    });
    expect(ended.map(({ vendor, outcome }) => ({ vendor, outcome }))).toEqual([
      { vendor: 'openai', outcome: 'aborted_by_client' },
    ]);
  });
});
