import { describe, expect, it } from '@jest/globals';
import { RequestBody } from '@skein/contracts/wire';
import { catalog } from '@skein/catalog';
import type { Question } from '@skein/provider-kit';
import { toAnthropic } from './to-anthropic.js';

const messages = [{ role: 'user', content: 'hi' }];

function translate(request: object, question: Partial<Question> = {}) {
  return toAnthropic({
    body: RequestBody.of({ model: 'auto', messages, max_tokens: 100, ...request }),
    model: 'claude-sonnet-4-5',
    stream: false,
    continuation: null,
    record: null,
    at: 0,
    ...question,
  });
}

const refusal = (param: string) => expect.objectContaining({ code: 'invalid_request', param });
const PNG = 'data:image/png;base64,AAAA';

describe('an OpenAI request for Anthropic', () => {
  it('puts system and developer text first', () => {
    const { body, notices } = translate({
      messages: [{ role: 'system', content: 'be brief' }, ...messages, { role: 'developer', content: 'be kind' }],
    });
    expect(body.system).toEqual([
      { type: 'text', text: 'be brief' },
      { type: 'text', text: 'be kind' },
    ]);
    expect(body.messages).toEqual([{ role: 'user', content: [{ type: 'text', text: 'hi' }] }]);
    expect(notices).toEqual([expect.stringContaining('messages[2]')]);
  });

  it('puts the results of parallel calls in one turn, with images and documents', () => {
    const { body } = translate({
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'see', cache_control: { type: 'ephemeral' } },
            { type: 'image_url', image_url: { url: PNG } },
            { type: 'image_url', image_url: { url: 'https://x/y.png' } },
            { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,BBBB' } },
          ],
        },
        {
          role: 'assistant',
          content: '',
          tool_calls: [
            { id: 'a', type: 'function', function: { name: 'f', arguments: '{"x":1}' } },
            { id: 'b', type: 'function', function: { name: 'g', arguments: '' } },
          ],
        },
        { role: 'tool', tool_call_id: 'a', content: 'one' },
        { role: 'tool', tool_call_id: 'b', content: [{ type: 'image_url', image_url: { url: PNG } }] },
      ],
    });
    const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } };
    expect(body.messages).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'see', cache_control: { type: 'ephemeral' } },
          image,
          { type: 'image', source: { type: 'url', url: 'https://x/y.png' } },
          { type: 'document', title: 'a.pdf', source: { type: 'base64', media_type: 'application/pdf', data: 'BBBB' } },
        ],
      },
      {
        role: 'assistant',
        content: [
          { type: 'tool_use', id: 'a', name: 'f', input: { x: 1 } },
          { type: 'tool_use', id: 'b', name: 'g', input: {} },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'a', content: 'one' },
          { type: 'tool_result', tool_use_id: 'b', content: [image] },
        ],
      },
    ]);
  });

  it('gives thinking back with its signature', () => {
    const thought = { type: 'thinking', thinking: 'hm', signature: 's' };
    const { body } = translate({
      messages: [...messages, { role: 'assistant', content: 'yes', thinking_blocks: [thought] }],
    });
    expect(body.messages[1]?.content).toEqual([thought, { type: 'text', text: 'yes' }]);
  });

  it.each([
    ['auto', undefined, { type: 'auto' }],
    ['none', undefined, { type: 'none' }],
    ['required', undefined, { type: 'any' }],
    [{ type: 'function', function: { name: 'f' } }, undefined, { type: 'tool', name: 'f' }],
    [undefined, false, { type: 'auto', disable_parallel_tool_use: true }],
    ['required', false, { type: 'any', disable_parallel_tool_use: true }],
  ])('chooses tools: %j, parallel %s', (tool_choice, parallel_tool_calls, expected) => {
    const tools = [{ type: 'function', function: { name: 'f', strict: true, parameters: { properties: {} } } }];
    const { body } = translate({ tools, tool_choice, parallel_tool_calls });
    const input_schema = { type: 'object', properties: {}, additionalProperties: false };
    expect(body.tools).toEqual([{ name: 'f', strict: true, input_schema }]);
    expect(body.tool_choice).toEqual(expected);
  });

  it.each([
    ['n', { n: 2 }],
    ['logprobs', { logprobs: true }],
    ['top_logprobs', { top_logprobs: 3 }],
    ['logit_bias', { logit_bias: { 1: 2 } }],
    ['functions', { functions: [{ name: 'f' }] }],
    ['modalities', { modalities: ['text', 'audio'] }],
    ['messages[0].content[0]', { messages: [{ role: 'user', content: [{ type: 'input_audio' }] }] }],
    ['messages[0].role', { messages: [{ role: 'function', name: 'f', content: 'x' }] }],
    ['tools[0]', { tools: [{ type: 'custom', custom: { name: 'x' } }] }],
    ['response_format.type', { response_format: { type: 'grammar' } }],
    [
      'messages[0].tool_calls[0].function.arguments',
      { messages: [{ role: 'assistant', tool_calls: [{ id: 'a', function: { name: 'f', arguments: '{' } }] }] },
    ],
  ])('refuses %s by name', (param, request) => {
    expect(() => translate(request)).toThrow(refusal(param));
  });

  it('takes what asks for nothing for what it is', () => {
    const nothing = { n: 1, logprobs: false, frequency_penalty: 0, seed: null, modalities: ['text'], logit_bias: {} };
    expect(translate({ ...nothing, service_tier: 'auto' }).notices).toEqual([]);
  });

  it('leaves out wishes it cannot take, and says so', () => {
    const { body, notices } = translate({ seed: 7, presence_penalty: 1, temperature: 1.4, top_p: 0.5 });
    expect(body).toMatchObject({ temperature: 1 });
    expect(body).not.toHaveProperty('seed');
    expect(notices).toEqual([
      expect.stringContaining('seed'),
      expect.stringContaining('presence_penalty'),
      expect.stringContaining('1.4'),
      expect.stringContaining('top_p'),
    ]);
  });

  it('takes the caller’s bound, then the catalogue’s, then a default that it tells of', () => {
    const unbounded = { max_tokens: undefined };
    expect(translate({ max_completion_tokens: 7, ...unbounded }).body.max_tokens).toBe(7);
    const record = catalog.modelsOf('anthropic').find(({ max_output_tokens }) => max_output_tokens !== null) ?? null;
    expect(translate(unbounded, { record })).toMatchObject({
      body: { max_tokens: record?.max_output_tokens },
      notices: [],
    });
    const { body, notices } = translate(unbounded);
    expect(body.max_tokens).toBe(4_096);
    expect(notices).toEqual([expect.stringContaining('max_tokens')]);
  });

  it('thinks as much as was asked for, and as the model can be told', () => {
    const old = translate({ reasoning_effort: 'high', max_tokens: 64_000, temperature: 0.3 });
    expect(old.body.thinking).toEqual({ type: 'enabled', budget_tokens: 16_384 });
    expect(old.body).not.toHaveProperty('temperature');
    expect(old.notices).toEqual([expect.stringContaining('temperature')]);
    const young = translate({ reasoning_effort: 'high' }, { model: 'claude-opus-4-7' });
    expect(young.body).toMatchObject({ thinking: { type: 'adaptive' }, output_config: { effort: 'high' } });
    expect(translate({ reasoning_effort: 'none' }).body).not.toHaveProperty('thinking');
    expect(translate({ reasoning_effort: 'low', max_tokens: 1_500 }).notices).toEqual([
      expect.stringContaining('room'),
    ]);
  });

  it('asks for a schema in the vendor’s way, and for plain JSON in words', () => {
    const schema = { type: 'object', properties: { a: { type: 'string' } } };
    const strict = translate({ response_format: { type: 'json_schema', json_schema: { name: 's', schema } } });
    expect(strict.body.output_config).toEqual({
      format: { type: 'json_schema', schema: { ...schema, additionalProperties: false } },
    });
    const loose = translate({ response_format: { type: 'json_object' } });
    expect(loose.body.system).toHaveLength(1);
    expect(loose.notices).toHaveLength(1);
  });

  it('passes on what is Anthropic’s own, and keeps Skein’s', () => {
    const { body, betas } = translate({
      top_k: 5,
      thinking: { type: 'disabled' },
      betas: ['b-1'],
      metadata: { task: 'code', user_id: 'u' },
      tools: [{ type: 'web_search_20250305', name: 'web_search' }],
    });
    expect(body).toMatchObject({ top_k: 5, thinking: { type: 'disabled' }, metadata: { user_id: 'u' } });
    expect(body.tools).toEqual([{ type: 'web_search_20250305', name: 'web_search' }]);
    expect(body).not.toHaveProperty('betas');
    expect(betas).toEqual(['b-1']);
  });

  it('goes on from what another vendor said', () => {
    const roles = (model: string) =>
      translate({}, { continuation: { text_so_far: 'Once ' }, model }).body.messages.map(({ role }) => role);
    expect(roles('claude-sonnet-4-5')).toEqual(['user', 'assistant']);
    expect(roles('claude-sonnet-4-6')).toEqual(['user', 'assistant', 'user']);
  });

  it('keeps what tools of Anthropic’s own did, what was cited, and every member of a tool', () => {
    const server = [
      { type: 'server_tool_use', id: 's', name: 'web_search', input: { query: 'x' } },
      { type: 'web_search_tool_result', tool_use_id: 's', content: [] },
    ];
    const cited = {
      type: 'web_search_result_location',
      url: 'https://x',
      title: 't',
      encrypted_index: 'e',
      cited_text: 'c',
    };
    const marks = { cache_control: { type: 'ephemeral' }, eager_input_streaming: true, defer_loading: true };
    const { body, notices } = translate({
      messages: [
        ...messages,
        { role: 'assistant', content: 'found', vendor_blocks: server, citations: [cited], reasoning_content: 'hm' },
        { role: 'assistant', content: [...server, { type: 'text', text: 'again', citations: [cited] }] },
      ],
      tools: [{ type: 'function', function: { name: 'f' }, ...marks, allowed_callers: ['direct'] }],
    });
    expect(body.messages[1]?.content).toEqual([
      ...server,
      { type: 'text', text: 'found', citations: [cited] },
      ...server,
      { type: 'text', text: 'again', citations: [cited] },
    ]);
    expect(body.tools).toEqual([
      { name: 'f', input_schema: { type: 'object', properties: {} }, ...marks, allowed_callers: ['direct'] },
    ]);
    expect(notices).toEqual([expect.stringContaining('reasoning_content')]);
  });

  it('leaves out what is another vendor’s, and says so', () => {
    const { body, notices } = translate({
      safetySettings: [],
      generationConfig: { topK: 1 },
      messages: [{ role: 'user', content: 'hi', name: 'Ann', extra_content: { google: {} } }],
    });
    expect(body).not.toHaveProperty('generationConfig');
    expect(notices).toEqual([
      expect.stringContaining('generationConfig'),
      expect.stringContaining('extra_content'),
      expect.stringContaining('name'),
    ]);
  });

  it('writes schemas as its grammar wants them, and says what that does not enforce', () => {
    const schema = { $schema: 's', type: 'object', properties: { a: { type: 'string', minLength: 2 } } };
    const { body, notices } = translate({
      response_format: { type: 'json_schema', json_schema: { name: 's', schema } },
    });
    expect(body.output_config).toEqual({
      format: {
        type: 'json_schema',
        schema: { type: 'object', properties: { a: { type: 'string' } }, additionalProperties: false },
      },
    });
    expect(notices).toEqual([expect.stringMatching(/minLength/)]);
    expect(notices.join()).not.toContain('$schema');
  });
});
