import { describe, expect, it } from '@jest/globals';
import { answerKey, isKeyOf, KEY_PREFIX } from './answer-key.js';

const asked = { tenant: 'acme', vendor: 'openai', model: 'gpt-4o' };
const body = {
  model: 'auto',
  messages: [{ role: 'user', content: 'hello' }],
  temperature: 0,
  tools: [{ type: 'function', function: { name: 'f', parameters: { a: 1, b: { c: 2, d: [3] } } } }],
};
const key = answerKey(asked, body);

describe('answerKey', () => {
  it.each<[string, unknown]>([
    ['the order of fields', { temperature: 0, tools: body.tools, messages: body.messages, model: 'auto' }],
    [
      'the order of nested fields',
      { ...body, tools: [{ function: { parameters: { b: { d: [3], c: 2 }, a: 1 }, name: 'f' }, type: 'function' }] },
    ],
    ['the name it was asked by', { ...body, model: 'openai/gpt-4o' }],
    ['how it is delivered', { ...body, stream: true, stream_options: { include_usage: true } }],
    ['who asks within the tenant', { ...body, user: 'ann' }],
    ['our own metadata', { ...body, metadata: { task: 'qa', priority: 'low', max_cost_usd: '1' } }],
  ])('does not depend on %s', (_what, other) => {
    expect(answerKey(asked, other)).toBe(key);
  });

  it.each<[string, unknown]>([
    ['any word of a message', { ...body, messages: [{ role: 'user', content: 'Hello' }] }],
    ['a role', { ...body, messages: [{ role: 'system', content: 'hello' }] }],
    ['one message more', { ...body, messages: [...body.messages, { role: 'assistant', content: 'hi' }] }],
    ['a parameter', { ...body, temperature: 0.1 }],
    ['a parameter more', { ...body, max_tokens: 10 }],
    ['a parameter we do not know', { ...body, top_a: 0.2 }],
    ['the order of a list', { ...body, stop: ['a', 'b'] }],
    ['metadata that is for the vendor', { ...body, metadata: { task: 'qa', customer: '7' } }],
    ['a schema', { ...body, response_format: { type: 'json_object' } }],
  ])('depends on %s', (_what, other) => {
    expect(answerKey(asked, other)).not.toBe(key);
  });

  it('tells two orders of a list apart', () => {
    expect(answerKey(asked, { ...body, stop: ['a', 'b'] })).not.toBe(answerKey(asked, { ...body, stop: ['b', 'a'] }));
  });

  it('never lets two tenants, vendors or models meet', () => {
    const keys = [
      key,
      answerKey({ ...asked, tenant: 'other' }, body),
      answerKey({ ...asked, vendor: 'azure' }, body),
      answerKey({ ...asked, model: 'gpt-4o-mini' }, body),
      answerKey({ tenant: 'acme', vendor: 'open', model: 'aigpt-4o' }, body),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('says whose it is, so that another model’s answer is not kept under it', () => {
    expect(key.startsWith(KEY_PREFIX)).toBe(true);
    expect(isKeyOf(key, 'openai', 'gpt-4o')).toBe(true);
    expect(isKeyOf(key, 'openai', 'gpt-4o-mini')).toBe(false);
    expect(isKeyOf('some:other:key', 'openai', 'gpt-4o')).toBe(false);
  });
});
