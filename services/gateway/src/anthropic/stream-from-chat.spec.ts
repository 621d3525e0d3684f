import { describe, expect, it } from '@jest/globals';
import { noUsage } from '@skein/contracts/attempt';
import { MessageStream } from './stream-from-chat.js';

const encoder = new TextEncoder();
const bytes = (chunk: unknown) => encoder.encode(JSON.stringify(chunk));
const moved = (delta: object, rest: object = {}) => ({ id: 'c1', model: 'm', choices: [{ index: 0, delta, ...rest }] });

function eventsOf(...chunks: readonly object[]) {
  const stream = new MessageStream();
  return [...chunks.flatMap((chunk) => stream.feed(bytes(chunk))), ...stream.finish(null)];
}
/** The events of the blocks, without what stands around them. */
const blocksOf = (...deltas: readonly object[]) => eventsOf(...deltas.map((delta) => moved(delta))).slice(2, -2);

const start = (index: number, content_block: object) => ({ type: 'content_block_start', index, content_block });
const move = (index: number, delta: object) => ({ type: 'content_block_delta', index, delta });
const stop = (index: number) => ({ type: 'content_block_stop', index });
const text = { type: 'text', text: '' };
const thinking = { type: 'thinking', thinking: '', signature: '' };
const toolUse = (id: string, name: string) => ({ type: 'tool_use', id, name, input: {}, caller: { type: 'direct' } });
const json = (partial_json: string) => ({ type: 'input_json_delta', partial_json });
const call = (index: number, id: string | undefined, name: string | undefined, args: string) => ({
  tool_calls: [{ index, ...(id !== undefined && { id, type: 'function' }), function: { name, arguments: args } }],
});

describe('chunks as Anthropic’s events', () => {
  it('begin with the message and end with why, how much, and the stop', () => {
    const stream = new MessageStream();
    expect(stream.feed(bytes(moved({ role: 'assistant', content: '' })))).toEqual([
      {
        type: 'message_start',
        message: expect.objectContaining({
          id: 'c1',
          type: 'message',
          role: 'assistant',
          model: 'm',
          content: [],
          stop_reason: null,
        }),
      },
      { type: 'ping' },
    ]);
    expect(stream.feed(bytes(moved({}, { finish_reason: 'length' })))).toEqual([]);
    expect(stream.finish({ ...noUsage, input_uncached: 5, cache_read: 2, output: 3 })).toEqual([
      {
        type: 'message_delta',
        delta: { stop_reason: 'max_tokens', stop_sequence: null, stop_details: null, container: null },
        usage: {
          input_tokens: 5,
          cache_creation_input_tokens: 0,
          cache_read_input_tokens: 2,
          output_tokens: 3,
          server_tool_use: null,
        },
      },
      { type: 'message_stop' },
    ]);
  });

  it('count by the usage chunk where nothing else was told', () => {
    const usage = { prompt_tokens: 7, completion_tokens: 3, prompt_tokens_details: { cached_tokens: 2 } };
    const events = eventsOf(moved({ content: 'hi' }), { id: 'c1', model: 'm', choices: [], usage });
    expect(events.at(-2)).toMatchObject({
      usage: { input_tokens: 5, cache_read_input_tokens: 2, output_tokens: 3 },
    });
  });

  it('tell text in one block, however many chunks it takes', () => {
    expect(blocksOf({ content: 'a' }, { content: '' }, { content: 'b' })).toEqual([
      start(0, text),
      move(0, { type: 'text_delta', text: 'a' }),
      move(0, { type: 'text_delta', text: 'b' }),
      stop(0),
    ]);
  });

  it('sign a thought when it is over, and begin a new block for what follows', () => {
    const thought = { type: 'thinking', thinking: 'hm', signature: 's' };
    const hidden = { type: 'redacted_thinking', data: 'x' };
    expect(
      blocksOf(
        { reasoning_content: 'hm' },
        { thinking_blocks: [thought] },
        { thinking_blocks: [hidden] },
        { content: 'so' },
        { citations: [{ cited_text: 'c' }] },
      ),
    ).toEqual([
      start(0, thinking),
      move(0, { type: 'thinking_delta', thinking: 'hm' }),
      move(0, { type: 'signature_delta', signature: 's' }),
      stop(0),
      start(1, hidden),
      stop(1),
      start(2, text),
      move(2, { type: 'text_delta', text: 'so' }),
      move(2, { type: 'citations_delta', citation: { cited_text: 'c' } }),
      stop(2),
    ]);
  });

  it('tell a thought that came only whole', () => {
    const thought = { type: 'thinking', thinking: 'hm', signature: 's' };
    expect(blocksOf({ thinking_blocks: [thought] })).toEqual([
      start(0, thinking),
      move(0, { type: 'thinking_delta', thinking: 'hm' }),
      move(0, { type: 'signature_delta', signature: 's' }),
      stop(0),
    ]);
  });

  it('tell another vendor’s thinking without a signature', () => {
    expect(blocksOf({ reasoning: 'hm' }, { content: 'so' }).slice(0, 4)).toEqual([
      start(0, thinking),
      move(0, { type: 'thinking_delta', thinking: 'hm' }),
      stop(0),
      start(1, text),
    ]);
  });

  it('pass on Anthropic’s own tools, their input in a delta', () => {
    const searched = { type: 'server_tool_use', id: 's', name: 'web_search', input: { query: 'q' } };
    const found = { type: 'web_search_tool_result', tool_use_id: 's', content: [] };
    expect(blocksOf({ vendor_blocks: [searched] }, { vendor_blocks: [found] })).toEqual([
      start(0, { ...searched, input: {} }),
      move(0, json('{"query":"q"}')),
      stop(0),
      start(1, found),
      stop(1),
    ]);
  });

  it('keep texts apart that the vendor told apart, piece by piece or in one', () => {
    const two = [start(0, text), move(0, { type: 'text_delta', text: 'One.' }), stop(0)];
    const last = [start(1, text), move(1, { type: 'text_delta', text: 'Two.' }), stop(1)];
    expect(blocksOf({ content: 'One.' }, { block_order: [] }, { content: 'Two.' })).toEqual([...two, ...last]);
    const block_order = [
      { type: 'text', length: 4 },
      { type: 'text', length: 4 },
    ];
    expect(blocksOf({ content: 'One.Two.', block_order })).toEqual([...two, ...last]);
  });

  it('tell calls one after another as their arguments come', () => {
    expect(
      blocksOf(
        { content: 'Let me see.' },
        call(0, 'a', 'f', ''),
        call(0, undefined, undefined, '{"x"'),
        call(0, undefined, undefined, ':1}'),
        call(1, 'b', 'g', '{}'),
      ).slice(3),
    ).toEqual([
      start(1, toolUse('a', 'f')),
      move(1, json('{"x"')),
      move(1, json(':1}')),
      stop(1),
      start(2, toolUse('b', 'g')),
      move(2, json('{}')),
      stop(2),
    ]);
  });

  it('put calls in a row that came to and fro, and lose nothing', () => {
    expect(
      blocksOf(
        call(0, 'a', 'f', '{"x"'),
        call(1, 'b', 'g', '{"y"'),
        call(0, undefined, undefined, ':1}'),
        call(1, undefined, undefined, ':2}'),
      ),
    ).toEqual([
      start(0, toolUse('a', 'f')),
      move(0, json('{"x"')),
      move(0, json(':1}')),
      stop(0),
      start(1, toolUse('b', 'g')),
      move(1, json('{"y"')),
      move(1, json(':2}')),
      stop(1),
    ]);
  });

  it('tell calls that still waited when the answer ends', () => {
    const events = blocksOf(call(0, 'a', 'f', ''), call(1, 'b', 'g', '{"y":2}'));
    expect(events).toEqual([
      start(0, toolUse('a', 'f')),
      stop(0),
      start(1, toolUse('b', 'g')),
      move(1, json('{"y":2}')),
      stop(1),
    ]);
  });

  it('call a forced call tool_use and a refusal a refusal, whatever word ended them', () => {
    const stopOf = (delta: object) =>
      eventsOf(moved(delta), moved({}, { finish_reason: 'stop' })).find(({ type }) => type === 'message_delta');
    expect(stopOf(call(0, 'a', 'f', '{}'))).toMatchObject({ delta: { stop_reason: 'tool_use' } });
    expect(stopOf({ refusal: 'no' })).toMatchObject({ delta: { stop_reason: 'refusal' } });
  });

  it('show the first choice only', () => {
    const second = { id: 'c1', model: 'm', choices: [{ index: 1, delta: { content: 'other' } }] };
    expect(eventsOf(moved({ content: 'a' }), second).filter(({ type }) => type === 'content_block_delta')).toHaveLength(
      1,
    );
  });

  it.each([
    ['a chunk that is no object', () => new MessageStream().feed(bytes([]))],
    ['a chunk that is not JSON', () => new MessageStream().feed(encoder.encode('{'))],
    ['a call without a name', () => eventsOf(moved(call(0, 'a', undefined, '{}')))],
    [
      'more of a call that was over',
      () => eventsOf(moved(call(0, 'a', 'f', '{')), moved({ content: 'x' }), moved(call(0, undefined, undefined, '}'))),
    ],
  ])('are refused: %s', (_, run) => {
    expect(run).toThrow(expect.objectContaining({ code: 'vendor_malformed' }));
  });
});
