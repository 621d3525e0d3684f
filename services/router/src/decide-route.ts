/**
 * The point of the room: a pure decision from a request's features, the policy, the fleet and its health to an ordered
 * plan. Who is in the running → walls → a second vendor → order → circuits → plan. Nothing here waits or looks at a clock.
 */
import { expectedOutputTokens, type Catalog } from '@skein/catalog';
import type { Strategy } from '@skein/contracts/gateway';
import type { DecideRouteRequest, RoutePlan } from '@skein/contracts/router';
import { candidateOf } from './candidate.js';
import { allResting, downgradeNotice, isOpen, putBackups, setOpenAside } from './circuits.js';
import type { CompiledPolicy } from './compile-policy.js';
import { contendersFor } from './contenders.js';
import {
  estimateAt,
  type Contender,
  type Estimate,
  type HealthOf,
  type Origin,
  type RequestSize,
} from './deployment.js';
import type { FleetOf } from './fleet.js';
import { nothingAdmissible } from './nothing-admissible.js';
import { scoreBy } from './strategies.js';
import { maxCostOf, ruleAgainst, type Exclusion, type Grounds } from './walls.js';

/** Everything a decision rests on beside the request. */
export interface Situation {
  readonly compiled: CompiledPolicy;
  readonly catalog: Catalog;
  readonly fleet: FleetOf;
  readonly healthOf: HealthOf;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

interface Scored {
  readonly estimate: Estimate;
  readonly score: number;
}

/** What is gathered while one request is decided. */
interface Decision {
  readonly situation: Situation;
  readonly grounds: Grounds;
  readonly size: RequestSize;
  readonly excluded: Exclusion[];
}

/** Vendors a plan should have, where the fleet has them. */
const VENDORS_WANTED = 2;

/**
 * Decides where a request may go, in order. Throws `not_found` (unknown vendor or name), `no_admissible_model` (naming
 * the rules that emptied the set) or `unavailable` (the vendor was here and is away for the moment).
 */
export function decideRoute(request: DecideRouteRequest, situation: Situation): RoutePlan {
  const { compiled, catalog, fleet, now } = situation;
  const { policy } = compiled;
  const strategy = request.metadata.strategy ?? policy.strategy;
  const grounds: Grounds = { request, compiled, fleet, maxCost: maxCostOf(request) };
  const decision: Decision = { situation, grounds, size: sizeOf(request), excluded: [] };

  const running = contendersFor(request, compiled, catalog);
  const admitted = notDearer(decision, sift(decision, running.contenders));
  const isAuto = running.kind === 'auto';
  if (isAuto) admitted.push(...standInsFor(decision, admitted));
  if (admitted.length === 0) throw nothingAdmissible(request, decision.excluded, fleet);

  const scored = isAuto ? inOrderOf(strategy, admitted, compiled) : asWritten(admitted);
  const { kept, resting } = setOpenAside(scored, now);
  for (const { estimate } of resting) exclude(decision, estimate, 'circuit_open');
  if (kept.length === 0) throw allResting(resting, now);
  const { chain, cut } = shorten(putBackups(kept), policy.max_candidates);
  for (const { estimate } of cut) exclude(decision, estimate, 'max_candidates');
  const downgrade = downgradeNotice(scored[0], chain[0]);
  return {
    revision: compiled.revision,
    strategy,
    candidates: chain.map(({ estimate, score }, index) =>
      candidateOf(estimate, score, isAuto ? strategy : null, grounds, index === 0 ? downgrade : null),
    ),
    excluded: decision.excluded,
    cache: policy.cache,
    on_mid_stream_failure: policy.on_mid_stream_failure,
    on_cancel: policy.on_cancel,
    request_ms: policy.timeouts.request_ms,
    retries: policy.retries,
    answers: policy.answers,
    hedging: { ...policy.hedging, mode: request.metadata.race === true ? 'race' : policy.hedging.mode },
    last_resort: lastResortOf(decision, chain),
  };
}

/** The policy's last resort, where no wall keeps it out and the chain does not hold it anyway. */
function lastResortOf(decision: Decision, chain: readonly Scored[]): RoutePlan['last_resort'] {
  const { situation, grounds, size } = decision;
  const { lastResort } = situation.compiled;
  if (lastResort === null) return null;
  if (chain.some(({ estimate }) => estimate.contender.deployment.id === lastResort.deployment.id)) return null;
  const contender: Contender = {
    ...lastResort,
    origin: 'stand-in',
    byName: false,
    place: 0,
    because: 'the last resort of the policy',
  };
  const estimate = estimateAt(contender, size, situation.healthOf);
  return ruleAgainst(estimate, grounds) === null ? candidateOf(estimate, 0, null, grounds, null) : null;
}

function sizeOf({ features, stream, max_output_tokens }: DecideRouteRequest): RequestSize {
  const usual = expectedOutputTokens(features.task);
  const outputTokens = max_output_tokens === null ? usual : Math.min(usual, max_output_tokens);
  return { task: features.task, tokens: features.tokens, outputTokens, stream };
}

/** Estimates every contender and keeps those that no wall keeps out. */
function sift(decision: Decision, contenders: readonly Contender[]): Estimate[] {
  const admitted: Estimate[] = [];
  for (const contender of contenders) {
    const estimate = estimateAt(contender, decision.size, decision.situation.healthOf);
    const rule = ruleAgainst(estimate, decision.grounds);
    if (rule === null) admitted.push(estimate);
    else exclude(decision, estimate, rule);
  }
  return admitted;
}

function exclude({ excluded }: Decision, { contender }: Estimate, rule: string): void {
  excluded.push({ vendor: contender.deployment.vendor, model: contender.deployment.model, rule });
}

/** Low priority only steps down: nothing dearer than what the list, or the caller, puts first. */
function notDearer(decision: Decision, estimates: readonly Estimate[]): Estimate[] {
  const bound = lowPriorityBound(decision, estimates);
  if (bound === null) return [...estimates];
  return estimates.filter((estimate, index) => {
    const passes = index === 0 || (estimate.costNanoUsd !== null && estimate.costNanoUsd <= bound);
    if (!passes) exclude(decision, estimate, 'priority_low');
    return passes;
  });
}

function lowPriorityBound({ grounds }: Decision, [first]: readonly Estimate[]): number | null {
  return grounds.request.metadata.priority === 'low' ? (first?.costNanoUsd ?? null) : null;
}

/** One model each of vendors that have none in the running, where all that is left of a plan is at one vendor or none. */
function standInsFor(decision: Decision, admitted: readonly Estimate[]): Estimate[] {
  const { compiled, fleet, healthOf, now } = decision.situation;
  const there = new Set(admitted.filter((estimate) => !isOpen(estimate, now)).map(vendorOf));
  const bound = lowPriorityBound(decision, admitted);
  const found: Estimate[] = [];
  for (const vendor of fleet.participants) {
    if (there.size + found.length >= VENDORS_WANTED) break;
    if (admitted.some((estimate) => vendorOf(estimate) === vendor)) continue;
    for (const deployment of compiled.standInsOf(vendor)) {
      const estimate = estimateAt(
        {
          deployment,
          origin: 'stand-in',
          byName: false,
          place: found.length,
          because: 'stands in, so that the plan does not hang on one vendor',
          notices: [],
        },
        decision.size,
        healthOf,
      );
      const isDearer = bound !== null && (estimate.costNanoUsd === null || estimate.costNanoUsd > bound);
      if (isDearer || isOpen(estimate, now) || ruleAgainst(estimate, decision.grounds) !== null) continue;
      found.push(estimate);
      break;
    }
  }
  return found;
}

/** Behind what the policy lists come the caller's fallbacks in their order, and behind both what stands in. */
const rankOf: Record<Origin, number> = { asked: 0, listed: 0, fallback: 1, 'stand-in': 2 };

/** Keeps the ranks apart, whatever the scores within each. */
const RANK_APART = 10;

function inOrderOf(strategy: Strategy, admitted: readonly Estimate[], { policy }: CompiledPolicy): Scored[] {
  const merits = scoreBy(strategy, admitted, policy);
  return admitted
    .map((estimate, index) => {
      const { origin, place } = estimate.contender;
      const merit = origin === 'fallback' ? -place / 100 : (merits[index] ?? 0);
      return { estimate, score: merit - RANK_APART * rankOf[origin] };
    })
    .sort((a, b) => b.score - a.score);
}

/** What the caller named keeps the order in which it was named. */
function asWritten(admitted: readonly Estimate[]): Scored[] {
  return admitted.map((estimate, index) => ({ estimate, score: (admitted.length - index) / admitted.length }));
}

/** Cuts a plan to its longest chain; a second vendor, where there is one, keeps the last place rather than fall out. */
function shorten(
  scored: readonly Scored[],
  longest: number,
): { readonly chain: readonly Scored[]; readonly cut: readonly Scored[] } {
  const chain = scored.slice(0, longest);
  const isOneVendor = new Set(chain.map(({ estimate }) => vendorOf(estimate))).size === 1;
  if (isOneVendor && longest > 1) {
    const first = scored[0];
    const other = scored.find(({ estimate }) => first !== undefined && vendorOf(estimate) !== vendorOf(first.estimate));
    if (other !== undefined) chain[longest - 1] = other;
  }
  const kept = new Set(chain);
  return { chain, cut: scored.filter((entry) => !kept.has(entry)) };
}

function vendorOf({ contender }: Estimate): string {
  return contender.deployment.vendor;
}
