import { describe, expect, it } from '@jest/globals';
import { isUsualOrder, unfoldMessage, type BlockPlace } from './block-order.js';

const text = (length: number, rest: object = {}): BlockPlace => ({ type: 'text', length, ...rest });

describe('the order of an answer', () => {
  it.each<[boolean, BlockPlace[]]>([
    [true, []],
    [true, [{ type: 'thought' }, { type: 'thought' }, { type: 'block' }, text(1), { type: 'call' }, { type: 'call' }]],
    [true, [{ type: 'item' }, text(1), { type: 'refusal' }]],
    [false, [text(1), text(1)]],
    [false, [text(1), { type: 'block' }]],
    [false, [{ type: 'call' }, { type: 'thought' }]],
    [false, [text(1, { phase: 'commentary' })]],
  ])('is usual: %s, %j', (isUsual, places) => {
    expect(isUsualOrder(places)).toBe(isUsual);
  });

  it('unfolds a message into messages of the usual order, sources and places of sources with their text', () => {
    const cited = { type: 'url_citation', url_citation: { url: 'u', start_index: 7, end_index: 9 } };
    const message = {
      role: 'assistant',
      content: 'Let me.Found.',
      reasoning_content: 'hm',
      thinking_blocks: [{ thinking: 'hm' }],
      vendor_blocks: [{ id: 1 }, { id: 2 }],
      citations: ['c'],
      annotations: [cited],
      tool_calls: [{ id: 'a' }],
      block_order: [
        { type: 'thought' },
        text(7),
        { type: 'block' },
        { type: 'block' },
        text(6, { citations: 1, annotations: 1, phase: 'final_answer' }),
        { type: 'call' },
      ],
    };
    expect(unfoldMessage(message)).toEqual([
      { role: 'assistant', thinking_blocks: [{ thinking: 'hm' }], content: 'Let me.' },
      {
        role: 'assistant',
        vendor_blocks: [{ id: 1 }, { id: 2 }],
        content: 'Found.',
        citations: ['c'],
        annotations: [{ type: 'url_citation', url_citation: { url: 'u', start_index: 0, end_index: 2 } }],
        phase: 'final_answer',
        tool_calls: [{ id: 'a' }],
      },
    ]);
  });

  it('keeps thinking that is text alone', () => {
    const order = { content: 'ab', reasoning_content: 'hm', block_order: [text(1), text(1)] };
    expect(unfoldMessage(order)).toEqual([{ content: 'a', reasoning_content: 'hm' }, { content: 'b' }]);
  });

  it.each([
    ['too little text', { content: 'a', block_order: [text(1), text(1)] }],
    ['a block that is not there', { content: 'a', block_order: [text(1), { type: 'block' }] }],
    ['one that it leaves out', { content: 'a', vendor_blocks: [{}], block_order: [text(1)] }],
    ['words nobody knows', { content: 'a', block_order: [{ type: 'dance' }] }],
    ['content in parts', { content: [{ type: 'text', text: 'a' }], block_order: [text(1)] }],
  ])('leaves alone a message whose order does not fit: %s', (_, { block_order, ...message }) => {
    expect(unfoldMessage({ ...message, block_order })).toEqual([message]);
  });
});
