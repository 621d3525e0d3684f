import { expect, it } from '@jest/globals';
import { HedgeSpend } from './hedge-spend.js';

const MINUTE = 60_000;

it('allows hedges up to their share of what was spent lately, and none before anything was', () => {
  const spend = new HedgeSpend();
  expect(spend.allows(1, 0.05, 0)).toBe(false);
  spend.note(1_000, false, 0);
  expect(spend.allows(50, 0.05, 0)).toBe(true);
  expect(spend.allows(51, 0.05, 0)).toBe(false);
  spend.note(30, true, MINUTE);
  expect(spend.allows(21, 0.05, MINUTE)).toBe(false);
  expect(spend.allows(20, 0.05, MINUTE)).toBe(true);
});

it('forgets what is older than ten minutes', () => {
  const spend = new HedgeSpend();
  spend.note(1_000, false, 0);
  spend.note(10, true, 5 * MINUTE);
  expect(spend.total(9 * MINUTE)).toEqual({ spent: 1_000, extra: 10 });
  expect(spend.total(10 * MINUTE)).toEqual({ spent: 0, extra: 10 });
  expect(spend.total(15 * MINUTE)).toEqual({ spent: 0, extra: 0 });
});
