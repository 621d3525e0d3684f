import { describe, expect, it } from '@jest/globals';
import { NamedTasks } from './named-tasks.js';
import { NamingBudget } from './naming-budget.js';

const DAY = 86_400_000;
const limits = { max_usd_per_day: '0.003', max_usd_per_call: '0.001', max_share: 1 };

describe('what naming may cost', () => {
  it('is set aside before a call and put right after it', () => {
    const budget = new NamingBudget();
    const [first, , third] = [budget.hold(limits, 0), budget.hold(limits, 0), budget.hold(limits, 0)];
    expect(third).not.toBeNull();
    expect(budget.hold(limits, 0)).toBeNull();
    first?.settle(0);
    expect(budget.hold(limits, 0)).not.toBeNull();
    third?.settle(null);
    expect(budget.hold(limits, 0)).toBeNull();
  });

  it('is a new sum each day, whatever yesterday settles today', () => {
    const budget = new NamingBudget();
    const held = [1, 2, 3].map(() => budget.hold(limits, DAY - 1));
    expect(budget.hold(limits, DAY - 1)).toBeNull();
    expect(budget.hold(limits, DAY)).not.toBeNull();
    held[0]?.settle(0);
    expect([1, 2, 3].map(() => budget.hold(limits, DAY)).map((hold) => hold !== null)).toEqual([true, true, false]);
  });

  it('is a share of the requests too', () => {
    const budget = new NamingBudget();
    const few = { ...limits, max_usd_per_day: '100', max_share: 0.1 };
    const asked = () => (budget.hold(few, 0) === null ? 0 : 1);
    expect(asked() + asked() + asked()).toBe(2);
    for (let request = 0; request < 10; request += 1) budget.see(0);
    expect(asked() + asked()).toBe(1);
    expect(new NamingBudget().hold({ ...few, max_share: 0 }, 0)).toBeNull();
  });
});

describe('tasks that were named', () => {
  const named = { task: 'code' as const, by: { model: 'm', request_id: 'r' } };

  it('are known until they lapse', () => {
    const tasks = new NamedTasks();
    tasks.keep('a', named, 10);
    expect(tasks.get('a', 9)).toBe(named);
    expect(tasks.get('a', 10)).toBeNull();
    expect(tasks.get('b', 0)).toBeNull();
  });

  it('are bounded: the oldest goes first', () => {
    const tasks = new NamedTasks();
    for (let place = 0; place <= 2_000; place += 1) tasks.keep(String(place), named, 1);
    expect(tasks.get('0', 0)).toBeNull();
    expect(tasks.get('2000', 0)).toBe(named);
  });
});
