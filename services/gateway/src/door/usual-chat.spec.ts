import { describe, expect, it } from '@jest/globals';
import { chatRequest } from '@skein/contracts/openai';
import fc from 'fast-check';
import { isUsualChat } from './usual-chat.js';

const scalar = fc.oneof(
  fc.boolean(),
  fc.constantFrom(0, -0, 1, 2, 0.5, 2.5, -1, 1e308, 2 ** 53, Infinity, null, '', 'auto', 'user'),
  fc.integer(),
);
const roles = fc.constantFrom('system', 'developer', 'user', 'assistant', 'tool', 'function');
const mostly = <Value>(usual: fc.Arbitrary<Value>) => fc.oneof({ weight: 12, arbitrary: usual }, scalar);
const roleAndContent = { role: mostly(roles), content: mostly(fc.string()) };
const message = fc.oneof(
  { weight: 12, arbitrary: fc.record(roleAndContent) },
  fc.record({ ...roleAndContent, name: scalar }),
);
const usualFields = fc.record(
  {
    model: mostly(fc.constant('auto')),
    messages: mostly(fc.array(mostly(message), { maxLength: 3 })),
    stream: mostly(fc.boolean()),
    temperature: mostly(fc.double({ min: 0, max: 2, noNaN: true })),
    top_p: mostly(fc.double({ min: 0, max: 1, noNaN: true })),
    max_tokens: mostly(fc.integer({ min: 1 })),
    max_completion_tokens: mostly(fc.integer({ min: 1 })),
    user: mostly(fc.string()),
  },
  { requiredKeys: ['model', 'messages'] },
);
const otherFields = fc.record({ seed: scalar, top_k: scalar, tools: scalar }, { requiredKeys: [] });
const body = fc.oneof(
  { weight: 4, arbitrary: usualFields },
  fc.tuple(usualFields, otherFields).map(([usual, other]) => ({ ...usual, ...other })),
);

describe('a chat of the usual shape', () => {
  it('is one that the schema takes as it is', () => {
    let usual = 0;
    fc.assert(
      fc.property(fc.oneof(body, scalar), (value) => {
        if (!isUsualChat(value)) return;
        usual += 1;
        expect(chatRequest.parse(value)).toEqual(value);
      }),
      { numRuns: 2_000 },
    );
    expect(usual).toBeGreaterThan(100);
  });

  it.each([
    [true, '{"model":"auto","temperature":0,"stream":false,"messages":[{"role":"user","content":"Hello"}]}'],
    [true, '{"model":"gpt-4o","max_tokens":9,"user":"u","messages":[{"role":"system","content":""}]}'],
    [false, '{"model":"auto","messages":[{"role":"user","content":"a"}],"__proto__":{"top_k":1}}'],
    [false, '{"model":"auto","messages":[{"role":"user","content":"a","name":"n"}]}'],
    [false, '{"model":"auto","messages":[{"role":"user","content":"a"}],"seed":1}'],
  ])('is told: %s for %s', (isUsual, text) => {
    expect(isUsualChat(JSON.parse(text))).toBe(isUsual);
  });
});
