// The real `openai` client against the sandbox: what it accepts, our customers' clients accept.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import OpenAI, { APIError, AuthenticationError, NotFoundError, RateLimitError } from 'openai';
import { zodResponseFormat } from 'openai/helpers/zod';
import { z } from 'zod';
import { startSandbox, type Sandbox } from '../src/index.js';

const ESSAY = [{ role: 'user' as const, content: 'Tell me about lighthouse keepers in Norway' }];
const WEATHER = {
  type: 'function' as const,
  function: {
    name: 'get_weather',
    description: 'Get the current weather for a city',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
};

describe('the openai client', () => {
  let sandbox: Sandbox;
  let client: OpenAI;
  const clientFor = (vendor: string, apiKey = 'test-key'): OpenAI =>
    new OpenAI({ baseURL: sandbox.baseUrlFor(vendor), apiKey, maxRetries: 0 });

  beforeAll(async () => {
    sandbox = await startSandbox();
    client = clientFor('openai');
  });
  afterAll(() => sandbox.stop());

  it('gets a plain answer with usage and a request id, the same each time', async () => {
    const first = await client.chat.completions.create({ model: 'gpt-4o', messages: ESSAY });
    const again = await client.chat.completions.create({ model: 'gpt-4o', messages: ESSAY });
    expect(first.choices[0]?.message.content).toBe(again.choices[0]?.message.content);
    expect(first.choices[0]?.finish_reason).toBe('stop');
    expect(first.usage?.total_tokens).toBe((first.usage?.prompt_tokens ?? 0) + (first.usage?.completion_tokens ?? 0));
    expect(first._request_id).toMatch(/^req_[0-9a-f]{32}$/);
    expect(first.id).not.toBe(again.id);
    expect(first.model).toBe('gpt-4o-2024-08-06');
  });

  it('streams the same text as it gets plain, with usage when asked', async () => {
    const plain = await client.chat.completions.create({ model: 'gpt-4o', messages: ESSAY });
    const stream = await client.chat.completions.create({
      model: 'gpt-4o',
      messages: ESSAY,
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = '';
    let chunks = 0;
    let usage: OpenAI.CompletionUsage | null | undefined;
    for await (const chunk of stream) {
      const piece = chunk.choices[0]?.delta.content ?? '';
      text += piece;
      chunks += piece === '' ? 0 : 1;
      usage = chunk.usage;
    }
    expect(text).toBe(plain.choices[0]?.message.content);
    expect(usage).toEqual(plain.usage);
    expect(chunks).toBe(plain.usage?.completion_tokens);
  });

  it.each([
    'groq',
    'mistral',
    'deepseek',
    'xai',
    'azure',
    'openrouter',
    'perplexity',
    'zhipu',
    'together',
    'ollama',
    'nobody-knows',
  ])('gets a whole stream from %s, with usage', async (vendor) => {
    const stream = clientFor(vendor).chat.completions.stream({
      model: 'some-model',
      messages: ESSAY,
      stream_options: { include_usage: true },
    });
    const completion = await stream.finalChatCompletion();
    expect(completion.choices[0]?.message.content?.length).toBeGreaterThan(40);
    expect(completion.usage?.completion_tokens).toBeGreaterThan(0);
  });

  it('gets several choices, plain and streamed', async () => {
    const plain = await client.chat.completions.create({ model: 'gpt-4o', messages: ESSAY, n: 3 });
    const texts = plain.choices.map((choice) => choice.message.content);
    expect(new Set(texts).size).toBe(3);
    const stream = client.chat.completions.stream({ model: 'gpt-4o', messages: ESSAY, n: 3 });
    const streamed = await stream.finalChatCompletion();
    expect(streamed.choices.map((choice) => choice.message.content)).toEqual(texts);
  });

  it('runs a tool loop to its end', async () => {
    let calls = 0;
    const runner = client.chat.completions.runTools({
      model: 'gpt-4o',
      messages: [{ role: 'user', content: "What's the weather in Boston?" }],
      stream: true,
      tools: [
        {
          type: 'function',
          function: {
            ...WEATHER.function,
            parse: JSON.parse,
            function: (args: unknown) => {
              calls += 1;
              return `${JSON.stringify(args)} is sunny at 21 degrees`;
            },
          },
        },
      ],
    });
    expect(await runner.finalContent()).toContain('21 degrees');
    expect(calls).toBe(1);
  });

  it('is given the tool it forces', async () => {
    const completion = await client.chat.completions.create({
      model: 'gpt-4o',
      messages: [{ role: 'user', content: 'hello' }],
      tools: [WEATHER],
      tool_choice: { type: 'function', function: { name: 'get_weather' } },
    });
    const call = completion.choices[0]?.message.tool_calls?.[0];
    expect(call).toMatchObject({ type: 'function', function: { name: 'get_weather' } });
    expect(completion.choices[0]).toMatchObject({ finish_reason: 'tool_calls', message: { content: null } });
  });

  it('parses structured answers', async () => {
    const Review = z.object({
      title: z.string(),
      stars: z.int().min(1).max(5),
      tags: z.array(z.string()),
      author: z.object({ email: z.email() }),
    });
    const completion = await client.chat.completions.parse({
      model: 'gpt-4o',
      messages: ESSAY,
      response_format: zodResponseFormat(Review, 'review'),
    });
    expect(Review.safeParse(completion.choices[0]?.message.parsed).success).toBe(true);
    const json = await client.chat.completions.create({
      model: 'gpt-4o',
      messages: [{ role: 'user', content: 'What is 6 * 7? Answer in JSON with the key `result`.' }],
      response_format: { type: 'json_object' },
    });
    expect(JSON.parse(json.choices[0]?.message.content ?? '')).toEqual({ result: 42 });
  });

  it('ends for length and at stop sequences', async () => {
    const short = await client.chat.completions.create({ model: 'gpt-4o', messages: ESSAY, max_completion_tokens: 7 });
    expect(short.choices[0]?.finish_reason).toBe('length');
    expect(short.usage?.completion_tokens).toBe(7);
    const stopped = await client.chat.completions.create({ model: 'gpt-4o', messages: ESSAY, stop: '.' });
    expect(stopped.choices[0]).toMatchObject({ finish_reason: 'stop' });
    expect(stopped.choices[0]?.message.content).not.toContain('.');
  });

  it('sees reasoning tokens of a thinking model, which takes no max_tokens', async () => {
    const completion = await client.chat.completions.create({
      model: 'o3',
      messages: ESSAY,
      reasoning_effort: 'medium',
    });
    const { completion_tokens = 0, completion_tokens_details: details } = completion.usage ?? {};
    expect(details?.reasoning_tokens).toBe(96);
    expect(completion_tokens).toBeGreaterThan(96);
    await expect(client.chat.completions.create({ model: 'o3', messages: ESSAY, max_tokens: 5 })).rejects.toMatchObject(
      { code: 'unsupported_parameter' },
    );
  });

  it('gets logprobs for every token', async () => {
    const { choices, usage } = await client.chat.completions.create({
      model: 'gpt-4o',
      messages: ESSAY,
      logprobs: true,
      top_logprobs: 2,
    });
    const content = choices[0]?.logprobs?.content ?? [];
    expect(content).toHaveLength(usage?.completion_tokens ?? -1);
    expect(content.map((entry) => entry.token).join('')).toBe(choices[0]?.message.content);
    expect(content[0]?.top_logprobs).toHaveLength(2);
  });

  it('takes images and audio, and counts them', async () => {
    const text = { type: 'text' as const, text: 'What is this?' };
    const plain = await client.chat.completions.create({
      model: 'gpt-4o',
      messages: [{ role: 'user', content: [text] }],
    });
    const media = await client.chat.completions.create({
      model: 'gpt-4o',
      messages: [
        {
          role: 'user',
          content: [
            text,
            { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
            { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } },
          ],
        },
      ],
    });
    expect(media.usage?.prompt_tokens).toBe((plain.usage?.prompt_tokens ?? 0) + 185);
  });

  it('gets embeddings, the same as base64 and as floats', async () => {
    const input = ['the red fox', 'a blue whale'];
    const decoded = await client.embeddings.create({ model: 'text-embedding-3-small', input });
    const floats = await client.embeddings.create({ model: 'text-embedding-3-small', input, encoding_format: 'float' });
    expect(decoded.data.map((entry) => entry.embedding.length)).toEqual([1536, 1536]);
    decoded.data[1]?.embedding.forEach((value, i) => expect(value).toBeCloseTo(floats.data[1]?.embedding[i] ?? NaN, 6));
    const small = await client.embeddings.create({ model: 'text-embedding-3-large', input: 'x', dimensions: 16 });
    expect(small.data[0]?.embedding).toHaveLength(16);
  });

  it('lists models', async () => {
    const page = await client.models.list();
    expect(page.data.map((model) => model.id)).toContain('gpt-4o');
    expect(await client.models.retrieve('gpt-4o')).toMatchObject({ id: 'gpt-4o', object: 'model' });
  });

  it('throws its own error classes', async () => {
    const create = (from: OpenAI, model = 'gpt-4o'): Promise<unknown> =>
      from.chat.completions.create({ model, messages: ESSAY });
    await expect(create(clientFor('openai', 'bad-key'))).rejects.toBeInstanceOf(AuthenticationError);
    await expect(create(client, 'no-such-model')).rejects.toBeInstanceOf(NotFoundError);
    await expect(client.chat.completions.create({ model: 'gpt-4o', messages: [] })).rejects.toMatchObject({
      status: 400,
      code: 'empty_array',
    });
    const limited = client.chat.completions.create(
      { model: 'gpt-4o', messages: ESSAY },
      { headers: { 'x-sandbox': 'status=429,retry_after=2' } },
    );
    const error: unknown = await limited.catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(RateLimitError);
    expect(error instanceof APIError && error.headers?.get('retry-after')).toBe('2');
    expect(error instanceof APIError && error.requestID).toMatch(/^req_/);
  });

  it('is refused without a key, except where the vendor needs none', async () => {
    const response = await fetch(`${sandbox.baseUrlFor('openai')}/models`);
    expect(response.status).toBe(401);
    expect((await fetch(`${sandbox.baseUrlFor('ollama')}/models`)).status).toBe(200);
  });

  it('is refused for a parameter OpenAI does not know, which other vendors let pass', async () => {
    const body = { model: 'gpt-4o', messages: ESSAY, top_k: 5 };
    await expect(client.chat.completions.create(body)).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining('top_k'),
    });
    await expect(clientFor('groq').chat.completions.create(body)).resolves.toMatchObject({ object: 'chat.completion' });
  });
});
