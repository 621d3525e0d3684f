// One Anthropic client, every dialect behind it: the same exchange with an Anthropic, an OpenAI-shaped and a Gemini vendor,
// as the sandbox plays them.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { startMesh, type Mesh } from '@skein/testkit';
import { list, loose, tellEvents, tellMessage, type Loose } from './recordings.js';

jest.setTimeout(120_000);

const models = ['anthropic/claude-sonnet-4-5', 'openai/gpt-4o', 'google/gemini-2.5-flash', 'auto'] as const;
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const weather = {
  name: 'get_weather',
  description: 'Get the weather',
  input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};
const say = (content: unknown) => ({ role: 'user', content });

let mesh: Mesh;
beforeAll(async () => {
  mesh = await startMesh({ environment: { SANDBOX: 'on' } });
});
afterAll(() => mesh?.stop());

async function answerOf(body: object): Promise<{ message: Loose; headers: Readonly<Record<string, string>> }> {
  const { status, json, headers, text } = await mesh.http.post('/v1/messages', { max_tokens: 256, ...body });
  if (status !== 200) throw new Error(`${status}: ${text}`);
  return { message: loose(json), headers };
}

async function streamOf(body: object) {
  const stream = await mesh.http.stream('/v1/messages', { max_tokens: 256, ...body, stream: true });
  const events = await stream.rest();
  expect(events.map(({ event }) => event)).toEqual(events.map(({ data }) => loose(JSON.parse(data)).type));
  return tellEvents(events.map(({ data }) => JSON.parse(data) as unknown));
}

const idless = (content: readonly Loose[]) => content.map(({ id, ...block }) => block);

describe.each(models)('an Anthropic client with %s', (model) => {
  it('gets the same text plain and streamed, with its usage', async () => {
    const body = { model, system: 'Be brief.', messages: [say('Why do cats purr?')] };
    const { message, headers } = await answerOf(body);
    expect(message).toMatchObject({ type: 'message', content: [{ type: 'text' }], stop_reason: 'end_turn' });
    if (model !== 'auto') expect(`${headers['x-skein-vendor']}/`).toBe(model.slice(0, model.indexOf('/') + 1));
    expect(headers['x-skein-cost-usd']).toMatch(/^\d/);
    const told = tellMessage(message);
    expect(told.usage.input_tokens).toBeGreaterThan(0);
    expect(told.usage.output_tokens).toBeGreaterThan(0);
    // Which vendor `auto` chooses may change between two calls, and with it the words.
    if (model === 'auto') expect(await streamOf(body)).toMatchObject({ stop_reason: 'end_turn' });
    else expect(await streamOf(body)).toEqual(told);
  });

  it('is called back by tools, in parallel, and answers with their results', async () => {
    const ask = say('What is the weather in Boston and in New Delhi?');
    const body = { model, tools: [weather], messages: [ask] };
    const { message } = await answerOf(body);
    expect(message.stop_reason).toBe('tool_use');
    const content = list(message.content);
    const calls = content.filter(({ type }) => type === 'tool_use');
    expect(calls.map(({ input }) => input)).toEqual([{ city: 'Boston' }, { city: 'New Delhi' }]);
    if (model !== 'auto') {
      const streamed = await streamOf(body);
      expect(idless(streamed.content)).toEqual(idless(tellMessage(message).content));
      expect(streamed.stop_reason).toBe('tool_use');
    }
    const results = calls.map(({ id }) => ({ type: 'tool_result', tool_use_id: id, content: '21 degrees' }));
    const next = await answerOf({ ...body, messages: [ask, { role: 'assistant', content }, say(results)] });
    expect(next.message).toMatchObject({ stop_reason: 'end_turn', content: [{ type: 'text' }] });
  });

  it('shows a picture', async () => {
    const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PIXEL } };
    const { message } = await answerOf({ model, messages: [say([image, { type: 'text', text: 'What is this?' }])] });
    expect(message).toMatchObject({ stop_reason: 'end_turn', content: [{ type: 'text' }] });
  });

  it('is told how many tokens that would be', async () => {
    const { status, json } = await mesh.http.post('/v1/messages/count_tokens', { model, messages: [say('Why?')] });
    expect(status).toBe(200);
    expect(loose(json).input_tokens).toBeGreaterThan(0);
  });
});

describe('an Anthropic client with an Anthropic vendor', () => {
  it('gets thinking with the signature it can send back', async () => {
    const body = {
      model: 'anthropic/claude-sonnet-4-5',
      max_tokens: 2_048,
      thinking: { type: 'enabled', budget_tokens: 1_024 },
      messages: [say('Why do cats purr?')],
    };
    const { message } = await answerOf(body);
    const [thought, text] = list(message.content);
    expect(thought).toMatchObject({ type: 'thinking', signature: expect.stringMatching(/^[\w+/=]{64,}$/) });
    expect(text).toMatchObject({ type: 'text' });
    expect((await streamOf(body)).content).toEqual(tellMessage(message).content);
    const again = [...body.messages, { role: 'assistant', content: message.content }, say('And dogs?')];
    expect((await answerOf({ ...body, messages: again })).message.stop_reason).toBe('end_turn');
  });
});
