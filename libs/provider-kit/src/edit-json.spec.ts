import { describe, expect, it } from '@jest/globals';
import { editMembers, type MemberEdits } from './edit-json.js';

const edit = (text: string, edits: MemberEdits) =>
  new TextDecoder().decode(editMembers(new TextEncoder().encode(text), edits));

describe('members of a JSON object edited in place', () => {
  it('leave every other byte as it was', () => {
    const text =
      '{ "seed" : 9007199254740993, "model":"auto", "t": 1.0, "x": {"model": "inner", "a": [1, {"b": "}"}]} }';
    expect(edit(text, { set: { model: 'gpt' } })).toBe(
      '{"seed":9007199254740993,"model":"gpt","t":1.0,"x":{"model": "inner", "a": [1, {"b": "}"}]}}',
    );
  });

  it('give the very same bytes when there is nothing to change', () => {
    const bytes = new TextEncoder().encode('{ "model": "gpt" }');
    expect(editMembers(bytes, { set: { model: 'gpt' }, remove: ['absent'], rename: { absent: 'x' } })).toBe(bytes);
  });

  it.each([
    ['set', '{"a":1}', { set: { a: { b: [2] } } }, '{"a":{"b":[2]}}'],
    ['add', '{}', { set: { a: 1 } }, '{"a":1}'],
    ['remove the first', '{"a":1,"b":2}', { remove: ['a'] }, '{"b":2}'],
    ['remove the last', '{"a":1, "b":2 }', { remove: ['b'] }, '{"a":1}'],
    ['remove all', '{"a":1}', { remove: ['a'] }, '{}'],
    ['rename', '{"max_tokens": 0005e-1}', { rename: { max_tokens: 'max' } }, '{"max":0005e-1}'],
    ['append', '{"m":[{"a":1} ]}', { append: { m: [2, 3] } }, '{"m":[{"a":1} ,2,3]}'],
    ['append to an empty list', '{"m":[ ]}', { append: { m: [2] } }, '{"m":[ 2]}'],
    ['see through escapes', '{"a\\"\\\\":"}\\\\","\\u0062":2}', { set: { b: 3 } }, '{"a\\"\\\\":"}\\\\","\\u0062":3}'],
    ['edit a key that is there twice', '{"a":1,"a":2}', { set: { a: 3 } }, '{"a":3,"a":3}'],
    [
      'edit values of every kind',
      '{"a":null,"b":true,"c":-1.5e3,"d":"x"}',
      { remove: ['b', 'd'] },
      '{"a":null,"c":-1.5e3}',
    ],
  ])('%s', (_, text, edits: MemberEdits, expected) => {
    expect(edit(text, edits)).toBe(expected);
  });

  it.each(['', '[]', '1', '{"a"', '{"a":"x'])('refuse what is no object: %s', (text) => {
    expect(() => edit(text, { set: { a: 1 } })).toThrow(RangeError);
  });
});
