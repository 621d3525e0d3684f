import { describe, expect, it } from '@jest/globals';
import { classify } from './classify.js';

const rules = { role: 'system', content: 'You help. '.repeat(500) };
const ask = (...messages: { role: string; content: string }[]) => classify({ messages }, null);

describe('what tells conversations apart', () => {
  it('stays the same from turn to turn and differs between conversations', () => {
    const first = ask(rules, { role: 'user', content: 'What is a monad?' });
    const later = ask(
      rules,
      { role: 'user', content: 'What is a monad?' },
      { role: 'assistant', content: 'A burrito.' },
      { role: 'user', content: 'Really?' },
    );
    const other = ask(rules, { role: 'user', content: 'What is a functor?' });
    expect(later.thread).toBe(first.thread);
    expect(other.thread).not.toBe(first.thread);
  });

  it('is a prefix to be cached only where instructions and tools are long, the same for all who share them', () => {
    const first = ask(rules, { role: 'user', content: 'What is a monad?' });
    expect(first.prefix).toMatch(/^[0-9a-f]{8}$/);
    expect(ask(rules, { role: 'user', content: 'Something else' }).prefix).toBe(first.prefix);
    expect(ask({ role: 'user', content: 'What is a monad?' }).prefix).toBeUndefined();
  });

  it('never shows the words', () => {
    expect(JSON.stringify(ask(rules, { role: 'user', content: 'What is a monad?' }))).not.toContain('monad');
  });
});
