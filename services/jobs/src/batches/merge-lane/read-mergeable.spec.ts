import { describe, expect, it } from '@jest/globals';
import { readMergeable } from './read-mergeable.js';

const system = { role: 'system', content: 'Classify.' };
const user = (content: unknown) => ({ role: 'user', content });
const body = (change: object = {}) => ({ model: 'auto', max_tokens: 8, messages: [system, user('a')], ...change });
const read = (change: object = {}, at = 'openai/gpt-4o-mini') => readMergeable(body(change), at);
const keyOf = (change: object = {}, at?: string) => {
  const line = read(change, at);
  return 'reason' in line ? `not: ${line.reason}` : line.key;
};

describe('lines that may share a call', () => {
  it('differ in their last message alone', () => {
    expect(keyOf({ messages: [system, user('b')] })).toBe(keyOf());
    expect(keyOf({ messages: [system, user([{ type: 'text', text: 'b' }])] })).toBe(keyOf());
    expect(keyOf({ n: 1, stream: false, stop: null, response_format: { type: 'text' } })).toBe(keyOf());
    for (const other of [{ max_tokens: 9 }, { temperature: 0 }, { user: 'u' }, { metadata: { task: 'qa' } }])
      expect(keyOf(other)).not.toBe(keyOf());
    expect(keyOf({ messages: [{ role: 'system', content: 'Translate.' }, user('a')] })).not.toBe(keyOf());
    expect(keyOf({}, 'groq/other')).not.toBe(keyOf());
  });

  it('are told their input, what comes before it, and their bound', () => {
    expect(read({ messages: [system, user([{ type: 'text', text: 'x' }])] })).toMatchObject({
      input: 'x',
      before: [system],
      bound: 8,
    });
  });

  it.each([
    [{ tools: [{ type: 'function' }] }, 'tools'],
    [{ n: 2 }, 'n'],
    [{ logprobs: true }, 'logprobs'],
    [{ response_format: { type: 'json_object' } }, 'response_format'],
    [{ stop: ['\n'] }, 'stop'],
    [{ seed: 7 }, 'seed'],
    [{ presence_penalty: 1 }, 'presence_penalty'],
    [{ logit_bias: { 1: 2 } }, 'logit_bias'],
    [{ a_vendors_own: true }, 'a_vendors_own'],
    [{ messages: [user([{ type: 'image_url', image_url: { url: 'x' } }])] }, 'more than text'],
    [{ messages: [user([{ type: 'text', text: 'x', cache_control: {} }])] }, 'more than text'],
    [{ messages: [user('a'), { role: 'assistant', content: 'b' }] }, 'not the user’s'],
    [{ messages: [user('a'), { role: 'tool', tool_call_id: 'x', content: 'b' }] }, 'more than text'],
    [{ messages: [user(' ')] }, 'empty'],
  ])('are not those with %j, which says %s', (change, says) => {
    const line = read(change);
    expect('reason' in line ? line.reason : 'it may').toContain(says);
  });
});
