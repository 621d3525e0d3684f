import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { encodeJson } from '../wire-json.js';
import { Seam } from './seam.js';
import { readShownText } from './shown-text.js';

const chunk = (content: string, id = 'second', finish: string | null = null) =>
  encodeJson({ id, choices: [{ index: 0, delta: { content }, finish_reason: finish }] });
const first = chunk('x', 'first');

const sewn = (shown: string, pieces: readonly string[]) => {
  const seam = new Seam(shown, first);
  const out = pieces.flatMap((piece) => seam.join(chunk(piece)));
  out.push(...seam.join(encodeJson({ id: 'second', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })));
  return [...out, ...seam.close()];
};

describe('the seam between two attempts', () => {
  it('shows what is new, under the id the answer began with, and the finish', () => {
    const out = sewn('It rains. The quick', ['The', ' quick', ' brown', ' fox']);
    expect(readShownText(out).text).toBe(' brown fox');
    const chunks = out.map((bytes) => JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>);
    expect(new Set(chunks.map(({ id }) => id))).toEqual(new Set(['first']));
    expect(chunks.at(-1)).toMatchObject({ choices: [{ finish_reason: 'stop' }] });
  });

  it('does not greet twice', () => {
    const seam = new Seam('Hello', first);
    expect(seam.join(encodeJson({ choices: [{ index: 0, delta: { role: 'assistant', content: '' } }] }))).toEqual([]);
  });

  it('loses no word when the last ones come with the finish', () => {
    const seam = new Seam('The quick', first);
    const out = seam.join(chunk(' brown', 'second', 'stop'));
    expect(readShownText(out).text).toBe(' brown');
    expect(out).toHaveLength(2);
  });

  it('is the same however the text is cut into chunks', () => {
    const text = 'The quick brown fox jumps over the lazy dog and runs away';
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), fc.nat({ max: 40 }), (sizes, from) => {
        const shown = text.slice(0, 44);
        const pieces: string[] = [];
        for (let at = from, turn = 0; at < text.length; turn += 1) {
          const size = sizes[turn % sizes.length] ?? 1;
          pieces.push(text.slice(at, at + size));
          at += size;
        }
        const whole = readShownText(sewn(shown, [text.slice(from)])).text;
        expect(readShownText(sewn(shown, pieces)).text).toBe(whole);
      }),
    );
  });
});
