import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { chunk, cosine, fuseRankings, tokensOf, withinTokens } from './passages.js';

describe('chunks', () => {
  it('are never larger than asked for, and leave nothing out', () => {
    fc.assert(
      fc.property(
        fc.array(fc.lorem({ maxCount: 12, mode: 'sentences' }), { maxLength: 6 }),
        fc.integer({ min: 16, max: 60 }),
        (paragraphs, size) => {
          const text = paragraphs.join('\n\n');
          const pieces = chunk(text, size, Math.floor(size / 4));
          expect(pieces.every((piece) => tokensOf(piece) <= size)).toBe(true);
          for (const word of text.split(/\s+/).filter(Boolean))
            expect(pieces.some((piece) => piece.includes(word))).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('rankings', () => {
  it('are fused: what both find high comes first', () => {
    expect(
      fuseRankings([
        ['a', 'b', 'c'],
        ['b', 'd'],
      ]),
    ).toEqual(['b', 'a', 'd', 'c']);
  });

  it('fill the budget of the context, best first', () => {
    const passages = [40, 400, 40].map((length, seq) => ({ hash: 'h', seq, text: 'x'.repeat(length) }));
    expect(withinTokens(passages, 25).map(({ seq }) => seq)).toEqual([0, 2]);
  });

  it('compare vectors by their angle', () => {
    expect(cosine([1, 0], [2, 0])).toBeCloseTo(1);
    expect(cosine([1, 0], [0, 3])).toBeCloseTo(0);
    expect(cosine([0, 0], [1, 1])).toBe(0);
  });
});
