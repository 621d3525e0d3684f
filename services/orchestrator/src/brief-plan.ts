import type { RoutePlan } from '@skein/contracts/router';

/** Why so many models were not chosen is recorded of a request; `POST /v1/explain` tells it of all. */
export const MOST_RECORDED = 40;

/**
 * A plan as the record of a request keeps it. Where a policy lets in a thousand models, their names would be most of every
 * fact, and they are the same for every request: the first are named, the others counted. Pure.
 */
export function briefPlan(plan: RoutePlan): RoutePlan {
  const more = plan.excluded.length - MOST_RECORDED;
  if (more <= 0) return plan;
  return { ...plan, excluded: plan.excluded.slice(0, MOST_RECORDED), excluded_more: more };
}
