import { describe, expect, it } from '@jest/globals';
import { vendorById } from '@skein/catalog';
import { RequestBody } from '@skein/contracts/wire';
import type { Question } from '../vendor-adapter.js';
import { generatePath } from './gemini.wire.js';
import { toGemini } from './to-gemini.js';

const place = { vendor: 'google', root: '/v1beta/', models: 'models/' };
const messages = [{ role: 'user', content: 'hi' }];

function translate(request: object, question: Partial<Question> = {}) {
  const asked: Question = {
    body: RequestBody.of({ model: 'auto', messages, ...request }),
    model: 'gemini-2.5-flash',
    stream: false,
    continuation: null,
    record: null,
    at: 0,
    ...question,
  };
  return toGemini(asked, vendorById('google'));
}

const call = (extra: object = {}) => ({
  id: 'a',
  type: 'function',
  function: { name: 'f', arguments: '{"x":1}' },
  ...extra,
});

describe('an OpenAI request for Gemini', () => {
  it('says little when little was asked', () => {
    expect(translate({}).body).toEqual({ contents: [{ role: 'user', parts: [{ text: 'hi' }] }] });
  });

  it('sorts system text, pictures, calls and their results', () => {
    const { body } = translate({
      messages: [
        { role: 'system', content: 'be brief' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'see' },
            { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
            { type: 'image_url', image_url: { url: 'https://x/y.JPG?z=1' } },
            { type: 'input_audio', input_audio: { data: 'BBBB', format: 'mp3' } },
          ],
        },
        { role: 'assistant', content: null, tool_calls: [call()] },
        { role: 'tool', tool_call_id: 'a', content: 'sunny' },
      ],
    });
    expect(body).toEqual({
      systemInstruction: { parts: [{ text: 'be brief' }] },
      contents: [
        {
          role: 'user',
          parts: [
            { text: 'see' },
            { inlineData: { mimeType: 'image/png', data: 'AAAA' } },
            { fileData: { mimeType: 'image/jpeg', fileUri: 'https://x/y.JPG?z=1' } },
            { inlineData: { mimeType: 'audio/mp3', data: 'BBBB' } },
          ],
        },
        { role: 'model', parts: [{ functionCall: { id: 'a', name: 'f', args: { x: 1 } } }] },
        { role: 'user', parts: [{ functionResponse: { id: 'a', name: 'f', response: { result: 'sunny' } } }] },
      ],
    });
  });

  it('gives signatures back, and marks calls of others where the model would refuse them', () => {
    const signed = call({ extra_content: { google: { thought_signature: 's' } } });
    const ask = (tool_calls: object[]) => ({ messages: [...messages, { role: 'assistant', content: '', tool_calls }] });
    const partsFor = (request: object, model: string) => translate(request, { model }).body.contents[1]?.parts;
    expect(partsFor(ask([signed]), 'gemini-3-pro')).toMatchObject([{ thoughtSignature: 's' }]);
    expect(partsFor(ask([call()]), 'gemini-3-pro')).toMatchObject([
      { thoughtSignature: 'skip_thought_signature_validator' },
    ]);
    expect(partsFor(ask([call()]), 'gemini-2.5-pro')?.[0]).not.toHaveProperty('thoughtSignature');
  });

  it('sets what is sampled, and how', () => {
    const { body } = translate({
      temperature: 0.5,
      top_p: 0.9,
      top_k: 5,
      max_tokens: 10,
      stop: 'END',
      seed: 1,
      n: 2,
      presence_penalty: 0.1,
      logprobs: true,
      top_logprobs: 3,
    });
    expect(body.generationConfig).toEqual({
      temperature: 0.5,
      topP: 0.9,
      topK: 5,
      maxOutputTokens: 10,
      stopSequences: ['END'],
      seed: 1,
      candidateCount: 2,
      presencePenalty: 0.1,
      responseLogprobs: true,
      logprobs: 3,
    });
  });

  it('offers tools, and demands them', () => {
    const parameters = { $schema: 'x', type: 'object', properties: {} };
    const tools = [
      { type: 'function', function: { name: 'f', description: 'd', parameters } },
      { type: 'google_search' },
    ];
    const { body } = translate({ tools, tool_choice: { type: 'function', function: { name: 'f' } } });
    expect(body.tools).toEqual([
      {
        functionDeclarations: [
          { name: 'f', description: 'd', parametersJsonSchema: { type: 'object', properties: {} } },
        ],
      },
      { googleSearch: {} },
    ]);
    expect(body.toolConfig).toEqual({ functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['f'] } });
  });

  it('asks for JSON, with a schema or without', () => {
    const schema = { type: 'object' };
    expect(translate({ response_format: { type: 'json_object' } }).body.generationConfig).toEqual({
      responseMimeType: 'application/json',
    });
    const format = { type: 'json_schema', json_schema: { name: 's', schema } };
    expect(translate({ response_format: format }).body.generationConfig).toEqual({
      responseMimeType: 'application/json',
      responseJsonSchema: schema,
    });
  });

  it('thinks by budget or by level, as the model takes it', () => {
    const config = (model: string, reasoning_effort: string) =>
      translate({ reasoning_effort }, { model }).body.generationConfig?.thinkingConfig;
    expect(config('gemini-2.5-pro', 'medium')).toEqual({ thinkingBudget: 8_192, includeThoughts: true });
    expect(config('gemini-2.5-flash', 'none')).toEqual({ thinkingBudget: 0, includeThoughts: false });
    expect(config('gemini-3-pro', 'low')).toEqual({ thinkingLevel: 'low', includeThoughts: true });
  });

  it.each([
    ['logit_bias', { logit_bias: { 1: 1 } }],
    ['modalities', { modalities: ['audio'] }],
    ['tools[0]', { tools: [{ type: 'custom' }] }],
    ['messages[0].content[0]', { messages: [{ role: 'user', content: [{ type: 'thing' }] }] }],
    ['messages[0].tool_call_id', { messages: [{ role: 'tool', tool_call_id: 'x', content: 'y' }] }],
  ])('refuses %s by name', (param, request) => {
    expect(() => translate(request)).toThrow(expect.objectContaining({ code: 'invalid_request', param }));
  });

  it('passes on what is Gemini’s own, and keeps Skein’s', () => {
    const { body, notices } = translate({ safetySettings: [{ category: 'x' }], metadata: { task: 'code', run: '7' } });
    expect(body).toMatchObject({ safetySettings: [{ category: 'x' }] });
    expect(body).not.toHaveProperty('metadata');
    expect(notices).toEqual([expect.stringContaining('run')]);
  });

  it('lets no name of a model lead elsewhere', () => {
    expect(generatePath(place, 'gemini-2.5-pro', true)).toBe(
      '/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse',
    );
    expect(generatePath(place, 'tunedModels/x?y', false)).toBe('/v1beta/tunedModels/x%3Fy:generateContent');
    for (const name of ['../files', 'models/..', 'a//b', '']) {
      expect(() => generatePath(place, name, false)).toThrow(expect.objectContaining({ param: 'model' }));
    }
  });

  it('leaves out what is another dialect’s, and says each thing once', () => {
    const mark = { cache_control: { type: 'ephemeral' } };
    const { body, notices } = translate({
      thinking: { type: 'enabled' },
      betas: ['b'],
      messages: [
        {
          role: 'system',
          content: [
            { type: 'text', text: 'a', ...mark },
            { type: 'text', text: 'b', ...mark },
          ],
        },
        { role: 'assistant', content: 'x', thinking_blocks: [{ type: 'thinking', thinking: 't', signature: 's' }] },
      ],
      tools: [{ type: 'function', function: { name: 'f', strict: true }, ...mark }],
    });
    expect(body).toEqual({
      systemInstruction: { parts: [{ text: 'a' }, { text: 'b' }] },
      contents: [{ role: 'model', parts: [{ text: 'x' }] }],
      tools: [{ functionDeclarations: [{ name: 'f' }] }],
    });
    expect(notices).toHaveLength(6);
    for (const said of [
      'thinking',
      'betas',
      'cache_control in parts',
      'thinking_blocks',
      'cache_control in tools',
      'strict',
    ])
      expect(notices.join()).toContain(said);
  });

  it('tells a failed call as an error, and shows pictures beside a result where the model sees them there', () => {
    const picture = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } };
    const history = (content: unknown, more: object = {}) => ({
      messages: [
        { role: 'assistant', content: null, tool_calls: [call()] },
        { role: 'tool', tool_call_id: 'a', content, ...more },
      ],
    });
    expect(translate(history('broken', { is_error: true })).body.contents[1]?.parts).toEqual([
      { functionResponse: { id: 'a', name: 'f', response: { error: 'broken' } } },
    ]);
    const shown = translate(history([{ type: 'text', text: 'see' }, picture]), { model: 'gemini-3-pro' });
    expect(shown.body.contents[1]?.parts).toEqual([
      {
        functionResponse: {
          id: 'a',
          name: 'f',
          response: { result: 'see' },
          parts: [{ inlineData: { mimeType: 'image/png', data: 'AAAA' } }],
        },
      },
    ]);
    expect(() => translate(history([picture]))).toThrow(
      expect.objectContaining({ param: 'messages[1].content[0]', code: 'invalid_request' }),
    );
  });

  it('compiles schemas to what it reads', () => {
    const schema = { $schema: 'x', type: 'object', properties: { a: { const: 'b', pattern: 'c' } } };
    const { body, notices } = translate({
      response_format: { type: 'json_schema', json_schema: { name: 's', schema } },
    });
    expect(body.generationConfig?.responseJsonSchema).toEqual({ type: 'object', properties: { a: { enum: ['b'] } } });
    expect(notices).toEqual([expect.stringContaining('pattern')]);
  });
});
