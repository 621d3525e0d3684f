import { describe, expect, it } from '@jest/globals';
import type { RoutePlan } from '@skein/contracts/router';
import { MOST_RECORDED, briefPlan } from './brief-plan.js';

const planWithout = (count: number): RoutePlan =>
  ({
    revision: 'r',
    excluded: Array.from({ length: count }, (_, at) => ({ vendor: 'v', model: `m${at}`, rule: 'max_candidates' })),
  }) as unknown as RoutePlan;

describe('the plan in a record', () => {
  it('is the plan itself where it names few that were left out', () => {
    const plan = planWithout(MOST_RECORDED);
    expect(briefPlan(plan)).toBe(plan);
  });

  it('names the first of many, and counts the others', () => {
    const plan = planWithout(1_000);
    const brief = briefPlan(plan);
    expect(brief.excluded).toEqual(plan.excluded.slice(0, MOST_RECORDED));
    expect(brief.excluded_more).toBe(1_000 - MOST_RECORDED);
    expect(plan.excluded).toHaveLength(1_000);
  });
});
