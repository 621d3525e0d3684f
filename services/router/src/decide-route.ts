/**
 * The point of the room: a pure decision from a request's features, the policy, the fleet and its health to an ordered
 * plan. Who is in the running → walls → budget → a second vendor → order → rest → rollouts → plan. Nothing here waits or
 * looks at a clock.
 */
import { expectedOutputTokens } from '@skein/catalog';
import type { DecideRouteRequest, RoutePlan } from '@skein/contracts/router';
import { applyRollouts } from './apply-rollouts.js';
import { speaksOf } from './audience.js';
import type { Load } from './balance.js';
import { candidateOf } from './candidate.js';
import type { RolloutStanding } from './choose-arm.js';
import { allResting, downgradeNotice, isOpen, putBackups, setOpenAside } from './circuits.js';
import type { CompiledPolicy, CompiledRollout } from './compile-policy.js';
import { contendersFor } from './contenders.js';
import { estimateAt, type Contender, type Estimate, type RequestSize, type Seen } from './deployment.js';
import type { FleetOf } from './fleet.js';
import { nothingAdmissible } from './nothing-admissible.js';
import { asWritten, inOrderOf, shorten, takeTurns, vendorOf, wishesOf, type Scored } from './order.js';
import { isSpent, setReservedAside, setSpentAside } from './quota.js';
import { exceedsWindow } from './trim-context.js';
import { maxCostOf, ruleAgainst, type Exclusion, type Grounds } from './walls.js';
import { BUDGET_RULE, withinBudget } from './within-budget.js';

/** Everything a decision rests on beside the request. What is left out is not known. */
export interface Situation {
  readonly compiled: CompiledPolicy;
  readonly fleet: FleetOf;
  readonly healthOf: Seen['healthOf'];
  readonly quotaOf?: Seen['quotaOf'];
  readonly loadOf?: (id: string) => Load;
  /** Tokens that answers to a task have had lately; the catalogue's figure where it is not given. */
  readonly expectedOutput?: (task: string) => number;
  readonly standingOf?: (rollout: CompiledRollout) => RolloutStanding;
  /** Evenly spread over 0 up to 1 from decision to decision. */
  readonly turn?: number;
  /** Random, 0 up to 1. */
  readonly chance?: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** What is gathered while one request is decided. */
interface Decision {
  readonly situation: Situation;
  readonly grounds: Grounds;
  readonly size: RequestSize;
  readonly seen: Seen;
  readonly excluded: Exclusion[];
}

/** Vendors a plan should have, where the fleet has them. */
const VENDORS_WANTED = 2;

const idle: Load = { inFlight: 0, ewmaMs: null };
const firstStep: RolloutStanding = { state: 'running', step: 0 };

/**
 * Decides where a request may go, in order. Throws `not_found` (unknown vendor or name), `no_admissible_model` (naming
 * the rules that emptied the set) or `unavailable` (the vendor was here and is away for the moment).
 */
export function decideRoute(request: DecideRouteRequest, situation: Situation): RoutePlan {
  const { compiled, fleet, now, turn = 0, chance = 0 } = situation;
  const { policy } = compiled;
  const strategy = request.metadata.strategy ?? policy.strategy;
  const tier = compiled.tierOf(request.features);
  const decision = begin(request, situation);
  const { grounds } = decision;

  const running = contendersFor(request, tier, grounds.binding, compiled);
  const isAuto = running.kind === 'auto';
  const sifted = fitting(decision, notDearer(decision, sift(decision, running.contenders)));
  const { kept: affordable, over, notice } = withinBudget(sifted, policyBound(decision), policy.budgets.over);
  exclude(decision, over, BUDGET_RULE);
  const admitted = [...affordable];
  if (isAuto) admitted.push(...standInsFor(decision, admitted));
  if (admitted.length === 0) throw nothingAdmissible(request, decision.excluded, fleet);

  const wishes = wishesOf(
    compiled,
    tier,
    request.metadata.priority === 'high' && request.metadata.strategy === undefined,
  );
  const ordered = isAuto ? inOrderOf(strategy, admitted, wishes) : asWritten(admitted);
  const scored = takeTurns(ordered, compiled.poolOf, {
    loadOf: situation.loadOf ?? (() => idle),
    turn,
    chance,
    prefix: request.features.prefix,
  });
  const { kept: closed, resting } = setOpenAside(scored, now);
  exclude(decision, resting.map(estimateOf), 'circuit_open');
  if (closed.length === 0) throw allResting(resting, now);
  const { kept, spent } = withinQuota(decision, closed);
  exclude(decision, spent.map(estimateOf), 'quota');
  const rolled = applyRollouts(putBackups(kept), compiled.rollouts, {
    request,
    isAuto,
    chance,
    standingOf: situation.standingOf ?? (() => firstStep),
    admit: (contender) => admit(decision, contender),
  });
  const { chain, cut } = shorten(rolled.chain, policy.max_candidates);
  exclude(decision, cut.map(estimateOf), 'max_candidates');
  const notices = [
    isAuto ? budgetNotice(decision, ordered[0]) : null,
    notice,
    rolled.chain[0] === kept[0] || rolled.rollouts.length === 0 ? downgradeNotice(scored[0], chain[0]) : null,
  ].filter((text) => text !== null);
  return {
    revision: compiled.revision,
    strategy,
    candidates: chain.map(({ estimate, score }, index) =>
      candidateOf(estimate, score, isAuto ? strategy : null, grounds, index === 0 ? notices : []),
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
    tier,
    ...(policy.batches.merge.mode !== 'off' && { merge: policy.batches.merge }),
    ...(rolled.rollouts.length > 0 && { rollouts: rolled.rollouts }),
    ...(rolled.shadows.length > 0 && {
      shadow: rolled.shadows.map((estimate) => candidateOf(estimate, 0, null, grounds, [])),
    }),
  };
}

/** Leaves out vendors whose quota is used up, and for what nobody waits for those whose quota is kept for others. */
function withinQuota({ grounds }: Decision, entries: readonly Scored[]) {
  if (grounds.request.spare_quota_only !== true) return setSpentAside(entries);
  const { kept, reserved } = setReservedAside(entries, grounds.compiled.policy.batches.quota_reserve);
  return { kept, spent: reserved };
}

function begin(request: DecideRouteRequest, situation: Situation): Decision {
  const { compiled, fleet, healthOf, quotaOf = () => undefined } = situation;
  const maxCost = maxCostOf(request);
  const own = request.metadata.priority === 'high' ? null : compiled.maxRequest;
  const grounds: Grounds = {
    request,
    compiled,
    fleet,
    maxCost,
    bound: maxCost === null || own === null ? (maxCost ?? own) : Math.min(maxCost, own),
    binding: compiled.bindings.find(({ who }) => speaksOf(who, request)) ?? null,
  };
  const { features, stream, max_output_tokens, operation = 'chat' } = request;
  const usual =
    operation === 'chat' ? Math.round((situation.expectedOutput ?? expectedOutputTokens)(features.task)) : 0;
  const outputTokens = max_output_tokens === null ? usual : Math.min(usual, max_output_tokens);
  const size = { task: features.task, tokens: features.tokens, outputTokens, stream };
  return { situation, grounds, size, seen: { healthOf, quotaOf }, excluded: [] };
}

/** Estimates every contender and keeps those that no wall keeps out. */
function sift(decision: Decision, contenders: readonly Contender[]): Estimate[] {
  const admitted: Estimate[] = [];
  for (const contender of contenders) {
    const estimate = estimateAt(contender, decision.size, decision.seen);
    const rule = ruleAgainst(estimate, decision.grounds);
    if (rule === null) admitted.push(estimate);
    else exclude(decision, [estimate], rule);
  }
  return admitted;
}

/** What a rollout brings in passes the same walls, the budget and the circuits, or stays out. */
function admit({ size, seen, grounds, situation }: Decision, contender: Contender): Estimate | null {
  const estimate = estimateAt(contender, size, seen);
  if (ruleAgainst(estimate, grounds) !== null || exceedsBound(estimate, grounds.bound)) return null;
  return isOpen(estimate, situation.now) || isSpent(estimate) ? null : estimate;
}

function exceedsBound({ costNanoUsd }: Estimate, bound: number | null): boolean {
  return bound !== null && (costNanoUsd === null || costNanoUsd > bound);
}

function exclude({ excluded }: Decision, estimates: readonly Estimate[], rule: string): void {
  for (const { contender } of estimates) {
    excluded.push({ vendor: contender.deployment.vendor, model: contender.deployment.model, rule });
  }
}

/** A trimmed prompt is for the day nothing can take it whole. */
function fitting(decision: Decision, estimates: readonly Estimate[]): readonly Estimate[] {
  const { request, compiled } = decision.grounds;
  if (!compiled.policy.context.trim) return estimates;
  const isTooLong = (estimate: Estimate) => exceedsWindow(estimate, request.max_output_tokens ?? 0);
  const whole = estimates.filter((estimate) => !isTooLong(estimate));
  if (whole.length === 0 || whole.length === estimates.length) return estimates;
  exclude(decision, estimates.filter(isTooLong), 'context_window');
  return whole;
}

/** Low priority only steps down: nothing dearer than what the list, or the caller, puts first. */
function notDearer(decision: Decision, estimates: readonly Estimate[]): readonly Estimate[] {
  const bound = lowPriorityBound(decision, estimates);
  if (bound === null) return estimates;
  return estimates.filter((estimate, index) => {
    const passes = index === 0 || !exceedsBound(estimate, bound);
    if (!passes) exclude(decision, [estimate], 'priority_low');
    return passes;
  });
}

function lowPriorityBound({ grounds }: Decision, [first]: readonly Estimate[]): number | null {
  return grounds.request.metadata.priority === 'low' ? (first?.costNanoUsd ?? null) : null;
}

/** High priority may climb: the policy's bound is not for it. */
function policyBound({ grounds }: Decision): number | null {
  return grounds.request.metadata.priority === 'high' ? null : grounds.compiled.maxRequest;
}

/** What the caller should know when a dearer model would have come first. */
function budgetNotice({ excluded, grounds }: Decision, first: Scored | undefined): string | null {
  const dearer = excluded.filter(({ rule }) => rule === BUDGET_RULE || rule === 'max_cost_usd');
  const lead = first?.estimate.quality ?? null;
  if (dearer.length === 0 || first === undefined || lead === null) return null;
  const wanted = dearer.find(({ vendor, model }) => {
    const record = grounds.compiled.listed.get(`${vendor}/${model}`);
    return (record?.qualityFor(grounds.request.features.task) ?? 0) > lead;
  });
  return wanted === undefined
    ? null
    : `over budget: ${wanted.vendor}/${wanted.model} was passed over (${wanted.rule}); a smaller model is asked`;
}

/** One model each of vendors that have none in the running, where all that is left of a plan is at one vendor or none. */
function standInsFor(decision: Decision, admitted: readonly Estimate[]): Estimate[] {
  const { compiled, fleet, now } = decision.situation;
  if (decision.grounds.binding !== null) return [];
  const there = new Set<string>();
  for (const estimate of admitted) {
    if (!isOpen(estimate, now)) there.add(vendorOf(estimate));
    if (there.size >= VENDORS_WANTED) return [];
  }
  const low = lowPriorityBound(decision, admitted);
  const { bound } = decision.grounds;
  const found: Estimate[] = [];
  for (const vendor of fleet.participants) {
    if (there.size + found.length >= VENDORS_WANTED) break;
    if (admitted.some((estimate) => vendorOf(estimate) === vendor)) continue;
    for (const contender of compiled.standInsOf(vendor)) {
      const estimate = estimateAt(contender, decision.size, decision.seen);
      if (exceedsBound(estimate, low) || exceedsBound(estimate, bound) || isOpen(estimate, now)) continue;
      if (ruleAgainst(estimate, decision.grounds) !== null) continue;
      found.push(estimate);
      break;
    }
  }
  return found;
}

/** The policy's last resort, where no wall keeps it out and the chain does not hold it anyway. */
function lastResortOf(decision: Decision, chain: readonly Scored[]): RoutePlan['last_resort'] {
  const { situation, grounds, size, seen } = decision;
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
  const estimate = estimateAt(contender, size, seen);
  return ruleAgainst(estimate, grounds) === null ? candidateOf(estimate, 0, null, grounds, []) : null;
}

const estimateOf = ({ estimate }: { readonly estimate: Estimate }): Estimate => estimate;
