import { describe, expect, it } from '@jest/globals';
import { chatRequest } from '@skein/contracts/openai';
import { RequestBody } from '@skein/contracts/wire';
import { writeThoughts } from '@skein/contracts/responses';
import { readMessagesRequest } from './messages-request.js';
import { readBetas, toChat } from './to-chat.js';

const hello = { model: 'auto', max_tokens: 64, messages: [{ role: 'user', content: 'hello' }] };
const PNG = { type: 'base64', media_type: 'image/png', data: 'AAAA' };
const mark = { cache_control: { type: 'ephemeral' } };

/** Whatever comes out is a canonical request. */
const translate = (change: object) =>
  chatRequest.parse(toChat(readMessagesRequest(RequestBody.of({ ...hello, ...change })), []));
const messagesOf = (messages: readonly object[]) => translate({ messages }).messages;
const refusal = (param: string) => expect.objectContaining({ code: 'invalid_request', param });

describe('a Messages request in OpenAI’s words', () => {
  it('is the same request where both say it alike', () => {
    expect(translate({ temperature: 0.5, top_p: 0.9 })).toEqual({ ...hello, temperature: 0.5, top_p: 0.9 });
  });

  it('keeps what is Anthropic’s alone, for the vendor', () => {
    const own = {
      top_k: 5,
      thinking: { type: 'enabled', budget_tokens: 1024 },
      context_management: { edits: [] },
      ...mark,
    };
    expect(translate(own)).toEqual({ ...hello, ...own });
  });

  it('renames stop sequences and the user, and asks for the usage of a stream', () => {
    expect(translate({ stop_sequences: ['END'], metadata: { user_id: 'u', team: 't' }, stream: true })).toEqual({
      ...hello,
      stop: ['END'],
      user: 'u',
      metadata: { team: 't' },
      stream: true,
      stream_options: { include_usage: true },
    });
  });

  it('puts the system text first, as a string where it is nothing more', () => {
    expect(translate({ system: 'be brief' }).messages).toEqual([
      { role: 'system', content: 'be brief' },
      ...hello.messages,
    ]);
    const marked = { type: 'text', text: 'be brief', ...mark };
    expect(translate({ system: [marked] }).messages).toEqual([
      { role: 'system', content: [marked] },
      ...hello.messages,
    ]);
    expect(translate({ system: '' }).messages).toEqual(hello.messages);
  });

  it('shows images and files in OpenAI’s parts, marks and all', () => {
    const content = [
      { type: 'text', text: 'look', ...mark },
      { type: 'image', source: PNG, ...mark },
      { type: 'image', source: { type: 'url', url: 'https://x/y.png' } },
      { type: 'document', title: 'a.pdf', source: { ...PNG, media_type: 'application/pdf' } },
      { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'hé' } },
    ];
    expect(messagesOf([{ role: 'user', content }])).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'look', ...mark },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' }, ...mark },
          { type: 'image_url', image_url: { url: 'https://x/y.png' } },
          { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,AAAA' } },
          { type: 'file', file: { file_data: 'data:text/plain;base64,aMOp' } },
        ],
      },
    ]);
  });

  it.each([
    ['an image in the vendor’s files', { type: 'image', source: { type: 'file', file_id: 'f' } }],
    ['a document to be cited', { type: 'document', source: PNG, citations: { enabled: true } }],
    ['a document behind a URL', { type: 'document', source: { type: 'url', url: 'https://x/y.pdf' } }],
    ['a search result', { type: 'search_result', source: 's', title: 't', content: [] }],
    ['a block nobody knows yet', { type: 'hologram', depth: 3 }],
  ])('passes on as it is %s', (_, block) => {
    expect(messagesOf([{ role: 'user', content: [block] }])).toEqual([{ role: 'user', content: [block] }]);
  });

  it('makes each tool result a message, before what the user says besides', () => {
    const content = [
      { type: 'tool_result', tool_use_id: 'a', content: 'one', ...mark },
      { type: 'tool_result', tool_use_id: 'b', is_error: true, content: [{ type: 'image', source: PNG }] },
      { type: 'tool_result', tool_use_id: 'c' },
      { type: 'text', text: 'and now?' },
    ];
    expect(messagesOf([{ role: 'user', content }])).toEqual([
      { role: 'tool', tool_call_id: 'a', content: 'one', ...mark },
      {
        role: 'tool',
        tool_call_id: 'b',
        content: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }],
        is_error: true,
      },
      { role: 'tool', tool_call_id: 'c', content: '' },
      { role: 'user', content: 'and now?' },
    ]);
  });

  it('keeps thoughts with their signatures, words and calls of a turn in one message', () => {
    const thought = { type: 'thinking', thinking: 'hm', signature: 's' };
    const hidden = { type: 'redacted_thinking', data: 'x' };
    const content = [
      thought,
      hidden,
      { type: 'text', text: 'Let me see.' },
      { type: 'tool_use', id: 'a', name: 'f', input: { x: 1 } },
      { type: 'tool_use', id: 'b', name: 'g', input: {}, ...mark },
    ];
    expect(messagesOf([...hello.messages, { role: 'assistant', content }])).toEqual([
      ...hello.messages,
      {
        role: 'assistant',
        content: 'Let me see.',
        thinking_blocks: [thought, hidden],
        tool_calls: [
          { id: 'a', type: 'function', function: { name: 'f', arguments: '{"x":1}' } },
          { id: 'b', type: 'function', function: { name: 'g', arguments: '{}' } },
        ],
        ...mark,
      },
    ]);
  });

  it('keeps the order of a turn that thinks in between', () => {
    const thought = (thinking: string) => ({ type: 'thinking', thinking, signature: 's' });
    const content = [thought('one'), { type: 'text', text: 'first' }, thought('two'), { type: 'text', text: 'second' }];
    expect(messagesOf([...hello.messages, { role: 'assistant', content }]).slice(1)).toEqual([
      { role: 'assistant', content: 'first', thinking_blocks: [thought('one')] },
      { role: 'assistant', content: 'second', thinking_blocks: [thought('two')] },
    ]);
  });

  it('does not pass another vendor’s thinking off as signed', () => {
    const content = [
      { type: 'thinking', thinking: 'hm', signature: '' },
      { type: 'text', text: 'yes' },
    ];
    expect(messagesOf([...hello.messages, { role: 'assistant', content }]).at(-1)).toEqual({
      role: 'assistant',
      content: 'yes',
      reasoning_content: 'hm',
    });
  });

  it('gives OpenAI its thoughts back, which went by as signatures', () => {
    const own = { type: 'reasoning', id: 'rs_9', summary: [], encrypted_content: 'g' };
    const content = [
      { type: 'thinking', thinking: 'hm', signature: writeThoughts([own]) },
      { type: 'text', text: 'yes' },
    ];
    expect(messagesOf([{ role: 'assistant', content }])).toEqual([
      { role: 'assistant', content: 'yes', response_items: [own] },
    ]);
  });

  it('offers tools as functions, and Anthropic’s own as they are', () => {
    const input_schema = { type: 'object', properties: { city: { type: 'string' } } };
    const search = { type: 'web_search_20250305', name: 'web_search', max_uses: 2 };
    const tools = [
      { name: 'f', description: 'd', input_schema, strict: true, ...mark },
      { type: 'custom', name: 'g', input_schema },
      search,
    ];
    expect(translate({ tools }).tools).toEqual([
      { type: 'function', function: { name: 'f', description: 'd', parameters: input_schema, strict: true }, ...mark },
      { type: 'function', function: { name: 'g', parameters: input_schema } },
      search,
    ]);
  });

  it.each([
    [{ type: 'auto' }, { tool_choice: 'auto' }],
    [{ type: 'any' }, { tool_choice: 'required' }],
    [{ type: 'none' }, { tool_choice: 'none' }],
    [{ type: 'tool', name: 'f' }, { tool_choice: { type: 'function', function: { name: 'f' } } }],
    [
      { type: 'auto', disable_parallel_tool_use: true },
      { tool_choice: 'auto', parallel_tool_calls: false },
    ],
    [{ type: 'any', disable_parallel_tool_use: false }, { tool_choice: 'required' }],
  ])('chooses tools: %j', (tool_choice, expected) => {
    expect(translate({ tool_choice })).toEqual({ ...hello, ...expected });
  });

  it('asks for a schema so that every vendor can be asked', () => {
    const schema = { type: 'object' };
    expect(translate({ output_config: { effort: 'low', format: { type: 'json_schema', schema } } })).toEqual({
      ...hello,
      response_format: { type: 'json_schema', json_schema: { name: 'answer', schema, strict: true } },
      output_config: { effort: 'low' },
    });
    const foreign = { format: { type: 'grammar' }, effort: 'low' };
    expect(translate({ output_config: foreign }).output_config).toEqual(foreign);
  });

  it('carries the betas of the header', () => {
    expect(readBetas(undefined)).toEqual([]);
    const request = readMessagesRequest(RequestBody.of(hello));
    expect(toChat(request, readBetas('a-1, b-2,')).betas).toEqual(['a-1', 'b-2']);
  });

  it.each([
    ['max_tokens', { max_tokens: undefined }],
    ['max_tokens', { max_tokens: 0 }],
    ['model', { model: '' }],
    ['messages', { messages: [] }],
    ['messages.0.role', { messages: [{ role: 'tool', content: 'x' }] }],
    ['messages.0.content', { messages: [{ role: 'user', content: 7 }] }],
    ['messages.0.content.0.text', { messages: [{ role: 'user', content: [{ type: 'text' }] }] }],
    ['messages.0.content.0.tool_use_id', { messages: [{ role: 'user', content: [{ type: 'tool_result' }] }] }],
    [
      'messages.0.content.0.input',
      { messages: [{ role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'f' }] }] },
    ],
    ['system', { system: 7 }],
    ['tools.0.input_schema', { tools: [{ name: 'f' }] }],
    ['tool_choice.type', { tool_choice: { type: 'most' } }],
    ['tool_choice.name', { tool_choice: { type: 'tool' } }],
  ])('refuses by name: %s %j', (param, change) => {
    expect(() => translate(change)).toThrow(refusal(param));
  });
});
