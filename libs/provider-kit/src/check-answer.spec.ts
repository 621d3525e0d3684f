import { describe, expect, it } from '@jest/globals';
import { checkWhole, problemIn, readRules, StreamCheck } from './check-answer.js';
import { jsonBytes } from './json.js';

const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
const tools = [{ type: 'function', function: { name: 'weather', parameters } }];
const schema = { type: 'object', properties: { answer: { type: 'number' } }, required: ['answer'] };
const response_format = { type: 'json_schema', json_schema: { name: 's', schema } };
const call = (args: string, name = 'weather') => ({ id: 'c', type: 'function', function: { name, arguments: args } });

function check(request: object, ...messages: object[]) {
  const rules = readRules(request);
  if (rules === null) return undefined;
  return checkWhole(jsonBytes({ choices: messages.map((message) => ({ message })) }), rules);
}

describe('what is checked of an answer', () => {
  it('is nothing where nothing was asked for', () => {
    expect(check({}, { content: 'x' })).toBeUndefined();
    expect(check({ tools }, { content: 'x' })).toBeNull();
    expect(check({ response_format: { type: 'text' } }, { content: 'x' })).toBeUndefined();
  });

  it('are calls of tools, each counted, and which path failed', () => {
    const calls = [call('{"city":"Rome"}'), call('{"city":7}'), call('{"city'), call('{}', 'unknown'), call('[]')];
    const validation = check({ tools }, { content: null, tool_calls: calls });
    expect(validation).toMatchObject({ tool_calls: { valid: 1, invalid: 4 }, structured: { valid: 0, invalid: 0 } });
    expect(validation?.failed).toEqual([
      { what: 'tool_call', name: 'weather', path: '/city', problem: 'must be string' },
      { what: 'tool_call', name: 'weather', path: '', problem: 'is not valid JSON' },
      { what: 'tool_call', name: 'unknown', path: '', problem: 'no tool of that name was offered' },
      { what: 'tool_call', name: 'weather', path: '', problem: 'must be object' },
    ]);
    expect(problemIn(validation ?? null)).toBe('the arguments of the tool call "weather" at /city: must be string');
  });

  it('are not calls that nobody offered, nor those of tools only the vendor names', () => {
    expect(check({ response_format }, { tool_calls: [call('{')] })).toBeNull();
    const own = [...tools, { type: 'web_search_20250305', name: 'web_search' }];
    expect(check({ tools: own }, { tool_calls: [call('{}', 'web_search')] })).toBeNull();
  });

  it('is a structured answer of every choice, unless tools were called or it was refused', () => {
    const validation = check({ response_format }, { content: '{"answer":1}' }, { content: '{"answer":"x"}' });
    expect(validation).toMatchObject({ structured: { valid: 1, invalid: 1 } });
    expect(validation?.failed).toEqual([
      { what: 'structured', name: null, path: '/answer', problem: 'must be number' },
    ]);
    expect(check({ response_format }, { content: null, refusal: 'no' })).toBeNull();
    const parts = [
      { type: 'thinking', thinking: [] },
      { type: 'text', text: '{"answer":2}' },
    ];
    expect(check({ response_format }, { content: parts })).toMatchObject({ structured: { valid: 1 } });
    expect(check({ response_format: { type: 'json_object' } }, { content: '[1]' })).toMatchObject({
      structured: { invalid: 1 },
    });
  });

  it('is the same in a stream, whatever it was cut into', () => {
    const rules = readRules({ tools, response_format });
    if (rules === null) throw new Error('there is something to check');
    const stream = new StreamCheck(rules);
    const hear = (index: number, delta: object) => stream.hear(jsonBytes({ choices: [{ index, delta }] }));
    const piece = (index: number, fn: object) => ({ tool_calls: [{ index, function: fn }] });
    hear(0, piece(0, { name: 'weather', arguments: '' }));
    hear(0, piece(1, { name: 'weather', arguments: '{"ci' }));
    hear(0, piece(0, { arguments: '{"city":"Ro' }));
    hear(0, piece(1, { arguments: 'ty":1}' }));
    hear(0, piece(0, { arguments: 'me"}' }));
    hear(1, { content: '{"ans' });
    hear(1, { content: 'wer":4}' });
    expect(stream.check()).toEqual({
      tool_calls: { valid: 1, invalid: 1 },
      structured: { valid: 1, invalid: 0 },
      failed: [{ what: 'tool_call', name: 'weather', path: '/city', problem: 'must be string' }],
    });
  });
});
