import { describe, expect, it } from '@jest/globals';
import { BUCKETS, NGRAM_CHARS, NgramHits } from './hash-ngrams.js';
import { FEATURES, readTaskFeatures } from './task-features.js';
import { packModel, unpackModel } from './task-model.js';
import { taskWeights } from './task-weights.js';

const bucketsOf = (text: string): Set<number> => {
  const hits = new NgramHits();
  hits.read(text);
  return new Set(Array.from({ length: hits.count }, (_, place) => hits.at(place)));
};

describe('hashed n-grams', () => {
  it('are the same whatever the case, the spacing and the number', () => {
    expect(bucketsOf('Translate  12 LINES')).toEqual(bucketsOf('translate 47 lines'));
    expect(bucketsOf('translate 12 lines')).not.toEqual(bucketsOf('translate 123 lines'));
  });

  it('tell word order and Chinese characters apart', () => {
    expect(bucketsOf('dog bites man')).not.toEqual(bucketsOf('man bites dog'));
    expect(bucketsOf('翻译')).not.toEqual(bucketsOf('译翻'));
  });

  it('share the stem of inflected words', () => {
    const summarize = bucketsOf('we summarized it');
    expect([...bucketsOf('summarizing')].some((bucket) => summarize.has(bucket))).toBe(true);
  });

  it('are distinct, in range, and forget the text before', () => {
    const hits = new NgramHits();
    hits.read('one text, one text, one text');
    hits.read('another');
    const places = Array.from({ length: hits.count }, (_, place) => hits.at(place));
    expect(new Set(places)).toEqual(bucketsOf('another'));
    expect(new Set(places).size).toBe(places.length);
    expect(Math.max(...places)).toBeLessThan(BUCKETS);
  });
});

describe('features', () => {
  it('are no more for a megabyte than for a page', () => {
    const long = readTaskFeatures({
      ask: '今天 we met 3 times。\n'.repeat(60_000),
      instructions: 'x'.repeat(1_000_000),
    });
    expect(long.count).toBeLessThan(NGRAM_CHARS * 8);
    expect(Math.max(...long.places)).toBeLessThan(FEATURES);
  });

  it('depend on the ends of a long text alone', () => {
    const between = (middle: string): string =>
      `Summarize this.\n${middle.repeat(2_000)}\nIn three sentences, please. `;
    const [left, right] = ['lorem ip', 'dolor si'].map((middle) => {
      const text = `${'x '.repeat(4_000)}${between(middle)}${'y '.repeat(4_000)}`;
      return readTaskFeatures({ ask: text, instructions: '' });
    });
    expect(left?.places).toEqual(right?.places);
  });
});

describe('the committed weights', () => {
  it('are small enough to live in the repository', () => {
    expect(taskWeights.bytes.length).toBeLessThan(4_000_000);
  });

  it('come back from their packed form as they went in', () => {
    const again = packModel(unpackModel(taskWeights));
    expect(again.bytes === taskWeights.bytes).toBe(true);
  });

  it('are refused when they were trained for other features', () => {
    expect(() => unpackModel({ ...taskWeights, bytes: taskWeights.bytes.slice(0, 4_000) })).toThrow('train anew');
  });
});
