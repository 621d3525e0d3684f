import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { overlapOf } from './overlap.js';

const joined = (shown: string, next: string) => {
  const overlap = overlapOf(shown, next, true);
  if (overlap === 'more') throw new Error('all of it was there');
  return shown + next.slice(overlap.drop);
};

describe('a text that goes on where another broke off', () => {
  it.each([
    ['goes on as it is when nothing is repeated', 'The quick br', 'own fox', 'The quick brown fox'],
    [
      'loses the sentence that was said again',
      'It rains. The quick brown',
      'The quick brown fox',
      'It rains. The quick brown fox',
    ],
    ['loses all of it when it was begun anew', 'The quick brown', 'The quick brown fox', 'The quick brown fox'],
    [
      'loses the half word that was written again as a whole',
      'This is the conti',
      'continuation',
      'This is the continuation',
    ],
    ['loses a second blank', 'Hello ', ' world', 'Hello world'],
    ['keeps a short repetition that may be meant', 'He said: ha', 'ha ha', 'He said: haha ha'],
    ['keeps digits that only look alike', 'It is 10', '100 or more', 'It is 100 or more'],
    ['is empty when there is nothing new', 'The quick brown', 'quick brown', 'The quick brown'],
  ])('%s', (_promise, shown, next, whole) => {
    expect(joined(shown, next)).toBe(whole);
  });

  it('waits while what has come may still be part of a longer repetition', () => {
    expect(overlapOf('It rains. The quick brown', 'The quick', false)).toBe('more');
    expect(overlapOf('It rains. The quick brown', 'The quick brown', false)).toEqual({ drop: 15 });
    expect(overlapOf('It rains.', 'Then', false)).toEqual({ drop: 0 });
  });

  const words = fc.uniqueArray(fc.stringMatching(/^[a-z]{4,9}$/), { minLength: 6, maxLength: 40 });

  it('is whole again, whatever was repeated, as long as it was no mere syllable', () => {
    fc.assert(
      fc.property(words, fc.nat(), fc.nat(), (list, cutSeed, backSeed) => {
        const text = list.join(' ');
        const cut = 8 + (cutSeed % (text.length - 8));
        const back = 8 + (backSeed % (cut - 7));
        expect(joined(text.slice(0, cut), text.slice(cut - back))).toBe(text);
      }),
    );
  });

  it('never loses anything that was not the end of what was shown', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', 'b', ' ') }),
        fc.string({ unit: fc.constantFrom('a', 'b', ' ') }),
        (shown, next) => {
          const overlap = overlapOf(shown, next, true);
          if (overlap === 'more') throw new Error('all of it was there');
          expect(shown.endsWith(next.slice(0, overlap.drop))).toBe(true);
        },
      ),
    );
  });
});
