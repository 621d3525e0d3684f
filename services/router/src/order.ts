/** From what passed the walls to an ordered chain: rank by origin, merit by strategy, turns within pools, then the cut. */
import type { Strategy } from '@skein/contracts/gateway';
import type { Tier } from '@skein/contracts/classifier';
import { balanceMembers, type BalanceGrounds } from './balance.js';
import type { CompiledPolicy, CompiledPool } from './compile-policy.js';
import type { Estimate, Origin } from './deployment.js';
import { scoreBy, type Wishes } from './strategies.js';

export interface Scored {
  readonly estimate: Estimate;
  readonly score: number;
}

/** Preferences lead; behind what the policy lists come the caller's fallbacks in their order, then what stands in. */
const rankOf: Record<Origin, number> = { preferred: -1, asked: 0, listed: 0, fallback: 1, 'stand-in': 2 };

/** Keeps the ranks apart, whatever the scores within each. */
const RANK_APART = 10;
/** Keeps the order of a list apart within a rank. */
const PLACE_APART = 100;

const keepsItsPlace = (origin: Origin): boolean => origin === 'fallback' || origin === 'preferred';

/** Orders what the router chose. */
export function inOrderOf(strategy: Strategy, admitted: readonly Estimate[], wishes: Wishes): Scored[] {
  const merits = scoreBy(strategy, admitted, wishes);
  return admitted
    .map((estimate, index) => {
      const { origin, place } = estimate.contender;
      const merit = keepsItsPlace(origin) ? -place / PLACE_APART : (merits[index] ?? 0);
      return { estimate, score: merit - RANK_APART * rankOf[origin] };
    })
    .sort((a, b) => b.score - a.score);
}

/** What the caller named keeps the order in which it was named. */
export function asWritten(admitted: readonly Estimate[]): Scored[] {
  return admitted.map((estimate, index) => ({ estimate, score: (admitted.length - index) / admitted.length }));
}

/** Lets the members of each pool take turns over the places that the order gave them. */
export function takeTurns(
  scored: readonly Scored[],
  poolOf: ReadonlyMap<string, CompiledPool>,
  grounds: BalanceGrounds,
): readonly Scored[] {
  if (poolOf.size === 0) return scored;
  const poolAt = ({ estimate: { contender } }: Scored) =>
    contender.origin === 'asked' ? undefined : poolOf.get(contender.deployment.id);
  const turns = new Map<CompiledPool, Estimate[]>();
  for (const entry of scored) {
    const pool = poolAt(entry);
    if (pool === undefined) continue;
    const members = turns.get(pool);
    if (members === undefined) turns.set(pool, [entry.estimate]);
    else members.push(entry.estimate);
  }
  for (const [pool, members] of turns) turns.set(pool, [...balanceMembers(members, pool, grounds)]);
  return scored.map((entry) => {
    const pool = poolAt(entry);
    const next = pool === undefined ? undefined : turns.get(pool)?.shift();
    return next === undefined ? entry : { ...entry, estimate: next };
  });
}

/** Cuts a plan to its longest chain; a second vendor, where there is one, keeps the last place rather than fall out. */
export function shorten(
  scored: readonly Scored[],
  longest: number,
): { readonly chain: readonly Scored[]; readonly cut: readonly Scored[] } {
  const chain = scored.slice(0, longest);
  const isOneVendor = chain.every(({ estimate }) => vendorOf(estimate) === vendorOf(chain[0]?.estimate ?? estimate));
  if (isOneVendor && longest > 1) {
    const first = scored[0];
    const other = scored.find(({ estimate }) => first !== undefined && vendorOf(estimate) !== vendorOf(first.estimate));
    if (other !== undefined) chain[longest - 1] = other;
  }
  const kept = new Set(chain);
  return { chain, cut: scored.length === kept.size ? [] : scored.filter((entry) => !kept.has(entry)) };
}

export function vendorOf({ contender }: Estimate): string {
  return contender.deployment.vendor;
}

/** What a strategy heeds beside the figures. */
export function wishesOf({ policy }: CompiledPolicy, tier: Tier, ignoresCost: boolean): Wishes {
  return {
    weights: policy.weights,
    qualityFloor: policy.quality_floor,
    enough: policy.tiers.enough[tier],
    ignoresCost,
  };
}
