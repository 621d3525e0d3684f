import { describe, expect, it } from '@jest/globals';
import { catalog, vendorById, type VendorId } from '@skein/catalog';
import { RequestBody } from '@skein/contracts/wire';
import type { Question } from '../../vendor-adapter.js';
import { openAiDialect } from '../openai-dialect.js';
import { isTextAlone, needsResponse } from './responses-call.js';
import { toResponse } from './to-response.js';

const hello = [{ role: 'user', content: 'hi' }];
const asking = (request: object, rest: Partial<Question> = {}): Question => ({
  body: RequestBody.of({ model: 'auto', messages: hello, ...request }),
  model: 'gpt-5',
  stream: false,
  continuation: null,
  record: null,
  at: 0,
  ...rest,
});
const translate = (request: object, rest: Partial<Question> = {}, vendor: VendorId = 'openai') =>
  toResponse(asking(request, rest), vendorById(vendor));
const bodyOf = (request: object, rest: Partial<Question> = {}, vendor?: VendorId) =>
  translate(request, rest, vendor).body;
const inputOf = (messages: readonly object[], vendor?: VendorId) => bodyOf({ messages }, {}, vendor).input;
const refusal = (param: string) => expect.objectContaining({ code: 'invalid_request', param });
const tool = { type: 'function', function: { name: 'f', description: 'd', parameters: { type: 'object' } } };

describe('a chat as a Response', () => {
  it('says what was said, in the fields a Response has', () => {
    const schema = { type: 'object' };
    expect(
      bodyOf({
        messages: [
          { role: 'system', content: 'be brief' },
          { role: 'user', content: [{ type: 'text', text: 'hi' }] },
        ],
        max_tokens: 5,
        temperature: 0.2,
        top_p: 0.9,
        reasoning_effort: 'low',
        verbosity: 'high',
        service_tier: 'flex',
        prompt_cache_key: 'k',
        response_format: { type: 'json_schema', json_schema: { name: 's', schema } },
        metadata: { task: 'code', run: '7' },
        stream_options: { include_usage: true },
        top_logprobs: 2,
        logprobs: true,
        n: 1,
        tomorrow: 'yes',
      }),
    ).toEqual({
      model: 'gpt-5',
      store: false,
      input: [
        { type: 'message', role: 'system', content: 'be brief' },
        { type: 'message', role: 'user', content: 'hi' },
      ],
      max_output_tokens: 5,
      temperature: 0.2,
      top_p: 0.9,
      service_tier: 'flex',
      prompt_cache_key: 'k',
      text: { format: { type: 'json_schema', name: 's', schema }, verbosity: 'high' },
      reasoning: { effort: 'low' },
      metadata: { run: '7' },
      top_logprobs: 2,
      include: ['message.output_text.logprobs'],
      tomorrow: 'yes',
    });
  });

  it('offers functions, custom tools and the vendor’s own, and chooses among them', () => {
    const grammar = { type: 'grammar', grammar: { syntax: 'lark', definition: 'x' } };
    const search = { type: 'web_search', search_context_size: 'low' };
    expect(
      bodyOf({
        tools: [tool, { type: 'custom', custom: { name: 'c', format: grammar } }, search],
        tool_choice: { type: 'function', function: { name: 'f' } },
        parallel_tool_calls: false,
      }),
    ).toMatchObject({
      tools: [
        { type: 'function', name: 'f', description: 'd', parameters: { type: 'object' }, strict: false },
        { type: 'custom', name: 'c', format: { type: 'grammar', syntax: 'lark', definition: 'x' } },
        search,
      ],
      tool_choice: { type: 'function', name: 'f' },
      parallel_tool_calls: false,
    });
    const allowed = { mode: 'required', tools: [{ type: 'function', function: { name: 'f' } }] };
    expect(
      bodyOf({ tools: [tool], tool_choice: { type: 'allowed_tools', allowed_tools: allowed } }).tool_choice,
    ).toEqual({
      type: 'allowed_tools',
      mode: 'required',
      tools: [{ type: 'function', name: 'f' }],
    });
    expect(bodyOf({ web_search_options: { search_context_size: 'high' } }).tools).toEqual([
      { type: 'web_search', search_context_size: 'high' },
    ]);
  });

  it('shows pictures and files, and gives results of tools with theirs', () => {
    const image = { type: 'image_url', image_url: { url: 'https://x/y.png' } };
    const file = { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,AA' } };
    const call = { id: 'c1', type: 'function', function: { name: 'f', arguments: '{}' } };
    const custom = { id: 'c2', type: 'custom', custom: { name: 'c', input: 'x' } };
    expect(
      inputOf([
        { role: 'user', content: [{ type: 'text', text: 'look' }, image, file] },
        { role: 'assistant', content: null, tool_calls: [call, custom] },
        { role: 'tool', tool_call_id: 'c1', content: [image] },
        { role: 'tool', tool_call_id: 'c2', content: 'done' },
      ]),
    ).toEqual([
      {
        type: 'message',
        role: 'user',
        content: [
          { type: 'input_text', text: 'look' },
          { type: 'input_image', image_url: 'https://x/y.png', detail: 'auto' },
          { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,AA' },
        ],
      },
      { type: 'function_call', call_id: 'c1', name: 'f', arguments: '{}' },
      { type: 'custom_tool_call', call_id: 'c2', name: 'c', input: 'x' },
      {
        type: 'function_call_output',
        call_id: 'c1',
        output: [{ type: 'input_image', image_url: 'https://x/y.png', detail: 'auto' }],
      },
      { type: 'custom_tool_call_output', call_id: 'c2', output: 'done' },
    ]);
  });

  it('gives thoughts and what the vendor’s own tools did back as they were told, in their order', () => {
    const thought = { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'x' };
    const searched = { type: 'web_search_call', id: 'ws_1', status: 'completed' };
    const call = { id: 'c1', type: 'function', function: { name: 'f', arguments: '{}' } };
    const said = {
      role: 'assistant',
      content: 'Wait.Done.',
      reasoning_content: 'told twice',
      response_items: [thought, searched],
      tool_calls: [call],
      block_order: [
        { type: 'item' },
        { type: 'text', length: 5, phase: 'commentary' },
        { type: 'item' },
        { type: 'text', length: 5 },
        { type: 'call' },
      ],
    };
    expect(translate({ messages: [said] })).toMatchObject({
      notices: [],
      body: {
        input: [
          thought,
          { type: 'message', role: 'assistant', content: 'Wait.', phase: 'commentary' },
          searched,
          { type: 'message', role: 'assistant', content: 'Done.' },
          { type: 'function_call', call_id: 'c1' },
        ],
      },
    });
    expect(inputOf([{ role: 'assistant', content: null, refusal: 'no' }])).toEqual([
      { type: 'message', role: 'assistant', content: [{ type: 'refusal', refusal: 'no' }] },
    ]);
    const unsigned = { role: 'assistant', content: 'so', reasoning_content: 'hm' };
    expect(translate({ messages: [unsigned] }).notices).toHaveLength(1);
    expect(inputOf([unsigned], 'deepseek')).toMatchObject([
      { type: 'reasoning', content: [{ type: 'reasoning_text', text: 'hm' }] },
      { role: 'assistant', content: 'so' },
    ]);
  });

  it('asks for thoughts to be sent back where a model thinks between calls, and lays what only a Response has over all', () => {
    const record = catalog.recordOf('openai', 'gpt-5-codex');
    expect(bodyOf({ tools: [tool] }, { record }).include).toEqual(['reasoning.encrypted_content']);
    expect(bodyOf({}, { record }).include).toBeUndefined();
    const responses = {
      include: ['reasoning.encrypted_content'],
      reasoning: { summary: 'auto' },
      truncation: 'auto',
      tools: [{ type: 'web_search' }],
    };
    expect(bodyOf({ tools: [tool], reasoning_effort: 'high', responses })).toMatchObject({
      include: ['reasoning.encrypted_content'],
      reasoning: { effort: 'high', summary: 'auto' },
      truncation: 'auto',
      tools: [{ name: 'f' }, { type: 'web_search' }],
    });
  });

  it.each([
    ['n', { n: 2 }],
    ['stop', { stop: ['x'] }],
    ['logit_bias', { logit_bias: { 1: 1 } }],
    ['audio', { audio: { voice: 'x' } }],
    ['modalities', { modalities: ['audio'] }],
    ['messages[0].content[0]', { messages: [{ role: 'user', content: [{ type: 'input_audio', input_audio: {} }] }] }],
    ['tools[0]', { tools: [{ type: 'web_search_20250305', name: 'web_search' }] }],
  ])('refuses %s by name', (param, request) => {
    expect(() => translate(request)).toThrow(refusal(param));
  });

  it('says what it leaves out', () => {
    expect(translate({ seed: 1, frequency_penalty: 1, top_k: 3 }).notices).toEqual([
      'openai has no seed; it was left out',
      'openai has no frequency_penalty; it was left out',
      'openai has no top_k; it was left out',
    ]);
    expect(translate({ service_tier: 'flex' }, {}, 'xai').notices).toEqual([
      'xai has no service_tier; it was left out',
    ]);
  });
});

describe('a Response is asked for', () => {
  const needs = (request: object, model: string, vendor: VendorId) =>
    needsResponse(vendorById(vendor), asking(request, { record: catalog.recordOf(vendor, model) }));

  it.each<[boolean, object, string, VendorId]>([
    [false, {}, 'gpt-5', 'openai'],
    [false, { tools: [tool] }, 'gpt-5', 'openai'],
    [true, {}, 'o1-pro', 'openai'],
    [true, {}, 'gpt-5-codex', 'azure'],
    [true, { responses: { truncation: 'auto' } }, 'gpt-5', 'openai'],
    [false, { responses: {} }, 'gpt-5', 'openai'],
    [true, { tools: [{ type: 'web_search' }] }, 'gpt-5', 'openai'],
    [
      true,
      { messages: [{ role: 'assistant', content: null, response_items: [{ type: 'compaction' }] }] },
      'gpt-5',
      'openai',
    ],
    [false, { tools: [{ type: 'code_interpreter' }] }, 'x', 'groq'],
    [false, { responses: { tools: [{ type: 'web_search' }] } }, 'deepseek-v4-flash', 'deepseek'],
  ])('%s for %j', (isNeeded, request, model, vendor) => {
    expect(needs(request, model, vendor)).toBe(isNeeded);
  });

  it.each([
    [true, {}],
    [false, { tools: [tool] }],
    [false, { logprobs: true }],
    [false, { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:' } }] }] }],
    [false, { messages: [{ role: 'tool', tool_call_id: 'a', content: 'x' }] }],
    [false, { messages: [] }],
  ])('over a socket, where a chat is text alone: %s for %j', (isAlone, request) => {
    expect(isTextAlone(asking(request))).toBe(isAlone);
  });

  it('nowhere else: other vendors leave out what only it has, or refuse it by name', () => {
    const { prepare } = openAiDialect('groq');
    const responses = { include: ['x'], truncation: 'auto' };
    expect(prepare(asking({ responses })).notices).toEqual(['groq has no truncation; it was left out']);
    expect(() => prepare(asking({ responses: { tools: [{ type: 'web_search' }] } }))).toThrow(refusal('tools'));
    const outputs = [{ role: 'user', content: '', response_items: [{ type: 'computer_call_output' }] }];
    expect(() => prepare(asking({ messages: outputs }))).toThrow(refusal('messages[0].response_items'));
  });
});
