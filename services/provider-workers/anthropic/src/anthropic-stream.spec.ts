import { describe, expect, it } from '@jest/globals';
import { Buffer } from 'node:buffer';
import { AnthropicStream } from './anthropic-stream.js';

const start = {
  type: 'message_start',
  message: { id: 'msg_1', model: 'claude', usage: { input_tokens: 9, cache_read_input_tokens: 3, output_tokens: 1 } },
};
const open = (index: number, content_block: object) => ({ type: 'content_block_start', index, content_block });
const move = (index: number, delta: object) => ({ type: 'content_block_delta', index, delta });
const shut = (index: number) => ({ type: 'content_block_stop', index });
const finish = (stop_reason: string) => ({
  type: 'message_delta',
  delta: { stop_reason },
  usage: { output_tokens: 40 },
});

function translate(events: readonly object[], wantsUsageChunk = false) {
  const stream = new AnthropicStream(5_000, wantsUsageChunk);
  const chunks = events.flatMap((event) => stream.feed({ event: 'x', data: Buffer.from(JSON.stringify(event)) }));
  const closing = stream.progress.finishReason === null ? [] : stream.close();
  const read = [...chunks, ...closing].map(
    ({ bytes }) => JSON.parse(new TextDecoder().decode(bytes)) as { choices: { delta: object }[] },
  );
  return { stream, read, deltas: read.flatMap(({ choices }) => choices.map(({ delta }) => delta)) };
}

describe('a stream of Anthropic’s as OpenAI chunks', () => {
  it('numbers tool calls by themselves, whatever stands between', () => {
    const { deltas, stream } = translate([
      start,
      open(0, { type: 'text', text: '' }),
      move(0, { type: 'text_delta', text: 'Let me look.' }),
      shut(0),
      open(1, { type: 'tool_use', id: 'a', name: 'f', input: {} }),
      move(1, { type: 'input_json_delta', partial_json: '{"x":' }),
      move(1, { type: 'input_json_delta', partial_json: '1}' }),
      shut(1),
      open(2, { type: 'tool_use', id: 'b', name: 'g', input: {} }),
      shut(2),
      finish('tool_use'),
    ]);
    expect(deltas).toEqual([
      { role: 'assistant', content: '' },
      { content: 'Let me look.' },
      { tool_calls: [{ index: 0, id: 'a', type: 'function', function: { name: 'f', arguments: '' } }] },
      { tool_calls: [{ index: 0, function: { arguments: '{"x":' } }] },
      { tool_calls: [{ index: 0, function: { arguments: '1}' } }] },
      { tool_calls: [{ index: 1, id: 'b', type: 'function', function: { name: 'g', arguments: '' } }] },
      { tool_calls: [{ index: 1, function: { arguments: '{}' } }] },
      {},
    ]);
    expect(stream.progress.finishReason).toBe('tool_calls');
  });

  it('shows thinking as it comes, and its signature when it is known', () => {
    const { deltas } = translate([
      start,
      open(0, { type: 'thinking', thinking: '' }),
      move(0, { type: 'thinking_delta', thinking: 'hm' }),
      move(0, { type: 'signature_delta', signature: 'sig' }),
      shut(0),
    ]);
    expect(deltas.slice(1)).toEqual([
      { reasoning_content: 'hm' },
      { thinking_blocks: [{ type: 'thinking', thinking: 'hm', signature: 'sig' }] },
    ]);
  });

  it('says where one text follows another, and the whole order once it is known', () => {
    const { deltas } = translate([
      start,
      open(0, { type: 'text', text: 'One.' }),
      shut(0),
      open(1, { type: 'text', text: '' }),
      move(1, { type: 'citations_delta', citation: { cited_text: 'c' } }),
      move(1, { type: 'text_delta', text: 'Two.' }),
      shut(1),
      finish('end_turn'),
    ]);
    expect(deltas.slice(1)).toEqual([
      { content: 'One.' },
      { block_order: [] },
      { citations: [{ cited_text: 'c' }] },
      { content: 'Two.' },
      {
        block_order: [
          { type: 'text', length: 4 },
          { type: 'text', length: 4, citations: 1 },
        ],
      },
      {},
    ]);
  });

  it('counts by what was told last, and knows when that is final', () => {
    const { stream } = translate([start]);
    expect(stream.progress).toMatchObject({
      usageIsFinal: false,
      usage: { input_uncached: 9, cache_read: 3, output: 1 },
    });
    const { stream: done, read } = translate([start, finish('end_turn')], true);
    expect(done.progress).toMatchObject({
      usageIsFinal: true,
      usage: { input_uncached: 9, cache_read: 3, output: 40 },
    });
    expect(read.at(-1)).toMatchObject({
      choices: [],
      usage: { prompt_tokens: 12, completion_tokens: 40, total_tokens: 52 },
    });
  });

  it.each([
    ['content before the message', [open(0, { type: 'text', text: 'x' })]],
    ['a piece of no block', [start, move(3, { type: 'text_delta', text: 'x' })]],
    ['a finish within a block', [start, open(0, { type: 'text', text: '' }), finish('end_turn')]],
    ['a call without a name', [start, open(0, { type: 'tool_use', id: 'a' })]],
  ])('refuses %s', (_, events) => {
    expect(() => translate(events)).toThrow(expect.objectContaining({ code: 'vendor_malformed' }));
  });

  it('passes over pings and events that are new', () => {
    expect(translate([start, { type: 'ping' }, { type: 'unheard_of' }, { type: 'message_stop' }]).deltas).toHaveLength(
      1,
    );
  });
});
