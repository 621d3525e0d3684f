// The NATS door as foreign clients see it: two libraries we did not write, speaking subjects, headers and JSON.
import { connect as connectLegacy, headers as legacyHeaders, StringCodec } from 'nats';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  chat,
  eventually,
  misbehave,
  startMesh,
  type ChatAnswer,
  type ChatChunk,
  type ExplainAnswer,
  type JobAnswer,
  type Mesh,
} from '@skein/testkit';
import { askPlain, finishedRecord, stopMesh, textOf } from './ask.js';
import { promiseOperationsOverNats } from './nats-operations.js';
import { CHAT_SUBJECT, NatsCustomer, connectTo, type NatsAnswer } from './nats-customer.js';

jest.setTimeout(120_000);

let mesh: Mesh;
let customer: NatsCustomer;
beforeAll(async () => {
  mesh = await startMesh({ busLocal: 'verify' });
  customer = await NatsCustomer.connect(mesh.natsUrl, mesh.key);
});
afterAll(async () => {
  await customer?.close();
  await stopMesh(mesh);
});

const kindOf = ({ headers }: NatsAnswer) => headers['skein-kind'];
const chunksOf = (answers: readonly NatsAnswer[]) =>
  answers.filter((answer) => kindOf(answer) === 'chunk').map(({ json }) => json as ChatChunk);

describe('a customer with @nats-io/transport-node', () => {
  it('gets a plain answer, with the headers HTTP would have', async () => {
    const question = chat('openai/gpt-4o-mini', 'Why do cats purr?');
    const { headers, json } = await customer.ask<ChatAnswer>(CHAT_SUBJECT, question);
    const overHttp = await askPlain(mesh.http, question);
    expect(json.choices).toEqual(overHttp.json.choices);
    for (const name of ['x-skein-vendor', 'x-skein-model', 'x-skein-attempts', 'x-skein-cache', 'x-skein-cost-usd']) {
      expect({ name, value: headers[name] }).toEqual({ name, value: overHttp.headers[name] });
    }
    expect((await finishedRecord(mesh.http, headers['x-request-id'])).status).toBe('succeeded');
  });

  it('gets a stream as one message a chunk, and end as the last', async () => {
    const question = chat('openai/gpt-4o-mini', 'Why do dogs bark?');
    const answers = await customer.askStream({ ...question, stream: true });
    expect(kindOf(answers[0] as NatsAnswer)).toBe('notice');
    expect(answers[0]?.headers).toMatchObject({
      'x-skein-vendor': 'openai',
      'x-skein-model': 'gpt-4o-mini',
      'x-request-id': expect.any(String),
    });
    expect(answers.slice(1, -1).map(kindOf)).toEqual(answers.slice(1, -1).map(() => 'chunk'));
    expect(kindOf(answers.at(-1) as NatsAnswer)).toBe('end');
    const plain = await askPlain(mesh.http, question);
    expect(textOf(chunksOf(answers))).toBe(plain.json.choices[0]?.message.content);
  });

  it('is told of a stream that broke, before its end', async () => {
    const question = chat('openai/gpt-4o-mini', `${misbehave({ cut_after: 3 })} Tell me a long story.`, {
      stream: true,
    });
    const answers = await customer.askStream(question);
    expect(chunksOf(answers).length).toBeGreaterThanOrEqual(3);
    expect(answers.slice(-2).map(kindOf)).toEqual(['error', 'end']);
    expect(answers.at(-2)).toMatchObject({
      headers: { 'Nats-Service-Error-Code': '502', 'Nats-Service-Error': expect.stringMatching(/\S/) },
      json: { error: { code: 'vendor_stream_cut' } },
    });
  });

  it('gets end also where a stream was refused at once', async () => {
    const answers = await customer.askStream({ ...chat('nobody/x', 'hi'), stream: true });
    expect(answers.map(kindOf)).toEqual(['error', 'end']);
    expect(answers[0]?.headers['Nats-Service-Error-Code']).toBe('404');
  });

  it('has requests explained', async () => {
    const { json } = await customer.ask<ExplainAnswer[]>('skein.api.explain', [
      chat('auto', 'Write a poem.'),
      chat('nobody/x', 'hi'),
    ]);
    expect(json[0]?.plan?.candidates.length).toBeGreaterThanOrEqual(2);
    expect(json[1]?.error?.code).toBe('not_found');
  });

  it('submits a job, once for one idempotency key, and gets its result', async () => {
    const submission = { endpoint: '/v1/chat/completions', body: chat('openai/gpt-4o-mini', 'What is 2 + 3?') };
    const key = { 'Idempotency-Key': 'nats-1' };
    const { json: job } = await customer.ask<JobAnswer>('skein.api.jobs.submit', submission, key);
    expect(job).toMatchObject({ id: expect.any(String), object: 'job' });
    expect((await customer.ask<JobAnswer>('skein.api.jobs.submit', submission, key)).json.id).toBe(job.id);
    const done = await eventually(async () => {
      const { json } = await customer.ask<JobAnswer>('skein.api.jobs.get', { id: job.id });
      if (json.status !== 'succeeded') throw new Error(`the job is ${json.status}`);
      return json;
    });
    expect(done.result).toMatchObject({
      status_code: 200,
      body: { choices: [{ message: { content: expect.stringContaining('5') } }] },
    });
  });

  it('is told which job there is not', async () => {
    const { headers, json } = await customer.ask('skein.api.jobs.get', { id: 'job_none' });
    expect(headers['Nats-Service-Error-Code']).toBe('404');
    expect(json).toMatchObject({ error: { code: 'not_found' } });
  });

  it('hears the events of its jobs', async () => {
    const events = customer.connection.subscribe('skein.evt.local.job.>');
    const { json: job } = await customer.ask<JobAnswer>('skein.api.jobs.submit', {
      endpoint: '/v1/chat/completions',
      body: chat('openai/gpt-4o-mini', 'hi'),
    });
    const seen: string[] = [];
    for await (const message of events) {
      if (!message.string().includes(job.id)) continue;
      seen.push(message.subject);
      if (message.subject.endsWith('.succeeded')) break;
    }
    expect(seen.at(-1)).toBe('skein.evt.local.job.succeeded');
  });
});

describe('a customer of every subject', () =>
  promiseOperationsOverNats(
    () => mesh,
    () => customer,
  ));

describe('a customer with the nats package', () => {
  it('gets a plain answer and a stream', async () => {
    const text = StringCodec();
    const { host } = new URL(mesh.natsUrl);
    const connection = await connectLegacy({ servers: host });
    const headers = legacyHeaders();
    headers.set('Authorization', `Bearer ${mesh.key}`);
    const question = chat('groq/llama-3.1-8b-instant', 'Why is grass green?');
    const answer = await connection.request(CHAT_SUBJECT, text.encode(JSON.stringify(question)), {
      headers,
      timeout: 20_000,
    });
    const plain = JSON.parse(text.decode(answer.data)) as ChatAnswer;

    const replies = connection.subscribe('_INBOX.legacy.1');
    connection.publish(CHAT_SUBJECT, text.encode(JSON.stringify({ ...question, stream: true })), {
      reply: '_INBOX.legacy.1',
      headers,
    });
    let streamed = '';
    for await (const message of replies) {
      const kind = message.headers?.get('skein-kind');
      if (kind === 'chunk') streamed += textOf([JSON.parse(text.decode(message.data)) as ChatChunk]);
      if (kind === 'end') break;
    }
    expect(streamed).toBe(plain.choices[0]?.message.content);
    await connection.close();
  });
});

describe('the two accounts', () => {
  it('let the mesh find every room by $SRV.PING', async () => {
    const operator = await connectTo(mesh.natsMeshUrl);
    const rooms = [
      'billing',
      'cache',
      'classifier',
      'gateway',
      'health',
      'jobs',
      'orchestrator',
      'provider-openai',
      'records',
      'router',
    ];
    const found = new Set<string>();
    operator.subscribe('_INBOX.ping.1', {
      callback: (_error, message) => void found.add(message.json<{ name: string }>().name),
    });
    operator.publish('$SRV.PING', '', { reply: '_INBOX.ping.1' });
    await eventually(() => expect([...found]).toEqual(expect.arrayContaining(rooms)));
    await operator.close();
  });

  it.each(['skein.rpc.router.decide.v1', 'skein.fact.attempt.finished.v1', '$SRV.PING', '$JS.API.INFO'])(
    'keep a customer from publishing to %s',
    async (subject) => {
      await expect(customer.connection.request(subject, '{}', { timeout: 5_000 })).rejects.toThrow(
        /permissions violation/i,
      );
    },
  );

  it('keep a reply that is no inbox out of the mesh', async () => {
    const operator = await connectTo(mesh.natsMeshUrl);
    const strays: string[] = [];
    operator.subscribe('skein.rpc.router.decide.v1', {
      queue: 'stray',
      callback: (_error, message) => void strays.push(message.string()),
    });
    await operator.flush();
    const question = chat('openai/gpt-4o-mini', 'stray');
    const { headers: sent } = await customer.ask(CHAT_SUBJECT, question);
    expect(sent['x-skein-vendor']).toBe('openai');
    customer.connection.publish(CHAT_SUBJECT, JSON.stringify(question), { reply: 'skein.rpc.router.decide.v1' });
    // Two whole conversations behind it: by then whatever the stray one led to has been delivered.
    await customer.ask(CHAT_SUBJECT, question);
    await customer.ask(CHAT_SUBJECT, question);
    await operator.flush();
    expect(strays.filter((text) => text.includes('chat.completion') || text.includes('error'))).toEqual([]);
    await operator.close();
  });
});
