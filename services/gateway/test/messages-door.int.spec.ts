import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { SkeinError } from '@skein/contracts/errors';
import { apiSubjects } from '@skein/contracts/gateway';
import { HttpClient } from '@skein/testkit';
import { KEY, head, openDoor, used, type OpenDoor, type Played } from './scripted-mesh.js';

const question = { model: 'auto', max_tokens: 64, messages: [{ role: 'user', content: 'Why do cats purr?' }] };
const notice: Played = ['notice', { notice: 'head', head }];
const chunk = (delta: object, finish_reason: string | null = null): Played => [
  'chunk',
  { id: 'chatcmpl-1', model: 'gpt-4o', choices: [{ index: 0, delta, finish_reason }] },
];
const whole: readonly Played[] = [
  notice,
  ['usage', used],
  [
    'whole',
    {
      id: 'chatcmpl-1',
      model: 'gpt-4o',
      choices: [{ index: 0, message: { role: 'assistant', content: 'To heal.' }, finish_reason: 'stop' }],
    },
  ],
];
const streamed: readonly Played[] = [
  notice,
  chunk({ role: 'assistant', content: '' }),
  chunk({ content: 'To ' }),
  chunk({ content: 'heal.' }),
  chunk({}, 'stop'),
  ['usage', used],
  ['end'],
];
const toldUsage = {
  input_tokens: 9,
  cache_read_input_tokens: 3,
  cache_creation_input_tokens: 2,
  output_tokens: 7,
};

let door: OpenDoor;
let http: HttpClient;
const asClient = { 'x-api-key': KEY, 'anthropic-version': '2023-06-01' };

beforeAll(async () => {
  door = await openDoor();
  http = new HttpClient(door.url);
});
afterAll(async () => {
  await http.close();
  await door.close();
});

const anthropicError = (type: string, message: unknown = expect.any(String)) => ({
  type: 'error',
  error: { type, message },
  request_id: expect.stringMatching(/^req_/),
});

describe('POST /v1/messages', () => {
  it('answers in Anthropic’s shape, and says who answered and what it cost', async () => {
    door.bus.play = { frames: whole };
    const { status, headers, json } = await http.post('/v1/messages', question, asClient);
    expect(status).toBe(200);
    expect(json).toMatchObject({
      id: 'chatcmpl-1',
      type: 'message',
      role: 'assistant',
      model: 'gpt-4o',
      content: [{ type: 'text', text: 'To heal.' }],
      stop_reason: 'end_turn',
      stop_sequence: null,
      usage: toldUsage,
    });
    expect(headers).toMatchObject({
      'x-skein-vendor': 'openai',
      'x-skein-model': 'gpt-4o',
      'x-skein-cost-usd': '0.0000015',
    });
    expect(headers['request-id']).toBe(headers['x-request-id']);
    expect(headers['request-id']).toBe(door.bus.orders.at(-1)?.order.request_id);
  });

  it('orders the canonical request, with our own metadata from headers and the betas beside it', async () => {
    door.bus.play = { frames: whole };
    const body = { ...question, top_k: 3, metadata: { user_id: 'u1' } };
    const headers = { ...asClient, 'x-skein-task': 'coding', 'anthropic-beta': 'a-1, b-2' };
    await http.post('/v1/messages', body, headers);
    expect(door.bus.orders.at(-1)).toMatchObject({
      order: {
        model: 'auto',
        stream: false,
        max_output_tokens: 64,
        metadata: { task: 'coding' },
        caller: { user: 'u1' },
      },
      body: { ...question, top_k: 3, user: 'u1', betas: ['a-1', 'b-2'] },
    });
  });

  it('streams Anthropic’s events in their order, named, and nothing after message_stop', async () => {
    door.bus.play = { frames: streamed };
    const stream = await http.stream('/v1/messages', { ...question, stream: true }, asClient);
    expect(stream.headers).toMatchObject({
      'content-type': expect.stringContaining('text/event-stream'),
      'request-id': stream.headers['x-request-id'],
      'x-skein-vendor': 'openai',
    });
    const events = await stream.rest();
    const told = events.map(({ data }) => JSON.parse(data) as { type: string; delta?: object; usage?: object });
    expect(events.map(({ event }) => event)).toEqual(told.map(({ type }) => type));
    expect(told.map(({ type }) => type)).toEqual([
      'message_start',
      'ping',
      'content_block_start',
      'content_block_delta',
      'content_block_delta',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ]);
    expect(told.at(-2)).toMatchObject({ delta: { stop_reason: 'end_turn' }, usage: toldUsage });
    expect(door.bus.orders.at(-1)?.body).toMatchObject({ stream: true, stream_options: { include_usage: true } });
  });

  it('breaks off with an error event and no message_stop', async () => {
    door.bus.play = {
      frames: streamed.slice(0, 3),
      error: new SkeinError('vendor_stream_cut', 'openai ended its stream without a finish.', { source: 'vendor' }),
    };
    const events = await (await http.stream('/v1/messages', { ...question, stream: true }, asClient)).rest();
    expect(events.map(({ event }) => event)).toEqual([
      'message_start',
      'ping',
      'content_block_start',
      'content_block_delta',
      'error',
    ]);
    expect(JSON.parse(events.at(-1)?.data ?? '')).toEqual(anthropicError('api_error'));
  });

  it('breaks off where a chunk cannot be told as events', async () => {
    door.bus.play = { frames: [...streamed.slice(0, 3), ['chunk', []], ...streamed.slice(3)] };
    const events = await (await http.stream('/v1/messages', { ...question, stream: true }, asClient)).rest();
    expect(events.at(-1)?.event).toBe('error');
    expect(events.map(({ event }) => event)).not.toContain('message_stop');
  });

  it('fails with a status where nothing was shown yet', async () => {
    const error = new SkeinError('vendor_overloaded', 'anthropic is overloaded.', { retryAfterMs: 1_500 });
    door.bus.play = { frames: [], error };
    for (const stream of [false, true]) {
      const { status, headers, json } = await http.post('/v1/messages', { ...question, stream }, asClient);
      expect(status).toBe(503);
      expect(json).toEqual(anthropicError('overloaded_error', 'anthropic is overloaded.'));
      expect(headers).toMatchObject({ 'retry-after': '2', 'request-id': (json as { request_id: string }).request_id });
    }
  });

  it.each([
    ['x-api-key', { 'x-api-key': KEY }],
    ['a bearer token', { authorization: `Bearer ${KEY}` }],
  ])('takes the key as %s', async (_, headers) => {
    door.bus.play = { frames: whole };
    expect((await http.post('/v1/messages', question, headers)).status).toBe(200);
  });

  it('asks for the key before it looks at the body', async () => {
    const { status, headers, json } = await http.post('/v1/messages', '{', { 'x-api-key': 'wrong' });
    expect(status).toBe(401);
    expect(json).toEqual(anthropicError('authentication_error'));
    expect(headers['request-id']).toMatch(/^req_/);
  });

  it.each([
    ['no max_tokens', { max_tokens: undefined }, 'max_tokens'],
    ['no messages', { messages: [] }, 'messages'],
    [
      'an image without a source',
      { messages: [{ role: 'user', content: [{ type: 'image' }] }] },
      'messages.0.content.0.source',
    ],
    ['a tool without a schema', { tools: [{ name: 'f' }] }, 'tools.0.input_schema'],
    ['a choice of no tool', { tool_choice: { type: 'tool' } }, 'tool_choice.name'],
  ])('refuses %s by name', async (_, change, param) => {
    const { status, json } = await http.post('/v1/messages', { ...question, ...change }, asClient);
    expect(status).toBe(400);
    expect(json).toEqual(anthropicError('invalid_request_error', expect.stringMatching(new RegExp(`^${param}: `))));
  });

  it('speaks Anthropic also where the door itself refuses', async () => {
    const large = await http.post('/v1/messages', { ...question, padding: 'x'.repeat(70_000) }, asClient);
    expect([large.status, large.json]).toEqual([413, anthropicError('request_too_large')]);
    const unknown = await http.post('/v1/messages/nothing', {}, asClient);
    expect([unknown.status, unknown.json]).toEqual([404, anthropicError('not_found_error')]);
  });
});

describe('POST /v1/messages/count_tokens', () => {
  const counted = { model: 'claude-sonnet-4-5', messages: question.messages };

  beforeEach(() => {
    door.bus.tokens = () => 100;
  });

  it('counts by the vendor that would answer', async () => {
    door.bus.explain = () => ({ plan: { candidates: [{ vendor: 'anthropic' }] }, error: null });
    const { status, json, headers } = await http.post('/v1/messages/count_tokens', counted, asClient);
    expect([status, json]).toEqual([200, { input_tokens: 125 }]);
    expect(headers['request-id']).toMatch(/^req_/);
  });

  it('counts nothing for nobody: without a classifier it is unavailable, not 0', async () => {
    door.bus.explain = () => ({ plan: { candidates: [] }, error: null });
    door.bus.tokens = () => {
      throw new SkeinError('no_responders', 'nobody is there');
    };
    const { status, json } = await http.post('/v1/messages/count_tokens', counted, asClient);
    expect([status, json]).toEqual([503, anthropicError('overloaded_error')]);
  });

  it('tells of a model that is not there', async () => {
    const error = new SkeinError('not_found', 'There is no vendor "nobody"').toWire();
    door.bus.explain = () => ({ plan: null, error });
    const { status, json } = await http.post('/v1/messages/count_tokens', counted, asClient);
    expect([status, json]).toEqual([404, anthropicError('not_found_error', 'There is no vendor "nobody"')]);
  });
});

describe('GET /v1/models', () => {
  it('is in the dialect of the caller', async () => {
    const openai = await http.get<{ object: string }>('/v1/models', { authorization: `Bearer ${KEY}` });
    expect(openai.json.object).toBe('list');
    const { json } = await http.get<{ data: { id: string }[]; last_id: string; has_more: boolean }>(
      '/v1/models?limit=2',
      asClient,
    );
    expect(json).toMatchObject({
      data: [{ type: 'model', id: 'auto' }, { type: 'model' }],
      first_id: 'auto',
      has_more: true,
    });
    const next = await http.get<typeof json>(`/v1/models?limit=1000&after_id=${json.last_id}`, asClient);
    expect(next.json.has_more).toBe(false);
    expect(next.json.data.map(({ id }) => id)).not.toContain(json.last_id);
    const one = await http.get(`/v1/models/${json.last_id}`, asClient);
    expect(one.json).toMatchObject({ type: 'model', id: json.last_id, created_at: '1970-01-01T00:00:00Z' });
  });

  it('refuses in the dialect of the caller', async () => {
    const { status, json } = await http.get('/v1/models/nobody/x', asClient);
    expect([status, json]).toEqual([404, anthropicError('not_found_error')]);
  });
});

describe('skein.api.messages', () => {
  const key = { authorization: `Bearer ${KEY}` };

  it('replies with the message', async () => {
    door.bus.play = { frames: whole };
    const [answer, ...more] = await door.bus.askApi(apiSubjects.messages, key, question);
    expect(more).toEqual([]);
    expect(answer).toMatchObject({
      headers: { 'x-skein-vendor': 'openai', 'x-skein-cost-usd': '0.0000015' },
      json: { type: 'message', content: [{ text: 'To heal.' }], stop_reason: 'end_turn' },
    });
  });

  it('streams one message an event, and end as the last', async () => {
    door.bus.play = { frames: streamed };
    const answers = await door.bus.askApi(apiSubjects.messages, key, { ...question, stream: true });
    const kinds = answers.map(({ headers }) => headers['skein-kind']);
    expect(kinds).toEqual(['notice', ...Array<string>(8).fill('chunk'), 'end']);
    expect(answers.at(-2)?.json).toEqual({ type: 'message_stop' });
  });

  it('refuses in Anthropic’s shape, with an end where a stream was expected', async () => {
    const answers = await door.bus.askApi(apiSubjects.messages, {}, { ...question, stream: true });
    expect(answers.map(({ headers }) => headers['skein-kind'])).toEqual(['error', 'end']);
    expect(answers[0]).toMatchObject({
      headers: { 'Nats-Service-Error-Code': '401' },
      json: anthropicError('authentication_error'),
    });
  });
});
