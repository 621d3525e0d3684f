/** The policy's own bound on what one request may cost, and low priority's: who is passed over for it, and what is said. */
import { formatUsd } from '@skein/catalog';
import type { Estimate } from './deployment.js';

export const BUDGET_RULE = 'budgets.max_request_usd';

export interface Budgeted {
  readonly kept: readonly Estimate[];
  readonly over: readonly Estimate[];
  /** What the caller is told where the budget changed nothing about who is kept. */
  readonly notice: string | null;
}

/**
 * Parts what may be spent from what may not. `downgrade`: with nothing within the bound the cheapest stays, with a notice,
 * and so does a model asked for by name. `refuse`: nothing over the bound stays. What has no price counts as over it.
 */
export function withinBudget(
  estimates: readonly Estimate[],
  bound: number | null,
  over: 'downgrade' | 'refuse',
): Budgeted {
  if (bound === null) return { kept: estimates, over: [], notice: null };
  const isWithin = ({ costNanoUsd }: Estimate) => costNanoUsd !== null && costNanoUsd <= bound;
  const mayStay = ({ contender }: Estimate) => over === 'downgrade' && contender.origin === 'asked';
  const kept = estimates.filter((estimate) => isWithin(estimate) || mayStay(estimate));
  const passedOver = estimates.filter((estimate) => !kept.includes(estimate));
  if (kept.length > 0 || over === 'refuse') {
    const notice = kept.every(isWithin) ? null : `over the budget of $${formatUsd(bound)} a request; sent as asked`;
    return { kept, over: passedOver, notice };
  }
  const cheapest = cheapestOf(passedOver);
  if (cheapest === null) return { kept: [], over: passedOver, notice: null };
  return {
    kept: [cheapest],
    over: passedOver.filter((estimate) => estimate !== cheapest),
    notice: `nothing admissible is within the budget of $${formatUsd(bound)} a request; the cheapest is asked`,
  };
}

function cheapestOf(estimates: readonly Estimate[]): Estimate | null {
  let cheapest: Estimate | null = null;
  for (const estimate of estimates) {
    if (estimate.costNanoUsd === null) continue;
    if (cheapest?.costNanoUsd == null || estimate.costNanoUsd < cheapest.costNanoUsd) cheapest = estimate;
  }
  return cheapest;
}
