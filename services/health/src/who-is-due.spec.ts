import { expect, it } from '@jest/globals';
import { whoIsDue } from './who-is-due.js';

it('asks each vendor once a period, spread out and jittered', () => {
  const dueAt = new Map<string, number>();
  const ask = (now: number, chance: number) => whoIsDue(['a', 'b'], dueAt, now, 60_000, () => chance);
  expect(ask(0, 0.5)).toEqual([]);
  expect(ask(29_999, 0.5)).toEqual([]);
  expect(ask(30_000, 0)).toEqual(['a', 'b']);
  expect(dueAt.get('a')).toBe(30_000 + 48_000);
  expect(ask(78_000, 1)).toEqual(['a', 'b']);
  expect(dueAt.get('a')).toBe(78_000 + 72_000);
});
