import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { passTailOn, readTailed, readTailedGroup, unreadTail, writeTailed } from './tailed-json.js';

const tail = 'why';
// Members of contracts have names; whoever reads JSON into an object knows why this one does not.
const name = fc.string().filter((each) => each !== '__proto__');
const object = fc.dictionary(name, fc.jsonValue());
const tailed = fc
  .tuple(object, fc.jsonValue())
  // What JSON itself does to a value (-0 and the like) is not the matter here.
  .map(([head, why]) => JSON.parse(JSON.stringify({ ...head, why })) as Record<string, unknown>);
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('an object with a tail', () => {
  it('is plain JSON of two lines, whatever is in it', () => {
    fc.assert(
      fc.property(tailed, (value) => {
        const text = writeTailed(value, tail);
        expect(text.split('\n')).toHaveLength(2);
        expect(JSON.parse(text)).toEqual(value);
      }),
    );
  });

  it('is read as what it was, alone and in a group', () => {
    fc.assert(
      fc.property(fc.array(tailed, { minLength: 1, maxLength: 5 }), (values) => {
        const texts = values.map((value) => writeTailed(value, tail));
        expect(texts.map((text) => plain(readTailed(text)))).toEqual(values);
        const group = readTailedGroup(`[${texts.join(',\n')}]`);
        expect(group?.map(({ body }) => plain(body))).toEqual(values);
        expect(group?.map(({ json }) => json)).toEqual(texts.map((text) => text.replace('\n', '')));
      }),
    );
  });

  it('is passed on and written again in the words in which it came', () => {
    const came = readTailed('{"a":1,\n"why":{"n":1.0}}') as { why: unknown };
    const sent = passTailOn(tail, came, { b: 2 });
    expect(unreadTail(sent, tail)).toBe('{"n":1.0}');
    expect(writeTailed(sent, tail)).toBe('{"b":2,\n"why":{"n":1.0}}');
    expect(sent).toEqual({ b: 2, why: { n: 1 } });
    expect({ ...sent }).toEqual({ b: 2, why: { n: 1 } });
    expect(sent.why).toBe(sent.why);
  });

  it('that was made here is passed on as it is, and one that is not there as null', () => {
    const why = { n: 1 };
    expect(passTailOn(tail, { why }, {}).why).toBe(why);
    expect(passTailOn(tail, null as { why: unknown } | null, { b: 2 })).toEqual({ b: 2, why: null });
    expect(writeTailed({ a: 1, why: undefined }, tail)).toBe('{"a":1}');
  });

  it.each([
    ['in one line', '[{"a":1,"why":2}]'],
    ['with breaks elsewhere', '[{"a":1},\n{"a":2}]'],
    ['with breaks of a person', '[\n{\n"a":1}]'],
  ])('is not seen in a group of other JSON %s', (_how, text) => {
    expect(readTailedGroup(text)).toBeNull();
  });

  it.each(['{"a":1}', '{\n  "a": 1\n}', '[1,\n2]', 'null'])('is not seen in %j', (text) => {
    expect(readTailed(text)).toEqual(JSON.parse(text));
  });
});
