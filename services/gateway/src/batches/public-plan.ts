import { formatUsd } from '@skein/catalog';
import type { LanePlan, LinesPlan } from '@skein/contracts/jobs';

/** A plan as customers see it: money as decimal strings. */
export function publicPlan({ lanes, ...plan }: LinesPlan) {
  const ofLane = ({ cost_nano_usd: cost, ...lane }: LanePlan) => ({ ...lane, cost_usd: formatUsd(cost) });
  return {
    object: 'batch.plan',
    ...plan,
    lanes: Object.fromEntries(Object.entries(lanes).map(([name, lane]) => [name, ofLane(lane)])),
  };
}
