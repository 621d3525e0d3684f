import { describe, expect, it } from '@jest/globals';
import { readShownText } from './shown-text.js';

const chunk = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const delta = (fields: unknown, index = 0) => chunk({ choices: [{ index, delta: fields, finish_reason: null }] });

describe('what a customer has seen', () => {
  it.each<[string, Uint8Array[], { text: string; onlyText: boolean }]>([
    ['nothing', [], { text: '', onlyText: true }],
    [
      'text',
      [delta({ role: 'assistant', content: '' }), delta({ content: 'Grüße, ' }), delta({ content: '世界' })],
      { text: 'Grüße, 世界', onlyText: true },
    ],
    [
      'a usage chunk beside text',
      [delta({ content: 'a' }), chunk({ choices: [], usage: {} })],
      { text: 'a', onlyText: true },
    ],
    ['fields that are null', [delta({ content: 'a', refusal: null, tool_calls: null })], { text: 'a', onlyText: true }],
    ['a null content', [delta({ role: 'assistant', content: null })], { text: '', onlyText: true }],
    ['a tool call', [delta({ content: 'a' }), delta({ tool_calls: [{ index: 0 }] })], { text: 'a', onlyText: false }],
    ['a refusal', [delta({ refusal: 'I cannot' })], { text: '', onlyText: false }],
    ['reasoning', [delta({ reasoning_content: 'hm' }), delta({ content: 'a' })], { text: 'a', onlyText: false }],
    ['a second choice', [delta({ content: 'a' }), delta({ content: 'b' }, 1)], { text: 'ab', onlyText: false }],
    ['what is not JSON', [delta({ content: 'a' }), new TextEncoder().encode('{')], { text: 'a', onlyText: false }],
  ])('is read back from %s', (_what, chunks, expected) => {
    const { text, onlyText } = readShownText(chunks);
    expect(onlyText).toBe(expected.onlyText);
    if (expected.onlyText) expect(text).toBe(expected.text);
  });
});
