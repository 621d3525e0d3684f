import { describe, expect, it } from '@jest/globals';
import { QUESTION, namingBody, quotedAsk, taskIn, textOfAnswer } from './naming-question.js';

describe('the question', () => {
  it('quotes what was asked last, at its ends, and lists what can be answered', () => {
    const long = `${'a'.repeat(2_000)}${'z'.repeat(2_000)}`;
    const quoted = quotedAsk({
      messages: [
        { role: 'user', content: 'old' },
        { role: 'user', content: long },
      ],
    });
    expect(quoted.length).toBeLessThan(1_900);
    expect(quoted).toMatch(/^a+\n\[…\]\nz+$/);
    expect(quotedAsk({ messages: [{ role: 'user', content: [{ type: 'text', text: 'hi' }] }] })).toBe('hi');
    const { messages } = namingBody('hi').json as { messages: { content: string }[] };
    expect(messages.at(-1)?.content).toBe(`${QUESTION}\n\n<text>\nhi\n</text>`);
    expect(QUESTION).toContain('math_reasoning');
    expect(QUESTION).not.toContain('multimodal');
  });

  it.each([[null], [{}], [{ messages: [{ role: 'assistant', content: 'x' }] }], [{ messages: 'x' }]])(
    'is not asked of %p',
    (body) => {
      expect(quotedAsk(body)).toBe('');
    },
  );
});

describe('its answer', () => {
  it.each([
    ['translation', 'translation'],
    ['Task: Math Reasoning.', 'math_reasoning'],
    ['It is **code**, not qa', 'code'],
    ['multimodal', null],
    ['I cannot tell', null],
  ])('%s names %s', (text, task) => {
    expect(taskIn(text)).toBe(task);
  });

  it('is read from a whole answer, and is nothing where that cannot be read', () => {
    const whole = (text: string) => ({ form: 'whole' as const, bytes: new TextEncoder().encode(text) });
    expect(textOfAnswer(whole('{"choices":[{"message":{"content":"code"}}]}'))).toBe('code');
    expect(textOfAnswer(whole('{"choices":[]}'))).toBe('');
    expect(textOfAnswer(whole('no JSON'))).toBe('');
    expect(textOfAnswer(null)).toBe('');
  });
});
