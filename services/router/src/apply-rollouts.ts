/** Puts canaries and arms at the head of a plan, and copies beside it. Who was at the head stays behind as its fallback. */
import type { DecideRouteRequest, RoutePlan } from '@skein/contracts/router';
import { chooseArm, CONTROL, percentOf, type RolloutStanding } from './choose-arm.js';
import type { CompiledRollout } from './compile-policy.js';
import type { Contender, Estimate } from './deployment.js';
import type { Scored } from './order.js';

export interface RolloutGrounds {
  readonly request: DecideRouteRequest;
  readonly isAuto: boolean;
  readonly chance: number;
  readonly standingOf: (rollout: CompiledRollout) => RolloutStanding;
  /** Estimates a contender; null where a wall keeps it out or it is resting. */
  readonly admit: (contender: Contender) => Estimate | null;
}

export interface RolledOut {
  readonly chain: readonly Scored[];
  readonly rollouts: NonNullable<RoutePlan['rollouts']>;
  readonly shadows: readonly Estimate[];
}

/** Applies every rollout of a policy, in its order, to the plan as it is without them. */
export function applyRollouts(
  chain: readonly Scored[],
  compiled: readonly CompiledRollout[],
  grounds: RolloutGrounds,
): RolledOut {
  const rollouts: { name: string; kind: 'canary' | 'ab' | 'shadow'; arm: string }[] = [];
  const shadows: Estimate[] = [];
  let ordered = chain;
  for (const one of compiled) {
    const { name, kind } = one.rollout;
    if (!takesPlace(one, ordered, grounds)) continue;
    const standing = grounds.standingOf(one);
    const arm = chooseArm(one, standing, grounds.request, grounds.chance);
    if (arm === null) continue;
    if (arm.to === null) {
      rollouts.push({ name, kind, arm: CONTROL });
      continue;
    }
    const estimate = grounds.admit({
      ...arm.to,
      origin: 'listed',
      byName: false,
      place: 0,
      because: `${kind} ${name}, arm ${arm.name} (${percentOf(one, standing)} % of traffic)`,
    });
    if (estimate === null) continue;
    rollouts.push({ name, kind, arm: arm.name });
    if (kind === 'shadow') shadows.push(estimate);
    else ordered = withHead(estimate, ordered);
  }
  return { chain: ordered, rollouts, shadows };
}

/** A model that the caller wrote as `vendor/model` keeps its place; a copy of it may be taken. */
function takesPlace({ rollout, of }: CompiledRollout, [head]: readonly Scored[], { isAuto }: RolloutGrounds): boolean {
  if (head === undefined) return false;
  const { deployment, origin } = head.estimate.contender;
  if (of === null) return isAuto;
  return of.has(deployment.id) && (origin !== 'asked' || rollout.kind === 'shadow');
}

function withHead(estimate: Estimate, chain: readonly Scored[]): readonly Scored[] {
  const { id } = estimate.contender.deployment;
  const rest = chain.filter((entry) => entry.estimate.contender.deployment.id !== id);
  return [{ estimate, score: (chain[0]?.score ?? 0) + 1 }, ...rest];
}
