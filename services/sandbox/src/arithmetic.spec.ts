import { describe, expect, it } from '@jest/globals';
import { arithmeticIn, writeNumber } from './arithmetic.js';

describe('arithmetic in a prompt', () => {
  it.each([
    ['What is 2 + 2?', 4],
    ['2+3*4', 14],
    ['what is (2 + 3) * 4', 20],
    ['Calculate 17 times 23 please', 391],
    ['How much is 1,200 divided by 5?', 240],
    ['What is 15% of 80?', 12],
    ['What is the square root of 64?', 8],
    ['what is 2 ** 10', 1024],
    ['What is -3 - -4?', 1],
    ['17 乘以 2 等于多少? 3 × 5', 15],
  ])('evaluates %j', (prompt, value) => {
    expect(arithmeticIn(prompt)?.value).toBeCloseTo(value, 9);
  });

  it.each([
    'Write 3-4 sentences on rivers',
    'The meeting is on 2026-05-01',
    'What is the capital of France?',
    'what is 1/0',
    'what is (2+',
  ])('leaves %j alone', (prompt) => {
    expect(arithmeticIn(prompt)).toBeUndefined();
  });

  it('writes numbers without float noise', () => {
    expect(writeNumber(0.1 + 0.2)).toBe('0.3');
  });
});
