import { describe, expect, it } from '@jest/globals';
import { CommandFailure } from './failure.js';
import { readPrompts } from './prompts.js';

const asked = (text: string, model = 'auto') => ({ model, messages: [{ role: 'user', content: text }] });

describe('readPrompts', () => {
  it('reads labelled JSON lines and skips blank ones', () => {
    const file = '{"text":"Sort a list","task":"code","licence":"MIT"}\n\n{"text":"翻译这句话"}\r\n';
    expect(readPrompts(file, 'auto')).toEqual([
      { task: 'code', body: asked('Sort a list') },
      { task: null, body: asked('翻译这句话') },
    ]);
  });

  it('keeps an OpenAI request as it is, its model and unknown fields included', () => {
    const request = { ...asked('Hi', 'openai/gpt-5'), temperature: 0, x_vendor: { a: 1 }, metadata: { task: 'qa' } };
    expect(readPrompts(JSON.stringify(request, null, 2), 'auto')).toEqual([{ task: 'qa', body: request }]);
  });

  it('gives the model only to requests that name none', () => {
    const { messages } = asked('Hi');
    expect(readPrompts(JSON.stringify([{ messages }]), 'mistral/small')[0]?.body).toEqual(asked('Hi', 'mistral/small'));
  });

  it('reads an array and its kinds mixed', () => {
    const file = JSON.stringify(['One', { text: 'Two' }, asked('Three')]);
    expect(readPrompts(file, 'auto').map(({ body }) => body)).toEqual(
      ['One', 'Two', 'Three'].map((text) => asked(text)),
    );
  });

  it('takes plain text as a prompt a line, numbers too', () => {
    expect(readPrompts('Why is the sky blue?\n42\n', 'auto').map(({ body }) => body)).toEqual([
      asked('Why is the sky blue?'),
      asked('42'),
    ]);
  });

  it.each([
    ['{"text":"a"}\n{"text":', 'line 2 is not JSON'],
    ['{"text":"a"}\n{"txt":"b"}', 'line 2 is neither'],
    ['[{"text":""}]', 'item 1 is neither'],
    ['\n \n', 'no prompt'],
    ['[]', 'no prompt'],
  ])('names what is wrong with %j', (file, message) => {
    expect(() => readPrompts(file, 'auto')).toThrow(CommandFailure);
    expect(() => readPrompts(file, 'auto')).toThrow(message);
  });
});
