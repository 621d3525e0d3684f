// LangChain's OpenAI integration as its users have it, with nothing changed but its base URL.
import { expect, it } from '@jest/globals';
import { ChatOpenAI, OpenAIEmbeddings } from '@langchain/openai';
import type { Mesh } from '@skein/testkit';
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

const CLIENT = '@langchain/openai';

export function promiseLangChain(meshOf: () => Mesh, matrix: Matrix): void {
  const configurationOf = () => ({ baseURL: `${meshOf().url}/v1` });
  const modelOf = (model: string) =>
    new ChatOpenAI({ model, apiKey: meshOf().key, maxRetries: 0, configuration: configurationOf() });

  it.each(vendors)('invokes and streams $shape models', async (vendor) => {
    const model = modelOf(vendor.model);
    const answer = await model.invoke(QUESTION);
    expect(answer.text).toMatch(/\S/);
    expect(answer.usage_metadata?.output_tokens).toBeGreaterThan(0);
    let told = '';
    for await (const chunk of await model.stream(QUESTION)) told += chunk.text;
    expect(told).toBe(answer.text);
    matrix.note(CLIENT, vendor, 'invoke · stream');
  });

  it.each(vendors)('binds tools and structures the answers of $shape models', async (vendor) => {
    const model = modelOf(vendor.model);
    const called = await model.bindTools([{ type: 'function', function: { ...weather } }]).invoke(WEATHER_QUESTION);
    expect(called.tool_calls).toMatchObject([{ name: 'get_weather', args: { city: 'Paris' } }]);
    const structured = model.withStructuredOutput<Recipe>({ ...recipe, title: 'recipe' }, { method: 'jsonSchema' });
    expect(await structured.invoke(RECIPE_QUESTION)).toMatchObject({ title: expect.any(String) });
    matrix.note(CLIENT, vendor, 'bindTools · withStructuredOutput');
  });

  it('embeds a query and documents', async () => {
    const embeddings = new OpenAIEmbeddings({
      model: 'text-embedding-3-small',
      apiKey: meshOf().key,
      maxRetries: 0,
      configuration: configurationOf(),
    });
    expect(await embeddings.embedQuery(QUESTION)).toHaveLength(1536);
    expect(await embeddings.embedDocuments([QUESTION, RECIPE_QUESTION])).toHaveLength(2);
  });
}
