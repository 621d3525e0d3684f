import { describe, expect, it } from '@jest/globals';
import { taskNamed } from './name-task.js';

const question = (text: string): string =>
  `Which one of these tasks does the text ask for: code, translation, qa? Answer with its name alone.\n\n<text>\n${text}\n</text>`;

describe('the task a model names', () => {
  it.each([
    ['Please translate this', 'translation'],
    ['Fix the bug in my script', 'code'],
    ['Hm, and now?', 'qa'],
    ['Summarise it', 'qa'],
  ])('of %s is %s', (text, task) => {
    expect(taskNamed(question(text))).toBe(task);
  });

  it('is asked for by that question alone', () => {
    expect(taskNamed('Which task is this?')).toBeUndefined();
  });
});
