import { describe, expect, it } from '@jest/globals';
import { checkOf } from './schema-check.js';

describe('the check of a schema', () => {
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    $id: 'https://example.com/weather',
    type: 'object',
    properties: { city: { type: 'string' }, at: { type: 'string', format: 'date' }, days: { $ref: '#/$defs/days' } },
    required: ['city'],
    additionalProperties: false,
    $defs: { days: { type: 'integer', minimum: 1 } },
  };

  it('finds what is wrong, and where', () => {
    const check = checkOf(schema);
    expect(check({ city: 'Rome', at: '2026-11-21', days: 3 })).toBeNull();
    expect(check({ city: 7 })).toEqual({ path: '/city', problem: 'must be string' });
    expect(check({ city: 'Rome', days: 0 })).toEqual({ path: '/days', problem: 'must be >= 1' });
    expect(check({ city: 'Rome', at: 'soon' })?.path).toBe('/at');
    expect(check({})).toMatchObject({ path: '' });
  });

  it('does not tell what the model invented', () => {
    expect(JSON.stringify(checkOf(schema)({ city: 'x', secret_word: 1 }))).not.toContain('secret_word');
  });

  it('is made once', () => {
    expect(checkOf(schema)).toBe(checkOf(structuredClone(schema)));
  });

  it('checks nothing where it cannot be compiled', () => {
    for (const broken of [
      { type: 'nonsense' },
      { $ref: '#/nowhere' },
      { pattern: '(' },
      { type: 'object', $ref: 'https://x/y' },
    ])
      expect(checkOf(broken)({ a: 1 })).toBeNull();
  });

  it('never runs a stranger’s expression that could run for ever', () => {
    const evil = (pattern: string) => checkOf({ type: 'string', pattern })(`${'a'.repeat(50_000)}!`);
    for (const pattern of ['^(a+)+$', '^(a|aa)+$', '^((a*))*$', '^(.*)(.*)(.*)(.*)x$', '(a+)\\1+$']) {
      expect(evil(pattern)).toBeNull();
    }
    expect(checkOf({ type: 'string', pattern: '^[a-z]+-\\d{2}$' })('ab-1')).toMatchObject({ path: '' });
  });

  it('survives values deeper than the stack', () => {
    const deep = { type: 'array', items: { $ref: '#' } };
    let value: unknown = [];
    for (let n = 0; n < 100_000; n++) value = [value];
    expect(checkOf(deep)(value)).toBeNull();
  });
});
