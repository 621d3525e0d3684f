import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startSandbox, type Sandbox } from '../src/index.js';
import { ask, eventsIn, type Asking } from './sandbox-client.js';

interface Part {
  text?: string;
  thought?: boolean;
  functionCall?: { name: string; args: unknown };
}
interface GeminiResponse {
  candidates: { content: { parts?: Part[]; role: string }; finishReason?: string }[];
  usageMetadata: {
    promptTokenCount: number;
    candidatesTokenCount?: number;
    thoughtsTokenCount?: number;
    totalTokenCount: number;
  };
  responseId: string;
}

const MODELS = '/google/v1beta/models';
const THINKING = `${MODELS}/gemini-2.5-flash:generateContent`;
const WEATHER = {
  tools: [
    {
      functionDeclarations: [
        {
          name: 'get_weather',
          description: 'Get the weather',
          parameters: { type: 'OBJECT', properties: { city: { type: 'STRING' } }, required: ['city'] },
        },
      ],
    },
  ],
};

describe('the Gemini wire', () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await startSandbox();
  });
  afterAll(() => sandbox.stop());

  const generate = async (asking: Asking): Promise<GeminiResponse> =>
    (await (await ask(sandbox.url, 'google', asking)).json()) as GeminiResponse;
  const textOf = (response: GeminiResponse): string =>
    (response.candidates[0]?.content.parts ?? []).map((part) => part.text ?? '').join('');

  it('streams the text and usage of its plain answer', async () => {
    const plain = await generate({});
    const chunks = eventsIn(await (await ask(sandbox.url, 'google', { stream: true })).text()) as GeminiResponse[];
    expect(chunks.map(textOf).join('')).toBe(textOf(plain));
    expect(chunks.at(-1)?.usageMetadata).toEqual(plain.usageMetadata);
    expect(chunks.map((chunk) => chunk.candidates[0]?.finishReason).filter(Boolean)).toEqual(['STOP']);
  });

  it('streams a JSON array when SSE is not asked for', async () => {
    const response = await ask(sandbox.url, 'google', { path: `${MODELS}/gemini-2.0-flash:streamGenerateContent` });
    expect(response.headers.get('content-type')).toContain('application/json');
    const chunks = (await response.json()) as GeminiResponse[];
    expect(chunks.map(textOf).join('')).toBe(textOf(await generate({})));
  });

  it('counts thoughts beside the candidates and shows them only when asked', async () => {
    const quiet = await generate({ path: THINKING });
    const { promptTokenCount, candidatesTokenCount = 0, thoughtsTokenCount, totalTokenCount } = quiet.usageMetadata;
    expect(thoughtsTokenCount).toBe(48);
    expect(totalTokenCount).toBe(promptTokenCount + candidatesTokenCount + 48);
    expect(quiet.candidates[0]?.content.parts).toHaveLength(1);
    const shown = await generate({
      path: THINKING,
      body: { generationConfig: { thinkingConfig: { includeThoughts: true } } },
    });
    expect(shown.candidates[0]?.content.parts?.map((part) => part.thought ?? false)).toEqual([true, false]);
    const off = await generate({
      path: THINKING,
      body: { generationConfig: { thinkingConfig: { thinkingBudget: 0 } } },
    });
    expect(off.usageMetadata.thoughtsTokenCount).toBeUndefined();
  });

  it('calls functions, and answers with their results', async () => {
    const called = await generate({ prompt: 'Weather in Boston and New Delhi?', body: WEATHER });
    const calls = called.candidates[0]?.content.parts?.map((part) => part.functionCall);
    expect(calls).toEqual([
      { name: 'get_weather', args: { city: 'Boston' } },
      { name: 'get_weather', args: { city: 'New Delhi' } },
    ]);
    const contents = [
      { role: 'user', parts: [{ text: 'Weather in Boston?' }] },
      { role: 'model', parts: [{ functionCall: { name: 'get_weather', args: { city: 'Boston' } } }] },
      { role: 'user', parts: [{ functionResponse: { name: 'get_weather', response: { degrees: 21 } } }] },
    ];
    expect(textOf(await generate({ body: { ...WEATHER, contents } }))).toContain('21');
  });

  it('ends for length, and gives structured answers', async () => {
    const short = await generate({ body: { generationConfig: { maxOutputTokens: 6 } } });
    expect(short.candidates[0]?.finishReason).toBe('MAX_TOKENS');
    expect(short.usageMetadata.candidatesTokenCount).toBe(6);
    const responseSchema = { type: 'OBJECT', properties: { result: { type: 'NUMBER' } } };
    const body = { generationConfig: { responseMimeType: 'application/json', responseSchema } };
    expect(JSON.parse(textOf(await generate({ prompt: 'What is the square root of 64?', body })))).toEqual({
      result: 8,
    });
  });

  it('counts tokens, embeds one and many, and lists models', async () => {
    const post = async (path: string, body: object): Promise<unknown> =>
      (await ask(sandbox.url, 'google', { path, body: { ...body } })).json();
    const usage = (await generate({ prompt: 'How many?' })).usageMetadata;
    expect(
      await (
        await ask(sandbox.url, 'google', { path: `${MODELS}/gemini-2.0-flash:countTokens`, prompt: 'How many?' })
      ).json(),
    ).toMatchObject({
      totalTokens: usage.promptTokenCount,
    });
    const content = { parts: [{ text: 'the red fox' }] };
    const one = (await post(`${MODELS}/gemini-embedding-001:embedContent`, { content, outputDimensionality: 8 })) as {
      embedding: { values: number[] };
    };
    const many = (await post(`${MODELS}/gemini-embedding-001:batchEmbedContents`, {
      requests: [{ model: 'models/gemini-embedding-001', content, outputDimensionality: 8 }, { content }],
    })) as { embeddings: { values: number[] }[] };
    expect(one.embedding.values).toHaveLength(8);
    expect(many.embeddings[0]).toEqual(one.embedding);
    expect(many.embeddings[1]?.values).toHaveLength(3072);
    const listed = await fetch(`${sandbox.url}${MODELS}?key=k`);
    expect(await listed.json()).toMatchObject({
      models: expect.arrayContaining([expect.objectContaining({ name: 'models/gemini-2.5-flash' })]),
    });
  });

  it('refuses a field it does not know, as it stands or within the config', async () => {
    const refused = await ask(sandbox.url, 'google', { body: { messages: [] } });
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({
      error: { status: 'INVALID_ARGUMENT', message: expect.stringContaining('Unknown name "messages"') },
    });
    expect((await ask(sandbox.url, 'google', { body: { generationConfig: { max_tokens: 4 } } })).status).toBe(400);
    expect((await ask(sandbox.url, 'google', { body: { generation_config: { max_output_tokens: 4 } } })).status).toBe(
      200,
    );
  });

  it('answers a missing key with 403 and a wrong one with 400, as Gemini does', async () => {
    expect((await fetch(`${sandbox.url}${MODELS}`)).status).toBe(403);
    expect((await fetch(`${sandbox.url}${MODELS}?key=bad-key`)).status).toBe(400);
  });
});
