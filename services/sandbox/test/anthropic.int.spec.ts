import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startSandbox, type Sandbox } from '../src/index.js';
import { ask, eventsIn, type Asking } from './sandbox-client.js';

const WEATHER = {
  tools: [
    {
      name: 'get_weather',
      description: 'Get the weather',
      input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    },
  ],
};

interface Message {
  content: { type: string; text?: string; thinking?: string; signature?: string; input?: unknown; name?: string }[];
  stop_reason: string;
  stop_sequence: string | null;
  usage: {
    input_tokens: number;
    output_tokens: number;
    cache_creation_input_tokens: number;
    cache_read_input_tokens: number;
  };
}

interface Event {
  type: string;
  index?: number;
  delta?: { type?: string; text?: string; thinking?: string; partial_json?: string; stop_reason?: string };
  usage?: Message['usage'];
}

describe('the Anthropic wire', () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await startSandbox();
  });
  afterAll(() => sandbox.stop());

  const message = async (asking: Asking): Promise<Message> =>
    (await (await ask(sandbox.url, 'anthropic', asking)).json()) as Message;
  const stream = async (asking: Asking): Promise<Event[]> =>
    eventsIn(await (await ask(sandbox.url, 'anthropic', { ...asking, stream: true })).text()) as Event[];

  it('streams the text and usage of its plain answer', async () => {
    const plain = await message({});
    const events = await stream({});
    expect(events.map((event) => event.delta?.text ?? '').join('')).toBe(plain.content[0]?.text);
    expect(events.find((event) => event.type === 'message_delta')?.usage?.output_tokens).toBe(
      plain.usage.output_tokens,
    );
  });

  it('thinks when asked, before the text, and counts it as output', async () => {
    const body = { thinking: { type: 'enabled', budget_tokens: 1024 } };
    const { content, usage } = await message({ body });
    expect(content.map((block) => block.type)).toEqual(['thinking', 'text']);
    expect(content[0]?.signature).toMatch(/^[\w+/=]{64,}$/);
    expect(usage.output_tokens).toBeGreaterThan(48);
    const events = await stream({ body });
    expect(events.map((event) => event.delta?.thinking ?? '').join('')).toBe(content[0]?.thinking);
    expect(events.filter((event) => event.type === 'ping')).toHaveLength(1);
  });

  it('uses tools, in parallel, with JSON in pieces', async () => {
    const asking = { prompt: 'Weather in Boston and New Delhi?', body: WEATHER };
    const { content, stop_reason } = await message(asking);
    expect(stop_reason).toBe('tool_use');
    expect(content.map((block) => block.input)).toEqual([{ city: 'Boston' }, { city: 'New Delhi' }]);
    const events = await stream(asking);
    const json = events
      .filter((event) => event.index === 1)
      .map((event) => event.delta?.partial_json ?? '')
      .join('');
    expect(JSON.parse(json)).toEqual({ city: 'New Delhi' });
    expect(events.filter((event) => event.type === 'content_block_stop').map((event) => event.index)).toEqual([0, 1]);
  });

  it('answers with the tool result it is handed', async () => {
    const messages = [
      { role: 'user', content: 'Weather in Boston?' },
      {
        role: 'assistant',
        content: [{ type: 'tool_use', id: 'toolu_1', name: 'get_weather', input: { city: 'Boston' } }],
      },
      {
        role: 'user',
        content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: [{ type: 'text', text: '21 degrees' }] }],
      },
    ];
    const { content, stop_reason } = await message({ body: { ...WEATHER, messages } });
    expect(stop_reason).toBe('end_turn');
    expect(content[0]?.text).toContain('21 degrees');
  });

  it('ends for length and at a stop sequence it names', async () => {
    expect(await message({ body: { max_tokens: 5 } })).toMatchObject({
      stop_reason: 'max_tokens',
      usage: { output_tokens: 5 },
    });
    expect(await message({ body: { stop_sequences: ['.'] } })).toMatchObject({
      stop_reason: 'stop_sequence',
      stop_sequence: '.',
    });
  });

  it('writes a marked prefix to its cache and then reads it', async () => {
    const system = [
      { type: 'text', text: 'You know the law of the sea. '.repeat(400), cache_control: { type: 'ephemeral' } },
    ];
    const first = await message({ body: { system } });
    const second = await message({ body: { system }, prompt: 'Another question' });
    expect(first.usage).toMatchObject({ cache_read_input_tokens: 0 });
    expect(first.usage.cache_creation_input_tokens).toBeGreaterThan(1024);
    expect(second.usage).toMatchObject({
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: first.usage.cache_creation_input_tokens,
    });
  });

  it('gives structured answers', async () => {
    const schema = { type: 'object', properties: { result: { type: 'integer' } }, required: ['result'] };
    const { content } = await message({
      prompt: 'What is 6 * 7?',
      body: { output_config: { format: { type: 'json_schema', schema } } },
    });
    expect(JSON.parse(content[0]?.text ?? '')).toEqual({ result: 42 });
  });

  it('counts the tokens a message then uses', async () => {
    const messages = [{ role: 'user', content: 'How many tokens is this?' }];
    const headers = { 'x-api-key': 'k', 'anthropic-version': '2023-06-01' };
    const init = { method: 'POST', headers, body: JSON.stringify({ model: 'claude-sonnet-4-6', messages }) };
    const counted = (await (await fetch(`${sandbox.url}/anthropic/v1/messages/count_tokens`, init)).json()) as {
      input_tokens: number;
    };
    expect((await message({ body: { messages } })).usage.input_tokens).toBe(counted.input_tokens);
  });

  it('lists models and sends its own headers', async () => {
    const headers = { 'x-api-key': 'k', 'anthropic-version': '2023-06-01' };
    const response = await fetch(`${sandbox.url}/anthropic/v1/models`, { headers });
    expect(await response.json()).toMatchObject({ has_more: false, first_id: 'claude-opus-4-7' });
    expect(response.headers.get('request-id')).toMatch(/^req_011/);
    expect(response.headers.get('anthropic-ratelimit-requests-remaining')).toMatch(/^\d+$/);
  });

  it.each([
    ['no max_tokens', { body: { max_tokens: undefined } }, 'max_tokens: Field required'],
    ['a system message', { body: { messages: [{ role: 'system', content: 'x' }] } }, 'Unexpected role "system"'],
    [
      'a field it does not know',
      { body: { frequency_penalty: 1 } },
      'frequency_penalty: Extra inputs are not permitted',
    ],
    ['a temperature above 1', { body: { temperature: 1.5 } }, 'temperature: range: 0..1'],
  ])('refuses %s', async (_name, asking: Asking, text) => {
    const response = await ask(sandbox.url, 'anthropic', asking);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      type: 'error',
      error: { type: 'invalid_request_error', message: expect.stringContaining(text) },
    });
  });

  it('is overloaded in its own words', async () => {
    const response = await ask(sandbox.url, 'anthropic', { headers: { 'x-sandbox': 'status=529' } });
    expect(response.status).toBe(529);
    expect(await response.json()).toMatchObject({
      type: 'error',
      error: { type: 'overloaded_error', message: 'Overloaded' },
    });
  });
});
