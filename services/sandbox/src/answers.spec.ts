import { describe, expect, it } from '@jest/globals';
import { answerTo } from './answers.js';
import { outputTokens, type Ask, type ToolOffer } from './ask.js';
import { hashText } from './hash.js';
import { countTokens } from './token-count.js';

function ask(prompt: string, change: Partial<Ask> = {}): Ask {
  return {
    vendor: 'openai',
    model: 'gpt-4o',
    prompt,
    instructions: '',
    conversation: hashText(prompt),
    toolResult: undefined,
    tools: [],
    toolUse: { rule: 'auto' },
    isParallelToolUseAllowed: true,
    form: { kind: 'text' },
    stops: [],
    maxTokens: undefined,
    seed: undefined,
    thinkingTokens: 0,
    inputTokens: 10,
    cachedTokens: 0,
    cacheWrites: { fiveMinutes: 0, oneHour: 0 },
    ...change,
  };
}

const ESSAY = 'Tell me about lighthouse keepers in Norway';
const WEATHER: ToolOffer = {
  name: 'get_weather',
  description: 'Get the current weather for a city',
  schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};
const ADD: ToolOffer = {
  name: 'add',
  description: 'Add x and y',
  schema: { type: 'object', properties: { x: { type: 'number' }, y: { type: 'number' } }, required: ['x', 'y'] },
};

describe('answers', () => {
  it('are the same for the same ask', () => {
    expect(answerTo(ask(ESSAY), 0)).toEqual(answerTo(ask(ESSAY), 0));
  });

  it('differ by model, seed, choice and conversation', () => {
    const texts = [
      answerTo(ask(ESSAY), 0),
      answerTo(ask(ESSAY, { model: 'gpt-4o-mini' }), 0),
      answerTo(ask(ESSAY, { seed: 7 }), 0),
      answerTo(ask(ESSAY), 1),
      answerTo(ask(ESSAY, { conversation: 99 }), 0),
    ].map((answer) => answer.text);
    expect(new Set(texts).size).toBe(texts.length);
  });

  it('have a usual length and count their own tokens', () => {
    for (let seed = 0; seed < 100; seed += 1) {
      const answer = answerTo(ask(ESSAY, { seed }), 0);
      expect(answer.textTokens).toBe(countTokens(answer.text));
      expect(answer.textTokens).toBeGreaterThanOrEqual(40);
      expect(answer.textTokens).toBeLessThanOrEqual(200);
    }
  });

  it.each([
    ['What is 17 * 23?', /391/],
    ['Reply with exactly: identity probe', /^identity probe$/],
    ['What is the capital of Japan?', /Tokyo/],
    ['Write a Python function that removes duplicates', /```python\ndef /],
    ['Translate "good morning" into German', /\p{Lu}\p{L}+/u],
    ['List 4 ways to save energy', /^1\. .*\n2\. .*\n3\. .*\n4\. /],
    ['请介绍一下量子计算', /量子计算/],
  ])('fit the kind of prompt: %s', (prompt, pattern) => {
    expect(answerTo(ask(prompt), 0).text).toMatch(pattern);
  });

  it('stop before a stop sequence and say which', () => {
    const whole = answerTo(ask(ESSAY), 0).text;
    const stop = whole.slice(30, 36);
    const answer = answerTo(ask(ESSAY, { stops: ['never there', stop] }), 0);
    expect(answer).toMatchObject({ text: whole.slice(0, whole.indexOf(stop)), end: 'sequence', sequence: stop });
  });

  it('end for length at the token limit, thinking included', () => {
    const answer = answerTo(ask(ESSAY, { maxTokens: 20, thinkingTokens: 12 }), 0);
    expect(answer).toMatchObject({ end: 'length', thoughtTokens: 12, textTokens: 8 });
    expect(answerTo(ask(ESSAY, { maxTokens: 5, thinkingTokens: 12 }), 0)).toMatchObject({ text: '', thoughtTokens: 5 });
  });

  it('have exactly the forced length, or no content', () => {
    expect(outputTokens(answerTo(ask(ESSAY), 0, { tokens: 333 }))).toBe(333);
    expect(answerTo(ask(ESSAY), 0, { isEmpty: true })).toMatchObject({
      text: '',
      calls: [],
      end: 'stop',
      textTokens: 0,
    });
  });

  it('call the offered tool that the prompt asks for', () => {
    const tools = [ADD, WEATHER];
    expect(answerTo(ask("What's the weather in Boston?", { tools }), 0)).toMatchObject({
      calls: [{ name: 'get_weather', args: { city: 'Boston' } }],
      end: 'tools',
    });
    expect(answerTo(ask('Please add 2 and 3', { tools }), 0).calls).toEqual([{ name: 'add', args: { x: 2, y: 3 } }]);
    expect(answerTo(ask('Tell me a joke', { tools }), 0).calls).toEqual([]);
  });

  it('call once per city only when parallel calls are allowed', () => {
    const prompt = 'weather in Boston and New Delhi?';
    const cities = answerTo(ask(prompt, { tools: [WEATHER] }), 0).calls.map((call) => call.args['city']);
    expect(cities).toEqual(['Boston', 'New Delhi']);
    expect(answerTo(ask(prompt, { tools: [WEATHER], isParallelToolUseAllowed: false }), 0).calls).toHaveLength(1);
  });

  it('obey a forced, forbidden or already answered tool', () => {
    expect(answerTo(ask('hi', { tools: [WEATHER], toolUse: { rule: 'any' } }), 0).calls).toHaveLength(1);
    expect(
      answerTo(ask('hi', { tools: [ADD, WEATHER], toolUse: { rule: 'named', name: 'add' } }), 0).calls[0]?.name,
    ).toBe('add');
    expect(answerTo(ask('weather in Rome?', { tools: [WEATHER], toolUse: { rule: 'none' } }), 0).calls).toEqual([]);
    const after = answerTo(ask('weather in Rome?', { tools: [WEATHER], toolResult: '{"degrees":21}' }), 0);
    expect(after.calls).toEqual([]);
    expect(after.text).toContain('21');
  });
});

describe('several requests in one prompt', () => {
  const schema = { type: 'object', properties: { answers: { type: 'array', items: { type: 'string' } } } };
  const instructions = 'Say how bad each line is, with one of: error, warning, info.';
  const lines = ['disk full: ERROR 5', 'warn: slow', 'all is well', 'nothing to see'];
  const prompt = JSON.stringify(lines.map((input, at) => ({ id: `k${at}`, input })));
  const many = (items?: 'missing' | 'twice' | 'empty' | 'cut' | 'prose') =>
    answerTo(ask(prompt, { instructions, form: { kind: 'schema', schema } }), 0, { items }).text;

  it('are answered as each would be alone', () => {
    const alone = lines.map((line) => answerTo(ask(line, { instructions, conversation: 1 }), 0).text);
    expect(alone.slice(0, 2)).toEqual(['error', 'warning']);
    expect(JSON.parse(many())).toEqual({ answers: alone.map((answer, at) => `k${at}: ${answer}`) });
  });

  it('are answered wrongly on command', () => {
    const idsOf = (text: string) => (JSON.parse(text) as { answers: string[] }).answers.map((one) => one.slice(0, 2));
    expect(idsOf(many('missing'))).toEqual(['k0', 'k2', 'k3']);
    expect(idsOf(many('twice'))).toEqual(['k0', 'k1', 'k1', 'k2', 'k3']);
    expect(() => idsOf(many('cut'))).toThrow(SyntaxError);
    expect(many('prose')).not.toContain('{');
  });
});
