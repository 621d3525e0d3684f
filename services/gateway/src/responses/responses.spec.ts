import { describe, expect, it } from '@jest/globals';
import { noUsage } from '@skein/contracts/attempt';
import { RequestBody } from '@skein/contracts/wire';
import { fromChat, readResponsesRequest, readThoughts, writeThoughts, toChat } from '@skein/contracts/responses';
import { ResponseStream, type ResponseEvent } from './stream-from-chat.js';

const read = (body: object) => readResponsesRequest(RequestBody.of(body));
const chatOf = (body: object, earlier: Record<string, unknown>[] = []) =>
  toChat(read({ model: 'm', input: 'hi', ...body }), earlier);
const frame = { id: 'resp_1', createdAt: 7, request: read({ model: 'm', input: 'hi' }), isStored: true };
const thought = { type: 'thinking', thinking: 'hm', signature: 's' };

describe('a Responses request as chat', () => {
  it('puts instructions first, and earlier items before the new', () => {
    const earlier = [{ role: 'user', content: [{ type: 'input_text', text: 'one' }] }];
    expect(chatOf({ instructions: 'Be kind.', input: 'two' }, earlier)['messages']).toEqual([
      { role: 'system', content: 'Be kind.' },
      { role: 'user', content: 'one' },
      { role: 'user', content: 'two' },
    ]);
  });

  it('makes one message of a thought, words and calls that follow one another', () => {
    const input = [
      {
        type: 'reasoning',
        id: 'rs',
        summary: [{ type: 'summary_text', text: 'hm' }],
        encrypted_content: writeThoughts([thought]),
      },
      { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Let me see.' }] },
      { type: 'function_call', call_id: 'c1', name: 'f', arguments: '{}' },
      { type: 'function_call', call_id: 'c2', name: 'g', arguments: '{"a":1}' },
      { type: 'function_call_output', call_id: 'c1', output: 'one' },
      { type: 'function_call_output', call_id: 'c2', output: [{ type: 'input_text', text: 'two' }] },
    ];
    expect(chatOf({ input })['messages']).toEqual([
      {
        role: 'assistant',
        content: 'Let me see.',
        reasoning_content: 'hm',
        thinking_blocks: [thought],
        tool_calls: [
          { id: 'c1', type: 'function', function: { name: 'f', arguments: '{}' } },
          { id: 'c2', type: 'function', function: { name: 'g', arguments: '{"a":1}' } },
        ],
      },
      { role: 'tool', tool_call_id: 'c1', content: 'one' },
      { role: 'tool', tool_call_id: 'c2', content: 'two' },
    ]);
  });

  it('spells formats, tools, limits and vendor fields as chat does', () => {
    const schema = { type: 'object' };
    const asked = chatOf({
      text: { format: { type: 'json_schema', name: 'n', schema, strict: true }, verbosity: 'low' },
      tools: [{ type: 'function', name: 'f', parameters: schema, strict: null, description: null }],
      tool_choice: { type: 'function', name: 'f' },
      max_output_tokens: 5,
      reasoning: { effort: 'low' },
      top_k: 3,
      store: false,
    });
    expect(asked).toMatchObject({
      response_format: { type: 'json_schema', json_schema: { name: 'n', schema, strict: true } },
      verbosity: 'low',
      tools: [{ type: 'function', function: { name: 'f', parameters: schema } }],
      tool_choice: { type: 'function', function: { name: 'f' } },
      max_completion_tokens: 5,
      reasoning_effort: 'low',
      top_k: 3,
    });
    expect(asked).not.toHaveProperty('store');
  });

  it('offers only the tools that are allowed', () => {
    const tools = ['f', 'g'].map((name) => ({ type: 'function', name }));
    const tool_choice = { type: 'allowed_tools', mode: 'required', tools: [{ type: 'function', name: 'g' }] };
    expect(chatOf({ tools, tool_choice })).toMatchObject({
      tools: [{ type: 'function', function: { name: 'g' } }],
      tool_choice: 'required',
    });
  });

  it('hands on what only a Response has, to vendors that serve them', () => {
    const search = { type: 'web_search', search_context_size: 'low' };
    const asked = chatOf({
      tools: [{ type: 'function', name: 'f' }, search],
      tool_choice: { type: 'web_search' },
      include: ['reasoning.encrypted_content', 'message.output_text.logprobs'],
      reasoning: { effort: 'low', summary: 'auto' },
      text: { verbosity: 'low', tomorrow: 1 },
      truncation: 'auto',
      max_tool_calls: 3,
    });
    expect(asked).toMatchObject({
      tools: [{ type: 'function', function: { name: 'f' } }],
      reasoning_effort: 'low',
      logprobs: true,
    });
    expect(asked['tool_choice']).toBeUndefined();
    expect(asked['responses']).toEqual({
      tools: [search],
      tool_choice: { type: 'web_search' },
      include: ['reasoning.encrypted_content'],
      reasoning: { summary: 'auto' },
      text: { tomorrow: 1 },
      truncation: 'auto',
      max_tool_calls: 3,
    });
    const plain = {
      include: [],
      truncation: 'disabled',
      reasoning: { effort: 'low' },
      text: { format: { type: 'text' } },
    };
    expect(chatOf(plain)).not.toHaveProperty('responses');
  });

  it('gives thoughts and items of OpenAI’s own back as they were told, and other vendors’ thoughts to them', () => {
    const own = { type: 'reasoning', id: 'rs_9', summary: [], encrypted_content: 'gAAAA' };
    const enciphered = { type: 'reasoning', summary: [], encrypted_content: writeThoughts([own]) };
    const searched = { type: 'web_search_call', id: 'ws_1', status: 'completed' };
    const output = { type: 'computer_call_output', call_id: 'c', output: {} };
    const said = (text: string, phase: string) => ({ type: 'message', role: 'assistant', content: text, phase });
    const input = [own, enciphered, searched, said('Wait.', 'commentary'), said('So.', 'final_answer'), output];
    expect(chatOf({ input })['messages']).toEqual([
      { role: 'assistant', content: 'Wait.', response_items: [own, own, searched], phase: 'commentary' },
      { role: 'assistant', content: 'So.', phase: 'final_answer' },
      { role: 'user', content: '', response_items: [output] },
    ]);
  });

  it.each<[string, object]>([
    ['conversation', { conversation: 'conv_1' }],
    ['input.0', { input: [{ type: 'item_reference', id: 'msg_1' }] }],
    ['stream', { background: true, stream: true }],
    ['store', { background: true, store: false }],
    ['input', { input: [] }],
    ['input.0.content.0.image_url', { input: [{ role: 'user', content: [{ type: 'input_image', file_id: 'f' }] }] }],
    ['text.format.type', { text: { format: { type: 'grammar' } } }],
  ])('refuses %s by its name', (param, body) => {
    expect(() => chatOf(body)).toThrow(expect.objectContaining({ code: 'invalid_request', param }));
  });
});

describe('a chat answer as a response', () => {
  const message = {
    role: 'assistant',
    content: 'Paris.',
    reasoning_content: 'hm',
    thinking_blocks: [thought],
    tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }],
  };

  it('has an item for each thing that was said', () => {
    const usage = { ...noUsage, input_uncached: 5, cache_read: 3, output: 4, reasoning: 2 };
    const response = fromChat({ model: 'served', choices: [{ message, finish_reason: 'tool_calls' }] }, usage, frame);
    expect(response).toMatchObject({
      id: 'resp_1',
      status: 'completed',
      model: 'served',
      output: [
        { type: 'reasoning', summary: [{ type: 'summary_text', text: 'hm' }] },
        { type: 'message', content: [{ type: 'output_text', text: 'Paris.' }] },
        { type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' },
      ],
      usage: {
        input_tokens: 8,
        input_tokens_details: { cached_tokens: 3 },
        output_tokens: 4,
        output_tokens_details: { reasoning_tokens: 2 },
        total_tokens: 12,
      },
    });
    const [reasoning] = response['output'] as { encrypted_content: string }[];
    expect(readThoughts(reasoning?.encrypted_content)).toEqual([thought]);
  });

  it.each([
    ['length', 'incomplete', { reason: 'max_output_tokens' }],
    ['content_filter', 'incomplete', { reason: 'content_filter' }],
    ['stop', 'completed', null],
  ])('ends by %s as %s', (finish_reason, status, incomplete_details) => {
    expect(fromChat({ choices: [{ message, finish_reason }] }, null, frame)).toMatchObject({
      status,
      incomplete_details,
    });
  });
});

describe('a chat stream as the events of a response', () => {
  const encode = (value: object) => new TextEncoder().encode(JSON.stringify(value));
  const play = (deltas: readonly object[], finish = 'stop') => {
    const stream = new ResponseStream(frame);
    const events: ResponseEvent[] = deltas.flatMap((delta) =>
      stream.feed(encode({ model: 'served', choices: [{ index: 0, delta }] })),
    );
    events.push(
      ...stream.feed(encode({ choices: [{ index: 0, delta: {}, finish_reason: finish }] })),
      ...stream.close(),
    );
    const response = stream.finished(null, true);
    return { events: [...events, ...stream.last(response)], response };
  };
  const call = (index: number, args: string, begins: object = {}) => ({
    tool_calls: [{ index, ...begins, function: { ...('id' in begins && { name: `f${index}` }), arguments: args } }],
  });

  it('numbers them, closes each item, and repeats the whole at its end', () => {
    const { events, response } = play([
      { role: 'assistant', content: '' },
      { reasoning_content: 'hm' },
      { content: 'Hi ' },
      { content: 'you' },
    ]);
    expect(events.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_, place) => place));
    expect(events.map(({ type }) => type)).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.reasoning_summary_part.added',
      'response.reasoning_summary_text.delta',
      'response.reasoning_summary_text.done',
      'response.reasoning_summary_part.done',
      'response.output_item.done',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.completed',
    ]);
    expect(response['output']).toMatchObject([{ type: 'reasoning' }, { content: [{ text: 'Hi you' }] }]);
  });

  it('keeps the order of thoughts, the vendor’s own tools and texts, plain and streamed', () => {
    const own = {
      type: 'reasoning',
      id: 'rs_9',
      summary: [{ type: 'summary_text', text: 'hm' }],
      encrypted_content: 'g',
    };
    const searched = { type: 'web_search_call', id: 'ws_1', status: 'completed' };
    const cited = (start: number) => ({
      type: 'url_citation',
      url_citation: { url: 'u', start_index: start, end_index: start + 2 },
    });
    const block_order = [
      { type: 'item' },
      { type: 'text', length: 5, phase: 'commentary' },
      { type: 'item' },
      { type: 'text', length: 3 },
      { type: 'text', length: 3, annotations: 1 },
    ];
    const { events, response } = play(
      [
        { reasoning_content: 'hm' },
        { response_items: [own] },
        { phase: 'commentary' },
        { content: 'Wait.' },
        { response_items: [searched] },
        { content: 'So.' },
        { block_order: [] },
        { content: 'It.', annotations: [cited(8)] },
        { block_order },
      ],
      'stop',
    );
    const flat = { type: 'url_citation', url: 'u', start_index: 0, end_index: 2 };
    expect(response['output']).toMatchObject([
      { type: 'reasoning', summary: [{ text: 'hm' }], encrypted_content: writeThoughts([own]) },
      { type: 'message', phase: 'commentary', content: [{ text: 'Wait.' }] },
      searched,
      { type: 'message', content: [{ text: 'So.' }, { text: 'It.', annotations: [flat] }] },
    ]);
    expect(events.map(({ type }) => type)).toContain('response.output_text.annotation.added');
    const message = {
      content: 'Wait.So.It.',
      reasoning_content: 'hm',
      response_items: [own, searched],
      annotations: [cited(8)],
      block_order,
    };
    expect(fromChat({ choices: [{ message, finish_reason: 'stop' }] }, null, frame)['output']).toMatchObject([
      { type: 'reasoning', summary: [{ text: 'hm' }], encrypted_content: writeThoughts([own]) },
      { type: 'message', phase: 'commentary', content: [{ text: 'Wait.' }] },
      searched,
      { type: 'message', content: [{ text: 'So.' }] },
      { type: 'message', content: [{ text: 'It.', annotations: [flat] }] },
    ]);
  });

  it('keeps calls apart that come by turns', () => {
    const { response } = play([
      call(0, '{"a"', { id: 'c0' }),
      call(1, '{"b"', { id: 'c1' }),
      call(0, ':1}'),
      call(1, ':2}'),
    ]);
    expect(response['output']).toMatchObject([
      { call_id: 'c0', name: 'f0', arguments: '{"a":1}', status: 'completed' },
      { call_id: 'c1', name: 'f1', arguments: '{"b":2}', status: 'completed' },
    ]);
  });

  it('tells a refusal as one, and a cut answer as incomplete', () => {
    const { events, response } = play([{ refusal: 'No.' }], 'length');
    expect(response).toMatchObject({
      status: 'incomplete',
      output: [{ content: [{ type: 'refusal', refusal: 'No.' }] }],
    });
    expect(events.at(-1)?.type).toBe('response.incomplete');
  });

  it('cannot tell what is no chunk', () => {
    expect(() => new ResponseStream(frame).feed(new TextEncoder().encode('{"a'))).toThrow(/chunk/);
  });
});
