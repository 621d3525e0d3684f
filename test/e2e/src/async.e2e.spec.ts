// What any call can be had as beside its answer: a job, an answer given once, a stream of events that any gateway goes on with.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  HttpClient,
  NodeProcess,
  chat,
  checkoutRoot,
  eventually,
  freePort,
  misbehave,
  plainEnvironment,
  startMesh,
  type ChatAnswer,
  type JobAnswer,
  type Mesh,
  type SseEvent,
} from '@skein/testkit';
import { stopMesh } from './ask.js';
import { CHAT_SUBJECT, NatsCustomer } from './nats-customer.js';

jest.setTimeout(120_000);

let mesh: Mesh;
let customer: NatsCustomer;
beforeAll(async () => {
  mesh = await startMesh();
  customer = await NatsCustomer.connect(mesh.natsUrl, mesh.key);
});
afterAll(async () => {
  await customer?.close();
  await stopMesh(mesh);
});

const CHAT = '/v1/chat/completions';

function jobThatEnds(id: string): Promise<JobAnswer> {
  return eventually(
    async () => {
      const { json } = await mesh.http.get<JobAnswer>(`/v1/jobs/${id}`);
      if (!['succeeded', 'failed', 'expired', 'cancelled'].includes(json.status)) throw new Error(json.status);
      return json;
    },
    { withinMs: 40_000, everyMs: 50 },
  );
}

describe('Prefer: respond-async', () => {
  const prefer = { prefer: 'respond-async' };

  it('makes a chat a job, whose result is the chat’s own answer', async () => {
    const asked = await mesh.http.post<JobAnswer>(CHAT, chat('openai/gpt-4o-mini', 'What is 5 * 5?'), prefer);
    expect(asked).toMatchObject({
      status: 202,
      headers: { 'preference-applied': 'respond-async', location: `/v1/jobs/${asked.json.id}` },
      json: { object: 'job', endpoint: CHAT },
    });
    expect(JSON.stringify((await jobThatEnds(asked.json.id)).result)).toContain('25');
  });

  it('answers a message in Anthropic’s dialect, whoever answers', async () => {
    const message = {
      model: 'openai/gpt-4o-mini',
      max_tokens: 50,
      messages: [{ role: 'user', content: 'What is 6 * 6?' }],
    };
    const { json } = await mesh.http.post<JobAnswer>('/v1/messages', message, prefer);
    expect((await jobThatEnds(json.id)).result).toMatchObject({
      status_code: 200,
      body: { type: 'message', role: 'assistant', content: [{ type: 'text', text: expect.stringContaining('36') }] },
    });
  });

  it('embeds', async () => {
    const asked = { model: 'openai/text-embedding-3-small', input: ['one', 'two'] };
    const { status, json } = await mesh.http.post<JobAnswer>('/v1/embeddings', asked, prefer);
    expect(status).toBe(202);
    expect((await jobThatEnds(json.id)).result).toMatchObject({
      status_code: 200,
      body: { object: 'list', data: [{ embedding: expect.anything() }, { embedding: expect.anything() }] },
    });
  });

  it('works over NATS', async () => {
    const { json } = await customer.ask<JobAnswer>(CHAT_SUBJECT, chat('openai/gpt-4o-mini', 'What is 7 * 7?'), prefer);
    expect(JSON.stringify((await jobThatEnds(json.id)).result)).toContain('49');
    const list = await customer.ask<{ data: JobAnswer[] }>('skein.api.jobs.list', { status: 'succeeded', limit: 5 });
    expect(list.json.data.map(({ id }) => id)).toContain(json.id);
  });

  it('refuses at once what would be refused', async () => {
    expect(await mesh.http.post(CHAT, { model: 'auto' }, prefer)).toMatchObject({
      status: 400,
      json: { error: { param: 'body.messages' } },
    });
  });
});

describe('an Idempotency-Key on a synchronous call', () => {
  const served = async () => (await mesh.sandbox.served()).length;

  it('gives the answer that was given, and no vendor is asked again', async () => {
    const question = chat('openai/gpt-4o-mini', 'Name a colour.');
    const first = await mesh.http.post<ChatAnswer>(CHAT, question, { 'idempotency-key': 'sync-1' });
    const before = await served();
    const again = await eventually(async () => {
      const answer = await mesh.http.post<ChatAnswer>(CHAT, question, { 'idempotency-key': 'sync-1' });
      if (answer.status !== 200) throw new Error(answer.text);
      return answer;
    });
    expect(again.text).toBe(first.text);
    expect(again.headers).toMatchObject({
      'idempotent-replayed': 'true',
      'x-request-id': first.headers['x-request-id'],
      'x-skein-cost-usd': first.headers['x-skein-cost-usd'],
    });
    expect(await served()).toBe(before);
  });

  it('is a conflict while the first is being answered, and another request’s is refused', async () => {
    const slow = chat('openai/gpt-4o-mini', `${misbehave({ latency: 1_500 })} Name a river.`);
    const first = mesh.http.post(CHAT, slow, { 'idempotency-key': 'sync-2' });
    await eventually(async () => expect((await mesh.sandbox.stats()).in_flight).toBe(1));
    expect(await mesh.http.post(CHAT, slow, { 'idempotency-key': 'sync-2' })).toMatchObject({
      status: 409,
      headers: { 'retry-after': '1' },
      json: { error: { code: 'conflict' } },
    });
    expect(
      await mesh.http.post(CHAT, chat('openai/gpt-4o-mini', 'Another.'), { 'idempotency-key': 'sync-2' }),
    ).toMatchObject({ status: 422, json: { error: { code: 'idempotency_mismatch' } } });
    expect((await first).status).toBe(200);
  });

  it('replays a stream, byte for byte', async () => {
    const question = chat('openai/gpt-4o-mini', 'Name a tree.', { stream: true });
    const headers = { 'idempotency-key': 'sync-3' };
    const first = await mesh.http.post(CHAT, question, headers);
    const again = await eventually(async () => {
      const answer = await mesh.http.post(CHAT, question, headers);
      if (answer.headers['idempotent-replayed'] === undefined) throw new Error('not replayed yet');
      return answer;
    });
    expect(again.text).toBe(first.text);
    expect(again.text).toContain('data: [DONE]');
    expect(again.headers['content-type']).toBe(first.headers['content-type']);
  });

  it('is free again after a failure', async () => {
    const headers = { 'idempotency-key': 'sync-4' };
    const failing = chat('anthropic/claude-haiku-4-5', `${misbehave({ status: 500 })} hi`);
    for (let count = 0; count < 2; count += 1) {
      // The key is free a moment after the failure has gone out.
      const answer = await eventually(async () => {
        const tried = await mesh.http.post(CHAT, failing, headers);
        if (tried.status === 409) throw new Error(tried.text);
        return tried;
      });
      expect({ isFailure: answer.status >= 429, replayed: answer.headers['idempotent-replayed'] }).toEqual({
        isFailure: true,
        replayed: undefined,
      });
    }
  });

  it('works over NATS', async () => {
    const question = chat('openai/gpt-4o-mini', 'Name a bird.');
    const first = await customer.ask(CHAT_SUBJECT, question, { 'idempotency-key': 'sync-5' });
    const again = await eventually(async () => {
      const answer = await customer.ask(CHAT_SUBJECT, question, { 'idempotency-key': 'sync-5' });
      if (answer.headers['idempotent-replayed'] === undefined) throw new Error('not replayed yet');
      return answer;
    });
    expect(again.text).toBe(first.text);
    expect(again.headers['x-request-id']).toBe(first.headers['x-request-id']);
  });
});

describe('a call with no vendor left', () => {
  it('becomes a job when its caller wants that, which waits for its vendor to be well again', async () => {
    const question = chat('google/gemini-2.5-flash', `${misbehave({ status: 500 })} hi`);
    const { status, json } = await mesh.http.post<JobAnswer>(CHAT, question, { 'x-skein-on-exhausted': 'job' });
    expect(status).toBe(202);
    expect(json).toMatchObject({ object: 'job', endpoint: CHAT });
    expect(['queued', 'scheduled', 'running']).toContain(
      (await mesh.http.get<JobAnswer>(`/v1/jobs/${json.id}`)).json.status,
    );
    expect((await mesh.http.post<JobAnswer>(`/v1/jobs/${json.id}/cancel`, {})).json.status).toBe('cancelled');
  });
});

describe('the events of a job', () => {
  const typesOf = (events: readonly (SseEvent | null)[]) => events.map((event) => event?.event);

  it('go on at another gateway, from the last that was seen', async () => {
    const port = await freePort();
    const second = new NodeProcess(join(checkoutRoot, 'services/gateway/dist/src/main.js'), {
      cwd: checkoutRoot,
      environment: {
        ...plainEnvironment(),
        NATS_URL: mesh.natsMeshUrl,
        // Limits are nobody's concern here.
        REDIS_URL: 'redis://127.0.0.1:1',
        GATEWAY_PORT: String(port),
        LOG_LEVEL: 'error',
      },
    });
    const other = new HttpClient(`http://127.0.0.1:${port}`, mesh.key);
    try {
      const question = chat('openai/gpt-4o-mini', `${misbehave({ latency: 1_000 })} Name a city.`, { stream: true });
      const { json } = await mesh.http.post<JobAnswer>('/v1/jobs', { endpoint: CHAT, body: question, delay: '1s' });
      const here = await mesh.http.follow(`/v1/jobs/${json.id}/events`);
      const first = await here.next();
      here.leave();
      expect(first?.event).toBe('job.scheduled');

      await eventually(async () => expect((await other.get('/readyz')).status).toBe(200), { withinMs: 30_000 });
      const there = await other.follow(`/v1/jobs/${json.id}/events`, { 'last-event-id': first?.id ?? '' });
      const rest = await there.rest();
      const types = typesOf(rest);
      expect(types.slice(0, 2)).toEqual(['job.queued', 'job.running']);
      expect(types.at(-1)).toBe('job.succeeded');
      const chunks = rest.filter(({ event }) => event === 'chunk');
      expect(chunks.length).toBeGreaterThan(0);
      const ids = rest.map(({ id }) => Number(id));
      expect([...ids].sort((a, b) => a - b)).toEqual(ids);
    } finally {
      await other.close();
      await second.stop();
    }
  });
});

describe('the queue', () => {
  it('says how it stands', async () => {
    expect((await mesh.http.get('/v1/queue')).json).toMatchObject({
      object: 'queue',
      queued: expect.any(Number),
      slots: 16,
      drain_per_second: expect.any(Number),
    });
  });

  it('takes a dead letter again', async () => {
    const { json } = await mesh.http.post<JobAnswer>('/v1/jobs', {
      endpoint: CHAT,
      body: chat('openai/gpt-4o-mini', 'hi', { frobnicate: true }),
    });
    expect((await jobThatEnds(json.id)).status).toBe('failed');
    const dead = await mesh.http.get<{ data: JobAnswer[] }>('/v1/jobs?status=failed&reason=vendor_refused');
    expect(dead.json.data.map(({ id }) => id)).toContain(json.id);
    const again = await mesh.http.post<JobAnswer>(`/v1/jobs/${json.id}/redrive`, {});
    expect(again.status).toBe(202);
    expect((await jobThatEnds(json.id)).attempts).toHaveLength(2);
  });
});
