import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { vendorById } from '@skein/catalog';
import { AlikeChunks } from './alike-chunks.js';
import { OpenAiStream } from './from-openai.js';

const chunk = (delta: object, rest: object = {}) =>
  Buffer.from(
    JSON.stringify({
      id: 'c',
      model: 'm',
      choices: [{ index: 0, delta, logprobs: null, finish_reason: null }],
      ...rest,
    }),
  );
const learned = (): AlikeChunks => {
  const alike = new AlikeChunks();
  alike.learn(chunk({ content: 'first' }), 'first');
  return alike;
};

describe('a chunk like the one before', () => {
  it('is told by its bytes, in any script', () => {
    expect(learned().textBytesIn(chunk({ content: ' word' }))).toBe(5);
    expect(learned().textBytesIn(chunk({ content: '世界 🧶' }))).toBe(11);
  });

  it.each([
    ['nothing was learned', new AlikeChunks(), chunk({ content: 'x' })],
    ['it is empty', learned(), chunk({ content: '' })],
    ['it has to be unescaped', learned(), chunk({ content: 'a\n"b"' })],
    ['it shows something else', learned(), chunk({ reasoning: 'x' })],
    ['it shows something beside', learned(), chunk({ content: 'x', role: 'assistant' })],
    ['it says more', learned(), chunk({ content: 'x' }, { usage: { total_tokens: 1 } })],
    ['it is cut short', learned(), chunk({ content: 'a long word' }).subarray(0, -12)],
    [
      'it is no UTF-8',
      learned(),
      Buffer.from(chunk({ content: 'xyz' }).toString('latin1').replace('y', 'é'), 'latin1'),
    ],
    [
      'it holds a control character',
      learned(),
      Buffer.from(chunk({ content: 'xyz' }).toString().replace('y', '\u0007')),
    ],
  ])('has to be parsed where %s', (_name, alike, data) => {
    expect(alike.textBytesIn(data)).toBe(0);
  });

  it('makes no difference to what is understood of a stream', () => {
    const deltas = fc.oneof(
      { weight: 4, arbitrary: fc.record({ content: fc.string({ unit: 'grapheme' }) }) },
      fc.constant({ role: 'assistant', content: '' }),
      fc.record({ reasoning_content: fc.string() }),
    );
    fc.assert(
      fc.property(fc.array(deltas, { minLength: 2, maxLength: 20 }), (said) => {
        const whole = new OpenAiStream(vendorById('openai'), false);
        let bytes = 0;
        for (const delta of said) {
          const alone = new OpenAiStream(vendorById('openai'), false);
          const event = { event: 'message', data: chunk(delta) };
          const [seen] = whole.feed(event);
          const { textAt = 0, textBytes, ...shown } = seen ?? {};
          expect([shown]).toEqual(alone.feed(event));
          if (textBytes !== undefined)
            expect(event.data.toString('utf8', textAt, textAt + textBytes)).toBe(
              'content' in delta ? delta.content : '',
            );
          bytes += alone.progress.outputBytes;
        }
        expect(whole.progress.outputBytes).toBe(bytes);
      }),
    );
  });
});
