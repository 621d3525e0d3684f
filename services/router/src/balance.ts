/**
 * How load is spread over deployments that stand for one another. Members of a pool keep the places that the strategy gave
 * the pool; who of them takes the first is decided here: by prefix affinity, else as the pool says.
 */
import type { Balance } from '@skein/contracts/router';
import type { CompiledPool } from './compile-policy.js';
import type { Estimate } from './deployment.js';
import { drawFor } from './draw.js';

/** What is under way at a deployment, as this router hears it. */
export interface Load {
  readonly inFlight: number;
  /** Peak EWMA of answer times, ms; null: nothing heard yet. */
  readonly ewmaMs: number | null;
}

export interface BalanceGrounds {
  readonly loadOf: (id: string) => Load;
  /** Evenly spread over 0 up to 1 from decision to decision: takes turns in proportion to weights. */
  readonly turn: number;
  /** Random, 0 up to 1. */
  readonly chance: number;
  /** Hash of the long beginning this request shares with others. */
  readonly prefix: string | undefined;
}

/** With less than this share of its window left, a member is no longer held to for its prompt cache. */
const SCARCE = 0.02;
/** Prompt caches are not worth a queue: a member with this many times the mean in flight is passed over. */
const CROWDED = 2;
const SPARE_FLIGHTS = 4;
/** A scarce member still gets a little, so that news of its quota comes in. */
const LEAST_WEIGHT = 0.01;

/** Members in the order in which they are to be tried. */
export function balanceMembers(
  members: readonly Estimate[],
  { pool }: CompiledPool,
  grounds: BalanceGrounds,
): readonly Estimate[] {
  const ordered = orders[pool.balance](members, pool.weights, grounds);
  const held = pool.prefix_affinity && grounds.prefix !== undefined ? holderOf(members, grounds) : null;
  return held === null ? ordered : [held, ...ordered.filter((member) => member !== held)];
}

type Order = (
  members: readonly Estimate[],
  weights: Readonly<Record<string, number>>,
  grounds: BalanceGrounds,
) => readonly Estimate[];

const orders: Record<Balance, Order> = {
  /** Weighted round robin: the configured share, times what is left of the quota, times speed beside the fastest. */
  weighted(members, weights, { turn }) {
    const fastest = Math.min(...members.map(({ latencyMs }) => latencyMs ?? Infinity));
    const shares = members.map((member) => {
      const speed = member.latencyMs === null || fastest === Infinity ? 1 : fastest / Math.max(member.latencyMs, 1);
      const quota = Math.max(member.quota?.share ?? 1, LEAST_WEIGHT);
      return { member, weight: (weights[idOf(member)] ?? 1) * quota * speed };
    });
    const total = shares.reduce((sum, { weight }) => sum + weight, 0);
    let left = turn * total;
    const taken = shares.find(({ weight }) => (left -= weight) < 0) ?? shares[0];
    const rest = shares.filter((share) => share !== taken).sort((a, b) => b.weight - a.weight);
    return [...(taken === undefined ? [] : [taken]), ...rest].map(({ member }) => member);
  },
  /** The fastest first; one that nobody has measured yet is measured. */
  region: (members) => [...members].sort((a, b) => (a.latencyMs ?? 0) - (b.latencyMs ?? 0)),
  least_in_flight(members, weights, { loadOf }) {
    const crowd = (member: Estimate) => loadOf(idOf(member)).inFlight / (weights[idOf(member)] ?? 1);
    return [...members].sort((a, b) => crowd(a) - crowd(b));
  },
  /** Two are drawn, the less loaded of them goes first: as good as the best, and no herd. */
  peak_ewma(members, weights, { loadOf, turn, chance }) {
    const cost = (member: Estimate) => {
      const { inFlight, ewmaMs } = loadOf(idOf(member));
      return ((ewmaMs ?? member.latencyMs ?? 1) * (inFlight + 1)) / (weights[idOf(member)] ?? 1);
    };
    const byCost = [...members].sort((a, b) => cost(a) - cost(b));
    if (members.length < 3) return byCost;
    const one = members[Math.floor(turn * members.length)];
    const others = members.filter((member) => member !== one);
    const other = others[Math.floor(chance * others.length)];
    if (one === undefined || other === undefined) return byCost;
    const first = cost(one) <= cost(other) ? one : other;
    return [first, ...byCost.filter((member) => member !== first)];
  },
};

/** The member that the prefix belongs to (rendezvous hashing: a member's coming or going moves only its own). */
function holderOf(members: readonly Estimate[], { prefix = '', loadOf }: BalanceGrounds): Estimate | null {
  const mean = members.reduce((sum, member) => sum + loadOf(idOf(member)).inFlight, 0) / members.length;
  const fit = members.filter(
    (member) => (member.quota?.share ?? 1) > SCARCE && loadOf(idOf(member)).inFlight <= CROWDED * mean + SPARE_FLIGHTS,
  );
  let held: Estimate | null = null;
  let highest = -1;
  for (const member of fit) {
    const score = drawFor(prefix, idOf(member));
    if (score > highest) [held, highest] = [member, score];
  }
  return held;
}

const idOf = ({ contender }: Estimate): string => contender.deployment.id;
