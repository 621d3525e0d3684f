import { describe, expect, it } from '@jest/globals';
import { countTokens, firstTokens, splitTokens } from './token-count.js';

const TEXTS = [
  '',
  '   ',
  'Hello, world!',
  'internationalization 1234567',
  '今天天气很好。',
  'smile 😀 and go\n\n  on',
  'naïve café',
  '{"a":[1,2]}',
];

describe('token count', () => {
  it.each(TEXTS)('gives back the text when the tokens of %j are joined', (text) => {
    expect(splitTokens(text).join('')).toBe(text);
  });

  it.each(TEXTS)('counts %j as it splits it', (text) => {
    expect(countTokens(text)).toBe(splitTokens(text).length);
  });

  it('keeps white space with the word after it and splits long words', () => {
    expect(splitTokens('a  boundary internationalization')).toEqual([
      'a',
      '  boundary',
      ' internat',
      'ionaliza',
      'tion',
    ]);
  });

  it('never splits a surrogate pair', () => {
    expect(splitTokens('😀😀')).toEqual(['😀', '😀']);
  });

  it('takes the first tokens', () => {
    expect(firstTokens('one two three', 2)).toBe('one two');
    expect(firstTokens('one', 9)).toBe('one');
  });
});
