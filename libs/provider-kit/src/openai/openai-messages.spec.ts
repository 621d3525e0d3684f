import { describe, expect, it } from '@jest/globals';
import { RequestBody } from '@skein/contracts/wire';
import { vendorById, type VendorId } from '@skein/catalog';
import { toOpenAi } from './to-openai.js';

const question = { model: 'm', stream: false, continuation: null, record: null, at: 0 };

function ask(vendor: VendorId, request: object) {
  const whole = { model: 'm', messages: [{ role: 'user', content: 'hi' }], ...request };
  const body = RequestBody.of(whole);
  const asked = toOpenAi({ ...question, body }, vendor, vendorById(vendor).quirks);
  const sent = JSON.parse(new TextDecoder().decode(asked.body)) as Record<string, unknown> & {
    messages: Record<string, unknown>[];
  };
  return { sent, notices: asked.notices, isSame: asked.body === body.bytes };
}

const refusal = (param: string) => expect.objectContaining({ code: 'invalid_request', param });
const mark = { type: 'ephemeral' };
const thought = { type: 'thinking', thinking: 'hm', signature: 's' };
const PNG = 'data:image/png;base64,AAAA';
const call = { id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } };
const said = (extra: object) => ({
  messages: [
    { role: 'user', content: 'hi' },
    { role: 'assistant', content: 'ho', ...extra },
  ],
});

describe('what belongs to another dialect', () => {
  const fromAnthropic = {
    thinking: { type: 'enabled', budget_tokens: 1024 },
    betas: ['b'],
    context_management: { edits: [] },
    output_config: { effort: 'high' },
    top_k: 5,
    messages: [
      { role: 'system', content: [{ type: 'text', text: 'be brief', cache_control: mark }] },
      { role: 'assistant', content: null, thinking_blocks: [thought], tool_calls: [{ ...call, caller: {} }] },
      { role: 'tool', tool_call_id: 'a', content: 'no', is_error: true },
    ],
    tools: [{ type: 'function', function: { name: 'f' }, cache_control: mark, eager_input_streaming: true }],
  };

  it.each(['openai', 'azure', 'groq', 'mistral', 'cerebras'] as const)('does not reach %s, and is said', (vendor) => {
    const { sent, notices } = ask(vendor, fromAnthropic);
    expect(sent).toEqual({
      model: 'm',
      messages: [
        { role: 'system', content: [{ type: 'text', text: 'be brief' }] },
        { role: 'assistant', content: null, tool_calls: [call] },
        { role: 'tool', tool_call_id: 'a', content: 'no' },
      ],
      tools: [{ type: 'function', function: { name: 'f' } }],
    });
    for (const field of ['thinking', 'betas', 'context_management', 'output_config', 'top_k', 'thinking_blocks']) {
      expect(notices).toEqual(expect.arrayContaining([expect.stringContaining(`${vendor} has no ${field}`)]));
    }
    for (const field of [
      'cache_control in parts',
      'is_error',
      'cache_control in tools',
      'eager_input_streaming',
      'caller',
    ]) {
      expect(notices.join()).toContain(field);
    }
  });

  it.each(['vllm', 'custom'] as const)('goes on to %s, of which nothing is known', (vendor) => {
    expect(ask(vendor, fromAnthropic)).toMatchObject({ isSame: true, notices: [] });
  });

  it('goes where it is taken', () => {
    const { sent, notices } = ask('openrouter', fromAnthropic);
    expect(sent).toMatchObject({ top_k: 5, tools: [{ cache_control: mark }] });
    expect(sent.messages[0]).toEqual(fromAnthropic.messages[0]);
    expect(notices.join()).not.toMatch(/cache_control|top_k/);
    expect(ask('qwen', { top_k: 5, enable_thinking: true }).sent).toMatchObject({ top_k: 5, enable_thinking: true });
    expect(ask('zhipu', { thinking: { type: 'enabled' } }).sent).toMatchObject({ thinking: { type: 'enabled' } });
  });

  it.each([
    ['deepseek', { reasoning_content: 'hm' }, { reasoning_content: 'hm' }],
    ['moonshot', { reasoning_content: 'hm' }, { reasoning_content: 'hm' }],
    ['deepseek', { reasoning: 'hm' }, { reasoning_content: 'hm' }],
    ['openrouter', { reasoning_content: 'hm' }, { reasoning: 'hm' }],
    ['groq', { reasoning_content: 'hm', reasoning: 'hm' }, { reasoning: 'hm' }],
    ['openai', { reasoning_content: 'hm' }, {}],
    ['mistral', { reasoning: 'hm' }, {}],
  ] as const)('%s gets thoughts back under its own name, if at all', (vendor, asked, expected) => {
    const { sent, notices } = ask(vendor, said(asked));
    expect(sent.messages[1]).toEqual({ role: 'assistant', content: 'ho', ...expected });
    expect(notices).toHaveLength(Object.keys(expected).length === 0 ? 1 : 0);
  });

  it('leaves out what was empty without a word, and takes a refusal for what was said', () => {
    const empty = { refusal: null, annotations: [], audio: null, function_call: null, reasoning_content: '' };
    expect(ask('mistral', said(empty))).toMatchObject({ notices: [] });
    expect(ask('mistral', said(empty)).sent.messages[1]).toEqual({ role: 'assistant', content: 'ho' });
    const refused = ask('mistral', said({ content: null, refusal: 'no' }));
    expect(refused.sent.messages[1]).toEqual({ role: 'assistant', content: 'no' });
    expect(ask('openai', said({ refusal: null, annotations: [] })).isSame).toBe(true);
  });

  it('is refused by name where it is content or a tool', () => {
    const content = [{ type: 'search_result', source: 'x', title: 't', content: [] }];
    expect(() => ask('openai', { messages: [{ role: 'user', content }] })).toThrow(refusal('messages[0].content[0]'));
    expect(() => ask('openai', { tools: [{ type: 'web_search_20250305', name: 'web_search' }] })).toThrow(
      refusal('tools[0]'),
    );
  });

  it('is said in the vendor’s own words where it can be', () => {
    const content = [
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } },
      { type: 'document', title: 'T', source: { type: 'text', media_type: 'text/plain', data: 'abc' } },
      {
        type: 'document',
        title: 'a.pdf',
        source: { type: 'base64', media_type: 'application/pdf', data: 'BB' },
        context: 'c',
      },
    ];
    const { sent, notices } = ask('openai', { messages: [{ role: 'user', content }] });
    expect(sent.messages[0]?.content).toEqual([
      { type: 'image_url', image_url: { url: PNG } },
      { type: 'text', text: 'T\n\nabc' },
      { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,BB' } },
    ]);
    expect(notices).toEqual([expect.stringContaining('cite')]);
  });
});

describe('pictures in results of tools', () => {
  const picture = { type: 'image_url', image_url: { url: PNG } };
  const messages = [
    { role: 'assistant', content: null, tool_calls: [call, { ...call, id: 'b' }] },
    { role: 'tool', tool_call_id: 'a', content: [{ type: 'text', text: 'see' }, picture] },
    { role: 'tool', tool_call_id: 'b', content: 'sunny' },
    { role: 'user', content: 'and?' },
  ];

  it('follow once the results of the turn are told, and it is said', () => {
    const { sent, notices } = ask('openai', { messages });
    expect(sent.messages.map(({ role }) => role)).toEqual(['assistant', 'tool', 'tool', 'user', 'user']);
    expect(sent.messages[3]?.content).toEqual([{ type: 'text', text: 'From the result of a:' }, picture]);
    expect(notices).toEqual([expect.stringContaining('results of tools')]);
  });

  it('stay where the vendor reads them there', () => {
    expect(ask('ollama', { messages })).toMatchObject({ isSame: true, notices: [] });
  });

  it('are refused by name where the vendor sees nothing', () => {
    expect(() => ask('deepseek', { messages })).toThrow(refusal('messages[1].content[1]'));
  });
});

describe('what a vendor cannot do', () => {
  it.each([
    ['groq', 'n', { n: 2 }],
    ['groq', 'logprobs', { logprobs: true }],
    ['mistral', 'logit_bias', { logit_bias: { 1: 1 } }],
    ['mistral', 'audio', { audio: { voice: 'x' } }],
    ['deepseek', 'n', { n: 3 }],
    ['perplexity', 'tools', { tools: [{ type: 'function', function: { name: 'f' } }] }],
    ['zhipu', 'tool_choice', { tool_choice: 'required' }],
    ['ollama', 'tool_choice', { tool_choice: { type: 'function', function: { name: 'f' } } }],
  ] as const)('%s refuses %s by name', (vendor, param, request) => {
    expect(() => ask(vendor, request)).toThrow(refusal(param));
  });

  it('is left out with a notice where it is but a wish, and without where it asks for nothing', () => {
    const { sent, notices } = ask('groq', {
      n: 1,
      logprobs: false,
      verbosity: 'low',
      store: true,
      service_tier: 'flex',
    });
    expect(sent).toEqual({ model: 'm', messages: [{ role: 'user', content: 'hi' }], service_tier: 'flex' });
    expect(notices).toEqual(['groq has no verbosity; it was left out']);
  });

  it('is asked for in words where it takes no schema', () => {
    const schema = { type: 'object', properties: { a: { type: 'string' } } };
    const format = { type: 'json_schema', json_schema: { name: 's', schema } };
    const deepseek = ask('deepseek', { response_format: format });
    expect(deepseek.sent.response_format).toEqual({ type: 'json_object' });
    expect(deepseek.sent.messages[0]).toMatchObject({ role: 'system' });
    expect(String(deepseek.sent.messages[0]?.content)).toContain(JSON.stringify(schema));
    expect(deepseek.notices).toEqual([expect.stringContaining('json_schema')]);
    expect(ask('minimax', { response_format: { type: 'json_object' } }).sent).not.toHaveProperty('response_format');
    expect(ask('groq', { response_format: format }).isSame).toBe(true);
  });

  it('loses strictness where a schema is not what strict mode takes', () => {
    const schema = { type: 'object', properties: { a: { type: 'string' } } };
    const closed = { ...schema, required: ['a'], additionalProperties: false };
    const strict = (held: object) => ({
      response_format: { type: 'json_schema', json_schema: { name: 's', strict: true, schema: held } },
    });
    expect(ask('openai', strict(closed)).isSame).toBe(true);
    const { sent, notices } = ask('openai', strict(schema));
    expect(sent.response_format).toMatchObject({ json_schema: { strict: false } });
    expect(notices).toEqual([expect.stringContaining('strict')]);
  });
});
