// What a mesh does by itself when vendors fail: goes on, races, falls back, rests and comes back.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { chat, eventually, misbehave, startMesh, type Mesh, type SandboxKnobs } from '@skein/testkit';
import { CHAT, askPlain, askStream, finishedRecord, stopMesh } from './ask.js';

jest.setTimeout(120_000);

const policy = `
name: resilient
default: [openai/gpt-4o-mini, groq/llama-3.1-8b-instant]
timeouts: { first_byte_ms: 2000, call_ms: 5000, idle_ms: 2000 }
retries: { most: 1, base_ms: 20, cap_ms: 40 }
on_mid_stream_failure: continue
last_resort: mistral/mistral-small-2603
`;

let mesh: Mesh;
beforeAll(async () => {
  // Rests are for the last spec; it opens its circuit by more errors than any other makes at one model.
  mesh = await startMesh({ policy, environment: { HEALTH_CONSECUTIVE_ERRORS: '12', HEALTH_ERROR_RATE: '1' } });
});
afterAll(() => stopMesh(mesh));

const fallbacks = ['groq/llama-3.1-8b-instant'];
const failing = (knobs: SandboxKnobs, rest: Record<string, unknown> = {}, words = 'Why is snow white?') =>
  chat('openai/gpt-4o-mini', `${misbehave(knobs, { vendor: 'openai' })} ${words}`, {
    metadata: { fallbacks },
    ...rest,
  });

describe('a stream that breaks off', () => {
  it('goes on at another vendor from what was shown; both attempts are paid for', async () => {
    const answer = await askStream(mesh.http, failing({ cut_after: 10 }));
    expect(answer.endsWithDone).toBe(true);
    expect(answer.headers['x-skein-vendor']).toBe('openai');
    expect(new Set(answer.chunks.map(({ id }) => id)).size).toBe(1);
    const record = await finishedRecord(mesh.http, answer.headers['x-request-id']);
    expect(record).toMatchObject({
      status: 'succeeded',
      attempts: [
        { vendor: 'openai', outcome: 'failed', error: { code: 'vendor_stream_cut' }, usage_source: 'estimated' },
        { vendor: 'groq', outcome: 'finished' },
      ],
    });
    for (const { cost_usd } of record.attempts) expect(Number(cost_usd)).toBeGreaterThan(0);
  });

  it('of JSON ends with an error: half a document cannot be gone on with', async () => {
    const json = { response_format: { type: 'json_object' } };
    const answer = await askStream(mesh.http, failing({ cut_after: 3 }, json, 'Answer in JSON: name three colours.'));
    expect(answer.endsWithDone).toBe(false);
    expect(answer.events.at(-1)?.event).toBe('error');
  });
});

it('takes an empty answer for a failed attempt, pays for it and asks the next', async () => {
  const { status, headers } = await askPlain(mesh.http, failing({ empty: true }));
  expect({ status, vendor: headers['x-skein-vendor'] }).toEqual({ status: 200, vendor: 'groq' });
  expect(headers['x-skein-notice']).toContain('did not answer (vendor_empty)');
  const { attempts } = await finishedRecord(mesh.http, headers['x-request-id']);
  expect(attempts).toMatchObject([{ outcome: 'failed', error: { code: 'vendor_empty' } }, { outcome: 'finished' }]);
  expect(Number(attempts[0]?.cost_usd)).toBeGreaterThan(0);
});

it('races two models for who asks: the first to answer wins, the other is stopped', async () => {
  const race = { metadata: { fallbacks, race: true } };
  const { status, headers } = await askPlain(mesh.http, failing({ latency: 3_000 }, race));
  expect({ status, vendor: headers['x-skein-vendor'] }).toEqual({ status: 200, vendor: 'groq' });
  const { attempts } = await finishedRecord(mesh.http, headers['x-request-id']);
  expect(attempts.map(({ vendor, outcome }) => `${vendor} ${outcome}`)).toEqual(['openai cancelled', 'groq finished']);
  const [stopped] = await eventually(async () => {
    const served = await mesh.sandbox.servedFor(attempts[0]?.id ?? '');
    expect(served).toHaveLength(1);
    return served;
  });
  expect(stopped?.outcome).toBe('aborted_by_client');
});

it('asks the last resort when every candidate has failed, and says so', async () => {
  const down = ['openai', 'groq'].map((vendor) => misbehave({ status: 500 }, { vendor })).join(' ');
  const question = chat('openai/gpt-4o-mini', `${down} Why is snow white?`, { metadata: { fallbacks } });
  const { status, headers } = await askPlain(mesh.http, question);
  expect({ status, vendor: headers['x-skein-vendor'] }).toEqual({ status: 200, vendor: 'mistral' });
  expect(headers['x-skein-notice']).toContain('openai/gpt-4o-mini did not answer (vendor_failed)');
});

it('reaches the next vendor at once when the first one fails', async () => {
  await mesh.sandbox.reset();
  const failures = 11;
  for (let count = 0; count < failures; count += 1) {
    const question = { ...failing({ status: 500 }), model: 'openai/gpt-4o' };
    expect((await askPlain(mesh.http, question)).headers['x-skein-vendor']).toBe('groq');
  }
  const served = await mesh.sandbox.served();
  const failed = served.filter(({ vendor }) => vendor === 'openai');
  const next = served.filter(({ vendor }) => vendor === 'groq');
  const gaps = failed.map(
    ({ finished_at }, index) => Date.parse(next[index]?.started_at ?? '') - Date.parse(finished_at),
  );
  gaps.sort((a, b) => a - b);
  expect(gaps).toHaveLength(failures);
  process.stdout.write(`failure → next vendor's request: p50 ${gaps[5]} ms, worst ${gaps.at(-1)} ms of ${failures}\n`);
  expect(gaps.every((gap) => gap >= 0)).toBe(true);
});

it('takes a vendor out on an operator’s word, and puts it back', async () => {
  const out = (out_ms: number) => mesh.http.ask('/v1/vendors/mistral', { method: 'PUT', body: { out_ms } });
  const mistral = chat('mistral/mistral-small-2603', 'hi');
  expect((await out(60_000)).status).toBe(200);
  const refused = await eventually(async () => {
    const answer = await mesh.http.post(CHAT, mistral);
    expect(answer.status).toBe(503);
    return answer;
  });
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(50);
  expect((await out(0)).status).toBe(200);
  await eventually(async () => expect((await mesh.http.post(CHAT, mistral)).status).toBe(200));
  expect((await mesh.http.ask('/v1/vendors/nobody', { method: 'PUT', body: { out_ms: 1 } })).status).toBe(404);
});

it('rests a model that fails again and again, says so, and spares callers the wait', async () => {
  const model = 'openai/gpt-4.1';
  const ask = (knobs: string, rest = {}) => chat(model, `${knobs} hi`, { metadata: { fallbacks }, ...rest });
  const down = misbehave({ status: 500 }, { vendor: 'openai' });
  for (let count = 0; count < 12; count += 1) await askPlain(mesh.http, ask(down));
  const rested = await eventually(async () => {
    const answer = await askPlain(mesh.http, ask(''));
    expect(answer.headers['x-skein-vendor']).toBe('groq');
    return answer;
  });
  expect(rested.headers).toMatchObject({ 'x-skein-attempts': '1' });
  expect(rested.headers['x-skein-notice']).toContain('openai/gpt-4.1 rests after failures');
  const alone = await mesh.http.post(CHAT, chat(model, 'hi'));
  expect(alone.status).toBe(200);
});
