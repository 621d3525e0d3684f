// What goes wrong, at both doors: the same status, the same code, the same four fields.
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { HttpClient, chat, eventually, misbehave, startMesh, type ErrorAnswer, type Mesh } from '@skein/testkit';
import { CHAT, finishedRecord, stopMesh, withoutCircuits } from './ask.js';
import { CHAT_SUBJECT, NatsCustomer } from './nats-customer.js';

jest.setTimeout(120_000);

const hash = (key: string) => `sha256:${createHash('sha256').update(key).digest('hex')}`;
const config = `
tenants:
  acme:
    keys:
      - { id: two-a-minute, key: "${hash('sk-two-a-minute')}", limits: { requests_per_minute: 2 } }
      - { id: one-at-a-time, key: "${hash('sk-one-at-a-time')}", limits: { in_flight: 1 } }
      - { id: few-tokens, key: "${hash('sk-few-tokens')}", limits: { tokens_per_minute: 100 } }
`;

let mesh: Mesh;
beforeAll(async () => {
  mesh = await startMesh({ busLocal: 'verify', config, environment: withoutCircuits });
});
afterAll(() => stopMesh(mesh));

interface Refusal {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly requestId: string | undefined;
  readonly body: ErrorAnswer;
}

type Ask = (key: string | null, body: unknown, headers?: Record<string, string>) => Promise<Refusal>;

const askOverHttp: Ask = async (key, body, headers) => {
  const http = new HttpClient(mesh.url, key);
  try {
    const answer = await http.post<ErrorAnswer>(CHAT, body, headers);
    return {
      status: answer.status,
      retryAfter: answer.headers['retry-after'],
      requestId: answer.headers['x-request-id'],
      body: answer.json,
    };
  } finally {
    await http.close();
  }
};

const askOverNats: Ask = async (key, body, headers) => {
  const customer = await NatsCustomer.connect(mesh.natsUrl, key);
  try {
    const answer = await customer.ask<ErrorAnswer>(CHAT_SUBJECT, body, headers);
    return {
      status: Number(answer.headers['Nats-Service-Error-Code'] ?? 200),
      retryAfter: answer.headers['retry-after'],
      requestId: answer.headers['x-request-id'],
      body: answer.json,
    };
  } finally {
    await customer.close();
  }
};

const hello = chat('openai/gpt-4o-mini', 'hi');

describe.each([
  ['HTTP', askOverHttp],
  ['NATS', askOverNats],
])('over %s', (_door, ask) => {
  const cases: [
    name: string,
    key: string | null,
    body: unknown,
    expected: { status: number; code: string; param: string | null },
  ][] = [
    ['no key', null, hello, { status: 401, code: 'invalid_api_key', param: null }],
    ['a key nobody has', 'sk-nobody', hello, { status: 401, code: 'invalid_api_key', param: null }],
    ['malformed JSON', 'sk-skein-dev', '{"model":', { status: 400, code: 'invalid_request', param: null }],
    ['an empty body', 'sk-skein-dev', '', { status: 400, code: 'invalid_request', param: null }],
    ['JSON that is no object', 'sk-skein-dev', '[1]', { status: 400, code: 'invalid_request', param: null }],
    ['no messages', 'sk-skein-dev', { model: 'auto' }, { status: 400, code: 'invalid_request', param: 'messages' }],
    [
      'a wrong type',
      'sk-skein-dev',
      { ...hello, temperature: 'warm' },
      { status: 400, code: 'invalid_request', param: 'temperature' },
    ],
    [
      'a wrong type deep inside',
      'sk-skein-dev',
      { model: 'auto', messages: [{ role: 'user', content: 7 }] },
      { status: 400, code: 'invalid_request', param: 'messages.0.content' },
    ],
    [
      'a metadata value outside its set',
      'sk-skein-dev',
      { ...hello, metadata: { priority: 'urgent' } },
      { status: 400, code: 'invalid_request', param: 'metadata.priority' },
    ],
    [
      'an unknown vendor',
      'sk-skein-dev',
      chat('nobody/gpt-4o', 'hi'),
      { status: 404, code: 'not_found', param: 'model' },
    ],
    ['an unknown bare name', 'sk-skein-dev', chat('gtp-4o', 'hi'), { status: 404, code: 'not_found', param: 'model' }],
    [
      'a demand nothing satisfies',
      'sk-skein-dev',
      { ...chat('auto', 'hi'), metadata: { compliance: ['HIPAA'] } },
      { status: 422, code: 'no_admissible_model', param: 'model' },
    ],
  ];

  it.each(cases)('refuses %s, with all four fields', async (_name, key, body, { status, code, param }) => {
    const answer = await ask(key, body);
    expect(answer).toMatchObject({
      status,
      body: { error: { code, param, type: 'invalid_request_error', message: expect.stringMatching(/\S/) } },
    });
  });

  it('names the rule where nothing is admissible', async () => {
    const { body } = await ask('sk-skein-dev', { ...chat('auto', 'hi'), metadata: { compliance: ['HIPAA'] } });
    expect(body.error.message).toContain('compliance');
  });

  it('takes metadata from headers by the same rules', async () => {
    const { status, body } = await ask('sk-skein-dev', hello, { 'x-skein-priority': 'urgent' });
    expect({ status, param: body.error.param }).toEqual({ status: 400, param: 'metadata.priority' });
  });

  it('says 502 with every attempt when all candidates fail, and keeps a record of them', async () => {
    const question = chat('openai/gpt-4.1', `${misbehave({ status: 500 })} hi`, {
      metadata: { fallbacks: ['groq/llama-3.1-8b-instant'] },
    });
    const { status, body, requestId } = await ask('sk-skein-dev', question);
    expect({ status, code: body.error.code, type: body.error.type }).toEqual({
      status: 502,
      code: 'all_attempts_failed',
      type: 'api_error',
    });
    const tried = body.error.detail as { vendor: string; code: string }[];
    expect(tried.slice(0, 2)).toMatchObject([{ vendor: 'openai' }, { vendor: 'groq' }]);
    // With nobody else left, trouble that may pass is tried again, so often and no more.
    expect(tried.map(({ code }) => code)).toEqual(Array(4).fill('vendor_failed'));
    const record = await finishedRecord(mesh.http, requestId);
    expect(record).toMatchObject({ status: 'failed', error: { code: 'all_attempts_failed' } });
    expect(record.attempts.map(({ outcome }) => outcome)).toEqual(Array(4).fill('failed'));
  });

  it('passes a vendor’s refusal on as it is, and asks nobody else', async () => {
    const question = chat('openai/gpt-4o-mini', 'hi', {
      frobnicate: true,
      metadata: { fallbacks: ['groq/llama-3.1-8b-instant'] },
    });
    const before = await mesh.sandbox.stats();
    const { status, body } = await ask('sk-skein-dev', question);
    expect(status).toBe(400);
    expect(body.error).toMatchObject({ source: 'vendor', vendor: 'openai', type: 'invalid_request_error' });
    expect(body.error.message).toMatch(/frobnicate/);
    expect((await mesh.sandbox.stats()).total.requests).toBe(before.total.requests + 1);
  });
});

describe('over HTTP alone', () => {
  it('refuses a body over 32 MiB with 413, and takes one just below', async () => {
    const sized = (bytes: number) => JSON.stringify(chat('nobody/large', 'x'.repeat(bytes)));
    const tooLarge = await mesh.http.post(CHAT, sized(32 * 1024 * 1024));
    expect(tooLarge).toMatchObject({
      status: 413,
      json: { error: { code: 'request_too_large', param: null, type: 'invalid_request_error' } },
    });
    // Read to its end and understood: what it asks for is what is wrong with it.
    expect(await mesh.http.post(CHAT, sized(32 * 1024 * 1024 - 1_000))).toMatchObject({ status: 404 });
  });

  it('takes the key by x-api-key as well', async () => {
    const http = new HttpClient(mesh.url);
    expect((await http.post(CHAT, hello, { 'x-api-key': mesh.key })).status).toBe(200);
    expect((await http.post(CHAT, hello, { 'x-api-key': 'sk-nobody' })).status).toBe(401);
    await http.close();
  });

  it('answers an unknown path in the same shape', async () => {
    expect(await mesh.http.get('/v1/nothing')).toMatchObject({ status: 404, json: { error: { code: 'not_found' } } });
  });
});

describe('over a limit', () => {
  it('says 429 with retry-after at either door, and counts both together', async () => {
    const key = 'sk-two-a-minute';
    expect((await askOverHttp(key, hello)).status).toBe(200);
    expect((await askOverNats(key, hello)).status).toBe(200);
    for (const ask of [askOverHttp, askOverNats]) {
      const { status, retryAfter, body } = await ask(key, hello);
      expect({ status, code: body.error.code, type: body.error.type }).toEqual({
        status: 429,
        code: 'rate_limit_exceeded',
        type: 'rate_limit_error',
      });
      expect(Number(retryAfter)).toBeGreaterThan(0);
      // A minute, in whole seconds at both its ends.
      expect(Number(retryAfter)).toBeLessThanOrEqual(61);
    }
  });

  it('lets in one at a time where that is the limit, and the next as soon as the first has left', async () => {
    const key = 'sk-one-at-a-time';
    const http = new HttpClient(mesh.url, key);
    const held = await http.stream(
      CHAT,
      chat('openai/gpt-4o-mini', `${misbehave({ hang_after: 1 })} hi`, { stream: true }),
    );
    await held.next();
    expect(await http.post(CHAT, hello)).toMatchObject({ status: 429, json: { error: { param: 'in_flight' } } });
    held.leave();
    await eventually(async () => expect((await http.post(CHAT, hello)).status).toBe(200));
    await http.close();
  });

  it('refuses for good what alone is larger than the limit', async () => {
    const { status, body } = await askOverHttp(
      'sk-few-tokens',
      chat('openai/gpt-4o-mini', 'hi', { max_tokens: 5_000 }),
    );
    expect({ status, param: body.error.param }).toEqual({ status: 429, param: 'tokens_per_minute' });
    expect(body.error.message).toMatch(/alone/);
  });
});
