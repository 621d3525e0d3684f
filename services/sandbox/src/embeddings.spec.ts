import { describe, expect, it } from '@jest/globals';
import { embeddingOf, toBase64, toNumbers } from './embeddings.js';

const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);

describe('embeddings', () => {
  it('are unit vectors, the same for the same text', () => {
    const vector = embeddingOf('m', 'a red fox', 64);
    expect(dot(vector, vector)).toBeCloseTo(1, 5);
    expect(embeddingOf('m', 'a red fox', 64)).toEqual(vector);
    expect(embeddingOf('n', 'a red fox', 64)).not.toEqual(vector);
  });

  it('lie closer for texts that share words', () => {
    const fox = embeddingOf('m', 'the quick red fox jumps', 512);
    const near = dot(fox, embeddingOf('m', 'the quick red fox sleeps', 512));
    const far = dot(fox, embeddingOf('m', 'quarterly revenue forecast', 512));
    expect(near).toBeGreaterThan(far + 0.3);
  });

  it('say the same in base64 as in numbers', () => {
    const vector = embeddingOf('m', 'text', 8);
    const bytes = Buffer.from(toBase64(vector), 'base64');
    const decoded = Array.from({ length: 8 }, (_, i) => Number(bytes.readFloatLE(i * 4).toPrecision(8)));
    expect(decoded).toEqual(toNumbers(vector));
  });
});
