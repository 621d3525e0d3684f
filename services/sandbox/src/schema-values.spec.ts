import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { drawFrom } from './hash.js';
import { isObject } from './json.js';
import { textForPattern } from './pattern-text.js';
import { valueForSchema, type ValueHints } from './schema-values.js';

const hints = (): ValueHints => ({ sentence: 'a short note', numbers: [], names: [], prompt: 'anything' });
const leaf = z.object({ value: z.string() });
const tree: z.ZodType = z.object({
  name: z.string(),
  get children() {
    return z.array(tree);
  },
});

const SCHEMAS: Record<string, z.ZodType> = {
  'flat object': z.object({
    title: z.string(),
    score: z.number().min(1).max(5),
    count: z.int().multipleOf(5),
    ok: z.boolean(),
  }),
  formats: z.object({
    mail: z.email(),
    when: z.iso.datetime(),
    day: z.iso.date(),
    id: z.uuid(),
    link: z.url(),
    ip: z.ipv4(),
  }),
  'nested and unions': z.object({
    kind: z.enum(['a', 'b']),
    either: z.union([leaf, z.null()]),
    list: z.array(leaf).min(3),
    one: z.literal(7),
  }),
  bounds: z.object({
    short: z.string().max(4),
    long: z.string().min(40),
    low: z.number().gt(2).lt(3),
    exact: z.array(z.int()).length(5),
  }),
  pattern: z.object({ code: z.string().regex(/^[A-Z]{3}-\d{4}(x|yy)$/), hex: z.string().regex(/^#[0-9a-f]{6}$/) }),
  tuple: z.object({ pair: z.tuple([z.string(), z.number()]) }),
  recursive: tree,
  record: z.record(z.string(), z.number()),
};

describe('value for a JSON schema', () => {
  it.each(Object.entries(SCHEMAS))('is valid for %s, for many seeds', (_name, schema) => {
    const json: unknown = z.toJSONSchema(schema);
    if (!isObject(json)) throw new Error('no schema');
    for (let seed = 0; seed < 40; seed += 1) {
      const parsed = schema.safeParse(valueForSchema(json, drawFrom(seed), hints()));
      expect(parsed.error?.message).toBeUndefined();
    }
  });

  it("reads Gemini's upper-case types", () => {
    const schema = {
      type: 'OBJECT',
      properties: { n: { type: 'INTEGER' }, s: { type: 'STRING', nullable: true } },
      required: ['n'],
    };
    expect(valueForSchema(schema, drawFrom(1), hints())).toEqual({ n: expect.any(Number), s: expect.any(String) });
  });

  it('fills numbers and named options from the prompt', () => {
    const schema = {
      type: 'object',
      properties: { result: { type: 'number' }, unit: { enum: ['celsius', 'fahrenheit'] } },
    };
    const value = valueForSchema(schema, drawFrom(1), { ...hints(), numbers: [8], prompt: 'in Fahrenheit' });
    expect(value).toEqual({ result: 8, unit: 'fahrenheit' });
  });

  it('leaves optional fields out of tool arguments', () => {
    const schema = { type: 'object', properties: { a: { type: 'string' }, b: { type: 'string' } }, required: ['a'] };
    expect(Object.keys(Object(valueForSchema(schema, drawFrom(1), hints(), true)))).toEqual(['a']);
  });

  it('gives up on a pattern it does not cover', () => {
    expect(textForPattern('(a)\\1b{2}')).toBeUndefined();
    expect(textForPattern('(unclosed')).toBeUndefined();
  });
});
