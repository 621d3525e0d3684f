import { describe, expect, it } from '@jest/globals';
import { noUsage } from '@skein/contracts/attempt';
import { writeThoughts } from '@skein/contracts/responses';
import { fromChat } from './from-chat.js';

interface Choice {
  readonly message?: object;
  readonly finish_reason?: string;
  readonly [extra: string]: unknown;
}
const answer = (choice: Choice, rest: object = {}) => ({
  id: 'chatcmpl-1',
  model: 'm',
  choices: [{ index: 0, finish_reason: 'stop', ...choice }],
  ...rest,
});
const contentOf = (message: object, finish_reason = 'stop') =>
  fromChat(answer({ message, finish_reason }), null).content;
const call = (args: string) => ({
  tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: args } }],
});

describe('a completion as a message', () => {
  it('has every field of a message', () => {
    expect(fromChat(answer({ message: { content: 'hi' } }), { ...noUsage, input_uncached: 4, output: 1 })).toEqual({
      id: 'chatcmpl-1',
      type: 'message',
      role: 'assistant',
      model: 'm',
      content: [{ type: 'text', text: 'hi' }],
      stop_reason: 'end_turn',
      stop_sequence: null,
      stop_details: null,
      container: null,
      usage: {
        input_tokens: 4,
        output_tokens: 1,
        cache_read_input_tokens: 0,
        cache_creation_input_tokens: 0,
        cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
        server_tool_use: null,
        service_tier: null,
        inference_geo: null,
      },
    });
  });

  it('has thoughts, then Anthropic’s own blocks, then text with its sources, then calls', () => {
    const thoughts = [
      { type: 'thinking', thinking: 'hm', signature: 's' },
      { type: 'redacted_thinking', data: 'x' },
    ];
    const searched = { type: 'server_tool_use', id: 's', name: 'web_search', input: { query: 'q' } };
    const content = contentOf({
      content: 'so',
      reasoning_content: 'hm',
      thinking_blocks: thoughts,
      vendor_blocks: [searched],
      citations: [{ cited_text: 'c' }],
      ...call('{"x":1}'),
    });
    expect(content).toEqual([
      ...thoughts,
      searched,
      { type: 'text', text: 'so', citations: [{ cited_text: 'c' }] },
      { type: 'tool_use', id: 'a', name: 'f', input: { x: 1 }, caller: { type: 'direct' } },
    ]);
  });

  it('keeps the order of blocks, and a thought of OpenAI’s in the place of a signature', () => {
    const own = { type: 'reasoning', id: 'rs_9', summary: [{ text: 'hm' }], encrypted_content: 'g' };
    const said = { content: 'One.Two.', reasoning_content: 'hm', response_items: [own] };
    const block_order = [{ type: 'text', length: 4 }, { type: 'item' }, { type: 'text', length: 4 }];
    const signed = { type: 'thinking', thinking: 'hm', signature: writeThoughts([own]) };
    expect(contentOf({ ...said, block_order })).toEqual([
      { type: 'text', text: 'One.' },
      signed,
      { type: 'text', text: 'Two.' },
    ]);
    expect(contentOf(said)).toEqual([signed, { type: 'text', text: 'One.Two.' }]);
  });

  it.each([
    ['reasoning_content', { content: 'so', reasoning_content: 'hm' }],
    ['reasoning, twice', { content: 'so', reasoning: 'hm', reasoning_content: 'hm' }],
    [
      'parts of content',
      {
        content: [
          { type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] },
          { type: 'text', text: 'so' },
        ],
      },
    ],
  ])('shows another vendor’s thinking unsigned: %s', (_, message) => {
    expect(contentOf(message)).toEqual([
      { type: 'thinking', thinking: 'hm', signature: '' },
      { type: 'text', text: 'so' },
    ]);
  });

  it.each([
    ['stop', {}, 'end_turn'],
    ['length', {}, 'max_tokens'],
    ['tool_calls', call('{}'), 'tool_use'],
    ['function_call', {}, 'tool_use'],
    ['content_filter', {}, 'refusal'],
    // OpenAI ends forced calls and refusals like this.
    ['stop', call('{}'), 'tool_use'],
    ['stop', { refusal: 'no' }, 'refusal'],
    ['a word of tomorrow', {}, 'end_turn'],
  ])('ended with %s and %j: %s', (finish_reason, message, expected) => {
    expect(fromChat(answer({ finish_reason, message }), null).stop_reason).toBe(expected);
  });

  it('says the vendor’s own reason and stop sequence where they were told', () => {
    const told = { message: {}, native_finish_reason: 'stop_sequence', stop_sequence: 'END' };
    expect(fromChat(answer(told), null)).toMatchObject({ stop_reason: 'stop_sequence', stop_sequence: 'END' });
    expect(fromChat(answer({ message: {}, native_finish_reason: 'STOP' }), null).stop_reason).toBe('end_turn');
  });

  it('counts by the normal form, else by what the answer itself tells', () => {
    const usage = {
      ...noUsage,
      input_uncached: 5,
      cache_read: 3,
      cache_write_5m: 2,
      cache_write_1h: 1,
      output: 9,
      reasoning: 4,
    };
    expect(fromChat(answer({}), usage).usage).toMatchObject({
      input_tokens: 5,
      cache_read_input_tokens: 3,
      cache_creation_input_tokens: 3,
      cache_creation: { ephemeral_5m_input_tokens: 2, ephemeral_1h_input_tokens: 1 },
      output_tokens: 9,
      output_tokens_details: { thinking_tokens: 4 },
    });
    const told = {
      prompt_tokens: 11,
      completion_tokens: 9,
      prompt_tokens_details: { cached_tokens: 3, cache_write_tokens: 3 },
      completion_tokens_details: { reasoning_tokens: 4 },
    };
    expect(fromChat(answer({}, { usage: told }), null).usage).toMatchObject({
      input_tokens: 5,
      cache_read_input_tokens: 3,
      cache_creation_input_tokens: 3,
      output_tokens: 9,
      output_tokens_details: { thinking_tokens: 4 },
    });
  });

  it('gives a call that the limit cut through an empty input, and refuses nonsense', () => {
    expect(contentOf(call('{"x":'), 'length')).toMatchObject([{ type: 'tool_use', input: {} }]);
    expect(contentOf(call(''))).toMatchObject([{ type: 'tool_use', input: {} }]);
    for (const args of ['{"x":', '7']) {
      expect(() => contentOf(call(args))).toThrow(expect.objectContaining({ code: 'vendor_malformed' }));
    }
  });

  it.each([[null], [{}], [{ choices: [] }], [[]]])('refuses an answer without a choice: %j', (body) => {
    expect(() => fromChat(body, null)).toThrow(expect.objectContaining({ code: 'vendor_malformed' }));
  });
});
