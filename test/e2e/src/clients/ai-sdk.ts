// Vercel's `ai` with the providers its users have: each checks every chunk it reads against a schema of its own.
import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { expect, it } from '@jest/globals';
import type { Mesh } from '@skein/testkit';
import { embed, generateObject, generateText, jsonSchema, stepCountIs, streamText, tool, type LanguageModel } from 'ai';
import {
  QUESTION,
  RECIPE_QUESTION,
  WEATHER_QUESTION,
  recipe,
  vendors,
  weather,
  type Matrix,
  type Recipe,
} from './matrix.js';

type ModelMaker = (mesh: Mesh, model: string) => LanguageModel;

const providers: Readonly<Record<string, ModelMaker>> = {
  'ai + openai-compatible': ({ url, key }, model) =>
    createOpenAICompatible({
      name: 'skein',
      baseURL: `${url}/v1`,
      apiKey: key,
      supportsStructuredOutputs: true,
      includeUsage: true,
    })(model),
  'ai + openai (responses)': ({ url, key }, model) =>
    createOpenAI({ baseURL: `${url}/v1`, apiKey: key }).responses(model),
  'ai + anthropic': ({ url, key }, model) => createAnthropic({ baseURL: `${url}/v1`, apiKey: key })(model),
};

export function promiseAiSdk(meshOf: () => Mesh, matrix: Matrix): void {
  const cases = Object.entries(providers).flatMap(([client, make]) =>
    vendors.map((vendor) => ({ client, make, vendor, shape: vendor.shape })),
  );

  it.each(cases)('$client writes, streams and counts with $shape models', async ({ client, make, vendor }) => {
    const model = make(meshOf(), vendor.model);
    const { text, usage, finishReason } = await generateText({ model, prompt: QUESTION, maxRetries: 0 });
    expect(text).toMatch(/\S/);
    expect(finishReason).toBe('stop');
    const stream = streamText({ model, prompt: QUESTION, maxRetries: 0 });
    let told = '';
    for await (const piece of stream.textStream) told += piece;
    expect(told).toBe(text);
    expect((await stream.usage).outputTokens).toBe(usage.outputTokens);
    matrix.note(client, vendor, 'generateText · streamText');
  });

  it.each(cases)('$client gets objects and runs tools with $shape models', async ({ client, make, vendor }) => {
    const model = make(meshOf(), vendor.model);
    const { object } = await generateObject({
      model,
      schema: jsonSchema<Recipe>({ ...recipe }),
      prompt: RECIPE_QUESTION,
      maxRetries: 0,
    });
    expect(object).toMatchObject({ title: expect.any(String), minutes: expect.any(Number) });
    const cities: string[] = [];
    const { text, steps } = await generateText({
      model,
      prompt: WEATHER_QUESTION,
      maxRetries: 0,
      stopWhen: stepCountIs(3),
      tools: {
        get_weather: tool({
          description: weather.description,
          inputSchema: jsonSchema<{ city: string }>({ ...weather.parameters }),
          execute: ({ city }) => {
            cities.push(city);
            return `It is 21 degrees in ${city}.`;
          },
        }),
      },
    });
    expect(cities).toEqual(['Paris']);
    expect(steps).toHaveLength(2);
    expect(text).toMatch(/\S/);
    matrix.note(client, vendor, 'generateObject · tools');
  });

  it('embeds', async () => {
    const { url, key } = meshOf();
    const provider = createOpenAICompatible({ name: 'skein', baseURL: `${url}/v1`, apiKey: key });
    const { embedding, usage } = await embed({
      model: provider.textEmbeddingModel('text-embedding-3-small'),
      value: QUESTION,
      maxRetries: 0,
    });
    expect(embedding).toHaveLength(1536);
    expect(usage.tokens).toBeGreaterThan(0);
  });
}
