import { describe, expect, it } from '@jest/globals';
import { modelRowSchema } from './model.js';
import { layOver, overlaySchema, scoreOfPercent } from './overlay.js';
import { CATALOG_TASKS, catalogTask, expectedOutputTokens } from './tasks.js';

const row = modelRowSchema.parse({ vendor: 'qwen', model: 'qwen-x', kind: 'chat', status: 'active' });
const nothing = {
  models: [],
  corrections: [],
  hour_cache: [],
  responses_only: [],
  currencies: [],
  quality: [],
};

describe('the overlay', () => {
  it('converts foreign prices once, half-up, at the dated rate', () => {
    const overlay = overlaySchema.parse({
      ...nothing,
      currencies: [{ currency: 'CNY', per_usd: '7', date: '2026-07-01', source: 'test' }],
      models: [
        { ...row, foreign_prices: { currency: 'CNY', from: null, base: { input: '1', output: '3.5' }, tiers: [] } },
      ],
    });
    expect(layOver([], overlay)[0]).toMatchObject({
      prices: [{ base: { input: 142_857, output: 500_000 } }],
      exchange: { per_usd: '7', date: '2026-07-01' },
    });
  });

  it('corrects a row and leaves the rest of it', () => {
    const overlay = overlaySchema.parse({
      ...nothing,
      corrections: [{ id: 'qwen/qwen-x', set: { context_window: 9 }, why: 'test' }],
    });
    const before = { ...row, can: ['tools' as const], prices: [{ from: null, base: { input: 1 }, tiers: [] }] };
    expect(layOver([before], overlay)[0]).toMatchObject({
      context_window: 9,
      status: 'active',
      capabilities: { tools: true },
      prices: before.prices,
    });
  });

  it('leaves quality unknown where nobody stated it', () => {
    expect(layOver([row], overlaySchema.parse(nothing))[0]).toMatchObject({ quality: null, quality_by_task: {} });
  });

  it.each([
    [
      'a currency without a rate',
      {
        models: [
          { ...row, foreign_prices: { currency: 'CNY', from: null, base: { input: '1', output: '1' }, tiers: [] } },
        ],
      },
      /no exchange rate/,
    ],
    ['a correction of nothing', { corrections: [{ id: 'qwen/none', set: {}, why: 'test' }] }, /does not have/],
    ['quality stated twice', { quality: [{ names: ['qwen-x'] }, { names: ['Qwen_X'] }] }, /twice/],
    ['an unknown vendor', { models: [{ ...row, vendor: 'nobody' }] }, /unknown vendor/],
  ])('refuses %s', (_, part, message) => {
    expect(() => layOver([], overlaySchema.parse({ ...nothing, ...part }))).toThrow(message);
  });

  it('refuses a row that is in the generated data already', () => {
    expect(() => layOver([row], overlaySchema.parse({ ...nothing, models: [row] }))).toThrow(/twice/);
  });

  it('keeps the order of benchmarks in scores', () => {
    const scores = [0, 10, 40, 60, 95, 100].map(scoreOfPercent);
    expect(scores).toEqual([0, 3.2, 6.3, 7.7, 9.7, 10]);
  });
});

describe('tasks', () => {
  it('are known by the names callers use', () => {
    expect(catalogTask('coding')).toBe('code');
    expect(catalogTask('structured_extraction')).toBe('extraction');
    expect(catalogTask('dancing')).toBeNull();
  });

  it('all have an expected length, unknown ones too', () => {
    for (const task of [...CATALOG_TASKS, 'conversation', 'dancing'])
      expect(expectedOutputTokens(task)).toBeGreaterThan(0);
    expect(expectedOutputTokens('classification')).toBeLessThan(expectedOutputTokens('writing'));
    expect(expectedOutputTokens('coding')).toBe(expectedOutputTokens('code'));
  });
});
