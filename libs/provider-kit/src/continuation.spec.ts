import { describe, expect, it } from '@jest/globals';
import { continuationMessages } from './continuation.js';

const turns = (vendor: string, model: string, text = 'Once upon ', thinks = false) =>
  continuationMessages(text, { vendor, model, thinks });

describe('going on from what was shown', () => {
  it.each([
    ['mistral', 'mistral-small-2603', { prefix: true }],
    ['moonshot', 'kimi-k2', { partial: true }],
    ['qwen', 'qwen-plus', { partial: true }],
    ['anthropic', 'claude-haiku-4-5', {}],
  ])('begins the turn for %s', (vendor, model, flag) => {
    expect(turns(vendor, model)).toEqual([{ role: 'assistant', content: 'Once upon', ...flag }]);
  });

  it.each([
    ['openai', 'gpt-4o'],
    ['anthropic', 'claude-sonnet-4-6'],
    ['anthropic', 'claude-opus-4-8'],
    ['qwen', 'qwq-32b'],
  ])('asks %s/%s to go on', (vendor, model) => {
    expect(turns(vendor, model).map(({ role }) => role)).toEqual(['assistant', 'user']);
  });

  it('asks who thinks first to go on, since thinking and a begun turn exclude one another', () => {
    expect(turns('anthropic', 'claude-haiku-4-5', 'Once', true)).toHaveLength(2);
  });

  it('adds nothing where nothing was shown', () => {
    expect(turns('openai', 'gpt-4o', '')).toEqual([]);
    expect(turns('mistral', 'mistral-small-2603', ' \n')).toEqual([]);
  });
});
