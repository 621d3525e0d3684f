import { describe, expect, it } from '@jest/globals';
import { catalog } from '@skein/catalog';
import { RequestBody } from '@skein/contracts/wire';
import type { Question } from '@skein/provider-kit';
import { toCohere } from './to-cohere.js';

const messages = [{ role: 'user', content: 'hi' }];

function translate(request: object, question: Partial<Question> = {}) {
  return toCohere({
    body: RequestBody.of({ model: 'auto', messages, ...request }),
    model: 'command-a-03-2025',
    stream: false,
    continuation: null,
    record: null,
    at: 0,
    ...question,
  });
}

const tool = (name: string, extra: object = {}) => ({
  type: 'function',
  function: { name, description: 'd', parameters: { type: 'object', properties: {} }, ...extra },
});
const call = { id: 'a', type: 'function', function: { name: 'f', arguments: '{"x":1}' } };

describe('an OpenAI request for Cohere', () => {
  it('says little when little was asked', () => {
    expect(translate({}).body).toEqual({ model: 'command-a-03-2025', messages, stream: false });
  });

  it('gives thinking back as thinking, and as the plan where calls follow from it', () => {
    const { body } = translate({
      messages: [
        { role: 'developer', content: 'be brief' },
        ...messages,
        { role: 'assistant', content: null, reasoning_content: 'look it up', tool_calls: [call] },
        { role: 'tool', tool_call_id: 'a', content: [{ type: 'text', text: 'sunny' }] },
        { role: 'assistant', content: 'Sunny.', reasoning_content: 'so' },
      ],
    });
    expect(body.messages).toEqual([
      { role: 'system', content: 'be brief' },
      ...messages,
      { role: 'assistant', tool_calls: [call], tool_plan: 'look it up' },
      { role: 'tool', tool_call_id: 'a', content: [{ type: 'text', text: 'sunny' }] },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'so' },
          { type: 'text', text: 'Sunny.' },
        ],
      },
    ]);
  });

  it('sets what is sampled, and how', () => {
    const { body, notices } = translate({
      temperature: 0.5,
      top_p: 1,
      top_k: 5,
      max_completion_tokens: 10,
      stop: 'END',
      seed: 1,
      presence_penalty: 0.1,
      frequency_penalty: 0.2,
    });
    expect(body).toMatchObject({
      temperature: 0.5,
      p: 0.99,
      k: 5,
      max_tokens: 10,
      stop_sequences: ['END'],
      seed: 1,
      presence_penalty: 0.1,
      frequency_penalty: 0.2,
    });
    expect(notices).toEqual([]);
  });

  it('offers tools; the one that is demanded it offers alone', () => {
    const tools = [tool('f', { strict: true }), tool('g')];
    const all = translate({ tools, tool_choice: 'required', parallel_tool_calls: false });
    expect(all.body).toMatchObject({ tools: [tool('f'), tool('g')], strict_tools: true, tool_choice: 'REQUIRED' });
    expect(all.notices).toEqual([expect.stringContaining('one tool at a time')]);
    expect(all.firstCallOnly).toBe(true);
    const one = translate({ tools, tool_choice: { type: 'function', function: { name: 'g' } } });
    expect(one.body).toMatchObject({ tools: [tool('g')], tool_choice: 'REQUIRED' });
    expect(one.body).not.toHaveProperty('strict_tools');
  });

  it('asks for JSON, with a schema or without', () => {
    const schema = { type: 'object' };
    const format = { type: 'json_schema', json_schema: { name: 's', schema } };
    expect(translate({ response_format: format }).body.response_format).toEqual({
      type: 'json_object',
      json_schema: schema,
    });
    expect(translate({ response_format: { type: 'json_object' } }).body.response_format).toEqual({
      type: 'json_object',
    });
  });

  it('thinks by a budget, where the model thinks', () => {
    expect(translate({ reasoning_effort: 'low' }).body.thinking).toEqual({ type: 'enabled', token_budget: 1_024 });
    expect(translate({ reasoning_effort: 'none' }).body.thinking).toEqual({ type: 'disabled' });
    const record = catalog.recordOf('cohere', 'command-a-03-2025');
    const { body, notices } = translate({ reasoning_effort: 'low' }, { record });
    expect(body).not.toHaveProperty('thinking');
    expect(notices).toEqual([expect.stringContaining('reasoning_effort')]);
  });

  it('passes on what is Cohere’s own, and keeps Skein’s', () => {
    const documents = [{ id: '1', data: { text: 'x' } }];
    const { body, notices } = translate({ documents, safety_mode: 'OFF', metadata: { task: 'code', run: '7' } });
    expect(body).toMatchObject({ documents, safety_mode: 'OFF' });
    expect(body).not.toHaveProperty('metadata');
    expect(notices).toEqual([expect.stringContaining('run')]);
  });

  it.each([
    ['n', { n: 2 }],
    ['logprobs', { logprobs: true }],
    ['logit_bias', { logit_bias: { 1: 1 } }],
    ['modalities', { modalities: ['audio'] }],
    ['tools[0]', { tools: [{ type: 'custom' }] }],
    ['tool_choice', { tools: [tool('f')], tool_choice: { type: 'function', function: { name: 'x' } } }],
    ['response_format', { tools: [tool('f')], response_format: { type: 'json_object' } }],
    ['response_format.type', { response_format: { type: 'grammar' } }],
    ['messages[0].content[0]', { messages: [{ role: 'user', content: [{ type: 'input_audio' }] }] }],
    ['messages[0].role', { messages: [{ role: 'function', content: 'x' }] }],
  ])('refuses %s by name', (param, request) => {
    expect(() => translate(request)).toThrow(expect.objectContaining({ code: 'invalid_request', param }));
  });
});
