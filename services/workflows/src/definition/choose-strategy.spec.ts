import { describe, expect, it } from '@jest/globals';
import { chooseStrategy, complexityOf, type StrategyNeeds } from './choose-strategy.js';

const rows: [Partial<StrategyNeeds>, string][] = [
  [{ complexity: 'simple', latency: 'low' }, 'single_model'],
  [{ complexity: 'medium', budget: 'balanced' }, 'two_model_coordinator'],
  [{ complexity: 'high', latency: 'high' }, 'parallel_specialization'],
  [{ complexity: 'high', budget: 'low', latency: 'medium' }, 'dynamic_router'],
  [{ complexity: 'simple', latency: 'high' }, 'custom_strategy'],
  [{ complexity: 'medium', budget: 'high' }, 'custom_strategy'],
  [{ complexity: 'high', budget: 'high', latency: 'low' }, 'custom_strategy'],
  // Latency comes before budget, as in the table.
  [{ complexity: 'high', budget: 'low', latency: 'high' }, 'parallel_specialization'],
  [{ complexity: 'high', latency: 'high', capability: 'one' }, 'single_model'],
  [{ complexity: 'high', latency: 'high', capability: 'two' }, 'two_model_coordinator'],
];

describe('the decision table', () => {
  it.each(rows)('%j → %s', (needs, chosen) => {
    const choice = chooseStrategy({
      complexity: 'medium',
      latency: 'low',
      budget: 'balanced',
      capability: null,
      ...needs,
    });
    expect(choice.chosen).toBe(chosen);
    expect(choice.because).not.toBe('');
  });

  it('reads the classifier’s score as complexity', () => {
    expect([0, 0.34, 0.35, 0.64, 0.65, 1].map(complexityOf)).toEqual([
      'simple',
      'simple',
      'medium',
      'medium',
      'high',
      'high',
    ]);
  });
});
