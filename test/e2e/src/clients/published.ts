// Answers and events, held against the schemas that OpenAI and Anthropic publish of them.
import { expect, it } from '@jest/globals';
import type { Mesh, SseEvent } from '@skein/testkit';
import { QUESTION, WEATHER_QUESTION, vendors, weather } from './matrix.js';
import { problemsOf, type Dialect } from './published-schemas.js';

const jsonOf = (events: readonly SseEvent[]): unknown[] =>
  events.filter(({ data }) => data !== '[DONE]').map(({ data }) => JSON.parse(data) as unknown);

const chatTool = { type: 'function', function: weather };
const responseTool = { type: 'function', ...weather, strict: true };
const { name, description, parameters } = weather;
const messagesTool = { name, description, input_schema: parameters };

interface Case {
  readonly path: string;
  readonly dialect: Dialect;
  readonly whole: string;
  readonly event: string;
  readonly bodies: (model: string) => readonly object[];
}

const cases: readonly Case[] = [
  {
    path: '/v1/chat/completions',
    dialect: 'openai',
    whole: 'CreateChatCompletionResponse',
    event: 'CreateChatCompletionStreamResponse',
    bodies: (model) => [
      { model, messages: [{ role: 'user', content: QUESTION }] },
      { model, messages: [{ role: 'user', content: WEATHER_QUESTION }], tools: [chatTool] },
    ],
  },
  {
    path: '/v1/responses',
    dialect: 'openai',
    whole: 'Response',
    event: 'ResponseStreamEvent',
    bodies: (model) => [
      { model, input: QUESTION, instructions: 'Be brief.' },
      { model, input: WEATHER_QUESTION, tools: [responseTool] },
    ],
  },
  {
    path: '/v1/messages',
    dialect: 'anthropic',
    whole: 'Message',
    event: 'MessageStreamEvent',
    bodies: (model) => [
      { model, max_tokens: 400, messages: [{ role: 'user', content: QUESTION }] },
      { model, max_tokens: 400, messages: [{ role: 'user', content: WEATHER_QUESTION }], tools: [messagesTool] },
    ],
  },
];

export function promisePublishedShapes(meshOf: () => Mesh): void {
  const combined = cases.flatMap((each) => vendors.map((vendor) => ({ ...each, ...vendor })));

  it.each(combined)(
    '$path, plain and streamed, of $shape models',
    async ({ path, dialect, whole, event, bodies, model }) => {
      const { http } = meshOf();
      const problems: string[] = [];
      for (const body of bodies(model)) {
        const { status, json } = await http.post(path, body);
        expect(status).toBe(200);
        problems.push(...problemsOf(dialect, whole, json));
        const streamed = await http.stream(path, { ...body, stream: true });
        const events = jsonOf(await streamed.rest());
        expect(events.length).toBeGreaterThan(2);
        problems.push(...events.flatMap((told) => problemsOf(dialect, event, told)));
      }
      expect(problems).toEqual([]);
    },
  );

  it('embeddings, moderations and models', async () => {
    const { http } = meshOf();
    const embeddings = await http.post('/v1/embeddings', { model: 'gemini-embedding-001', input: ['a', 'b'] });
    const moderation = await http.post('/v1/moderations', { input: 'I like tea' });
    const models = await http.get('/v1/models');
    const pages = await http.get('/v1/models', { 'anthropic-version': '2023-06-01' });
    expect([
      ...problemsOf('openai', 'CreateEmbeddingResponse', embeddings.json),
      ...problemsOf('openai', 'CreateModerationResponse', moderation.json),
      ...problemsOf('openai', 'ListModelsResponse', models.json),
      ...problemsOf('anthropic', 'ListResponse_ModelInfo_', pages.json),
    ]).toEqual([]);
  });

  it('errors, in the dialect of who made them', async () => {
    const { http } = meshOf();
    const refused = await http.post('/v1/responses', { model: 'auto', input: [] });
    const missing = await http.post('/v1/embeddings', { model: 'nobody/x', input: 'a' });
    const message = await http.post('/v1/messages', { model: 'auto', messages: [] });
    expect([refused.status, missing.status, message.status]).toEqual([400, 404, 400]);
    expect([
      ...problemsOf('openai', 'ErrorResponse', refused.json),
      ...problemsOf('openai', 'ErrorResponse', missing.json),
      ...problemsOf('anthropic', 'ErrorResponse', message.json),
    ]).toEqual([]);
  });
}
