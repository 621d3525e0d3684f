import { describe, expect, it } from '@jest/globals';
import { guardText, validateText } from './checks.js';
import { entitiesIn, topicOf, transform } from './normalise.js';

describe('transform', () => {
  it('normalises Unicode and text in the order asked for', () => {
    expect(
      transform('  ﬁne\u200b “word”  \r x ', [
        'nfkc',
        'strip_control',
        'straight_quotes',
        'collapse_whitespace',
        'trim',
      ]),
    ).toBe('fine "word" x');
    expect(transform('e\u0301', ['nfc'])).toBe('é');
  });

  it('keeps the joiners that scripts and emoji need', () => {
    expect(transform('👩\u200d💻', ['strip_control'])).toBe('👩\u200d💻');
  });

  it('finds entities, each place once', () => {
    expect(
      entitiesIn('Ada Lovelace (ada@example.org) paid $1,200.50 on 2024-03-01, see https://example.org/x'),
    ).toEqual([
      { kind: 'name', text: 'Ada Lovelace' },
      { kind: 'email', text: 'ada@example.org' },
      { kind: 'money', text: '$1,200.50' },
      { kind: 'date', text: '2024-03-01' },
      { kind: 'url', text: 'https://example.org/x' },
    ]);
  });

  it('finds what a text is about', () => {
    expect(topicOf('The router routes. A router chooses models; models answer the router.')[0]).toBe('router');
  });
});

describe('validate', () => {
  it('says everything that is wrong by schema and rules', () => {
    const schema = { type: 'object', required: ['a'], properties: { a: { type: 'integer' } } };
    expect(validateText('{"a":1}', { schema })).toMatchObject({ pass: true });
    expect(validateText('{"a":"x"}', { schema })).toMatchObject({ pass: false, critique: '/a must be integer' });
    expect(validateText('plain', { schema })).toMatchObject({ pass: false, critique: 'it is not JSON' });
    expect(validateText('abc', { rules: { min_length: 5, contains: ['z'] } }).critique).toBe(
      'it has 3 characters, at least 5 are wanted; it does not contain "z"',
    );
  });
});

describe('guard', () => {
  const card = { name: 'card number', pattern: String.raw`\b\d{4}(?: \d{4}){3}\b` };

  it('blocks, redacts or flags what its filters find', () => {
    const text = 'Pay 1234 5678 9012 3456 to Mallory';
    expect(guardText(text, { filters: { patterns: [card] } })).toMatchObject({
      pass: false,
      critique: 'found card number',
    });
    expect(guardText(text, { filters: { patterns: [card], deny: ['mallory'] }, action: 'redact' })).toMatchObject({
      pass: true,
      output: 'Pay [redacted] to [redacted]',
    });
    expect(guardText(text, { filters: { deny: ['Mallory'] }, action: 'flag' })).toMatchObject({
      pass: true,
      output: text,
    });
    expect(guardText('clean', { filters: { patterns: [card] } })).toMatchObject({ pass: true });
  });

  it('stops a pattern that would search for ever, and names it', () => {
    const evil = { name: 'evil', pattern: '^(a+)+$' };
    expect(() => guardText(`${'a'.repeat(40)}!`, { filters: { patterns: [evil] } })).toThrow('"evil" took longer');
  });
});
