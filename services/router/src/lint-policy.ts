/** What is wrong with a policy, or does nothing: names that lead nowhere, rules nobody reaches, chains that cannot be. */
import { isVendorId, nameKey, VENDOR_IDS, type Catalog } from '@skein/catalog';
import type { Audience, PolicyDocument, PolicyProblem, PolicyRevision, TierRule } from '@skein/contracts/router';
import { AUTO } from './contenders.js';
import { compilePolicy, type CompiledPolicy } from './compile-policy.js';
import { lintRollouts } from './lint-rollouts.js';
import { keepPins } from './operators-catalog.js';
import { readPolicy } from './read-policy.js';
import type { Listed } from './resolve-names.js';
import type { Say } from './say.js';
import { tierTableRules } from './tier-rules.js';

export interface Linted {
  /** Null where it cannot be applied. */
  readonly revision: PolicyRevision | null;
  readonly compiled: CompiledPolicy | null;
  readonly problems: readonly PolicyProblem[];
}

/** Reads and checks a policy text. Its revision keeps what floating names mean now. */
export function lintText(text: string, catalog: Catalog): Linted {
  const read = readPolicy(text);
  if ('problems' in read) return { revision: null, compiled: null, problems: read.problems };
  return lintPolicy(keepPins(read.revision, catalog), catalog);
}

/** Checks a policy beyond its shape. */
export function lintPolicy(revision: PolicyRevision, catalog: Catalog): Linted {
  const { policy } = revision;
  const { compiled, problems: dangling } = compilePolicy(revision, catalog);
  const problems: PolicyProblem[] = [...dangling];
  const say: Say = (severity, path, message) => problems.push({ severity, path, message });
  lintVendors(policy, say);
  lintTiers(policy, say);
  lintNames(policy, say);
  lintAudiences(policy.bindings, 'bindings', say);
  lintAudiences(policy.preferences, 'preferences', say);
  lintFigures(policy, say);
  if (compiled !== null) {
    lintLists(compiled, say);
    lintPools(compiled, say);
    lintRollouts(compiled, say);
  }
  const isUsable = compiled !== null && !problems.some(({ severity }) => severity === 'error');
  return { revision: isUsable ? revision : null, compiled: isUsable ? compiled : null, problems };
}

function lintVendors({ vendors: { allow, deny } }: PolicyDocument, say: Say): void {
  for (const [list, names] of Object.entries({ allow: allow ?? [], deny })) {
    names.forEach((name, index) => {
      if (!isVendorId(name))
        say('error', `vendors.${list}.${index}`, `"${name}" is no vendor; known are ${VENDOR_IDS.join(', ')}`);
    });
  }
  const both = (allow ?? []).filter((name) => deny.includes(name));
  if (both.length > 0) say('warning', 'vendors', `allowed and denied, so denied: ${both.join(', ')}`);
}

function lintTiers({ tiers, tasks }: PolicyDocument, say: Say): void {
  const table = tierTableRules[tiers.table];
  tiers.rules.forEach((rule, index) => {
    const path = `tiers.rules.${index}`;
    if (isContradictory(rule)) say('error', path, 'its bounds contradict one another, so it never holds');
    const before = tiers.rules.slice(0, index).findIndex((earlier) => covers(earlier, rule));
    if (before >= 0) say('warning', path, `is never reached: rule ${before} holds wherever it does`);
  });
  const given = new Set([...tiers.rules, ...table.rules].map(({ tier }) => tier));
  for (const tier of Object.keys(tiers.models)) {
    const isGiven = table.otherwise === null || table.otherwise === tier || [...given].some((other) => other === tier);
    if (!isGiven) say('warning', `tiers.models.${tier}`, 'no rule gives this tier, so its list is never used');
  }
  if (tasks.long_context !== undefined && tiers.models['long-context'] !== undefined) {
    say('warning', 'tasks.long_context', 'serves only who declares it: tiers.models.long-context comes before it');
  }
}

function isContradictory(rule: TierRule): boolean {
  const { under_tokens, over_tokens, under_turns, over_turns, under_score, over_score } = rule;
  if (under_tokens !== undefined && over_tokens !== undefined && under_tokens - over_tokens < 2) return true;
  if (under_turns !== undefined && over_turns !== undefined && under_turns - over_turns < 2) return true;
  return under_score !== undefined && over_score !== undefined && under_score <= over_score;
}

/** Does `general` hold wherever `special` does? */
function covers(general: TierRule, special: TierRule): boolean {
  const isLooser = (bound: number | undefined, other: number | undefined, sign: 1 | -1) =>
    bound === undefined || (other !== undefined && sign * bound >= sign * other);
  return (
    isLooser(general.under_tokens, special.under_tokens, 1) &&
    isLooser(general.over_tokens, special.over_tokens, -1) &&
    isLooser(general.under_turns, special.under_turns, 1) &&
    isLooser(general.over_turns, special.over_turns, -1) &&
    isLooser(general.under_score, special.under_score, 1) &&
    isLooser(general.over_score, special.over_score, -1) &&
    (general.tasks === undefined || (special.tasks?.every((task) => general.tasks?.includes(task)) ?? false))
  );
}

function lintNames({ aliases, pools, models }: PolicyDocument, say: Say): void {
  const seen = new Map<string, string>();
  for (const [section, names] of Object.entries({ models, pools, aliases })) {
    for (const name of Object.keys(names)) {
      const path = `${section}.${name}`;
      if (nameKey(name) === AUTO) say('error', path, '"auto" leaves the choice to the policy; it cannot be an alias');
      if (name.startsWith('workflow/')) say('error', path, 'names that begin with "workflow/" are workflows');
      const twin = seen.get(nameKey(name));
      if (twin !== undefined) say('error', path, `is the same name as ${twin}`);
      seen.set(nameKey(name), path);
    }
  }
}

function lintAudiences(rules: readonly { readonly who: Audience }[], section: string, say: Say): void {
  if (section === 'preferences') return;
  rules.forEach(({ who }, index) => {
    const before = rules
      .slice(0, index)
      .findIndex(({ who: earlier }) =>
        Object.entries(earlier).every(([kind, value]) => who[kind as keyof Audience] === value),
      );
    if (before >= 0)
      say('warning', `${section}.${index}`, `is never reached: ${section}.${before} speaks of all it speaks of`);
  });
}

function lintFigures({ weights, timeouts }: PolicyDocument, say: Say): void {
  if (weights.quality + weights.cost + weights.latency === 0)
    say('warning', 'weights', 'all are 0, so that "custom" keeps the order of the list');
  if (timeouts.first_byte_ms > timeouts.call_ms)
    say('warning', 'timeouts.first_byte_ms', 'is longer than a whole call may take');
  if (timeouts.call_ms > timeouts.request_ms)
    say('warning', 'timeouts.call_ms', 'is longer than a whole request may take');
}

function lintLists(compiled: CompiledPolicy, say: Say): void {
  const { policy, defaults, byTask, byTier, bindings, chains } = compiled;
  const denial = ({ deployment: { vendor } }: Listed): string | null => {
    if (compiled.deny.has(vendor)) return 'vendors.deny';
    return compiled.allow !== null && !compiled.allow.has(vendor) ? 'vendors.allow' : null;
  };
  const check = (path: string, listed: readonly Listed[], severity: PolicyProblem['severity']) => {
    const kept = listed.filter((entry) => denial(entry) === null);
    if (listed.length > 0 && kept.length === 0)
      say(severity, path, `every model of it is kept out by ${denial(listed[0] as Listed) ?? 'vendors'}`);
  };
  check('default', defaults.listed, 'error');
  for (const [task, list] of byTask)
    if (policy.tasks[task] !== undefined) check(`tasks.${task}`, list.listed, 'warning');
  for (const [tier, list] of byTier) check(`tiers.models.${tier}`, list.listed, 'warning');
  bindings.forEach(({ contenders }, index) => check(`bindings.${index}.models`, contenders, 'error'));
  for (const [head, chain] of chains) {
    const path = `chains.${head}`;
    check(path, chain, 'error');
    const others = chain.filter(({ deployment }) => deployment.id !== head);
    if (others.length === 0) say('error', path, 'leads to nothing but the model itself');
    else if (others.length < chain.length) say('warning', path, 'names the model itself, which is tried once only');
  }
  const reaches = defaults.listed.some(({ deployment: { record } }) => (record?.quality ?? 0) >= policy.quality_floor);
  if (!reaches)
    say('warning', 'quality_floor', `no model of the default list is known to reach ${policy.quality_floor}`);
  lintBudget(compiled, say);
}

/** A plain request by which a budget is judged. */
const SAMPLE = { input: 1_000, output: 400 };

function lintBudget({ maxRequest, defaults }: CompiledPolicy, say: Say): void {
  if (maxRequest === null) return;
  const costs = defaults.listed.map(({ deployment }) => deployment.costOf(SAMPLE.input, SAMPLE.output) ?? Infinity);
  if (Math.min(...costs) > maxRequest)
    say('warning', 'budgets.max_request_usd', 'is less than a plain request costs at the cheapest default model');
}

function lintPools(compiled: CompiledPolicy, say: Say): void {
  for (const [name, pool] of Object.entries(compiled.policy.pools)) {
    const members = compiled.aliases.get(nameKey(name)) ?? [];
    const ids = new Set(members.map(({ deployment }) => deployment.id));
    for (const id of Object.keys(pool.weights)) {
      if (!ids.has(id))
        say('error', `pools.${name}.weights.${id}`, `is not in the pool, which has ${[...ids].join(', ')}`);
    }
    if (ids.size < 2) say('warning', `pools.${name}`, 'has one member, so there is nothing to spread');
    for (const id of ids) {
      const owner = compiled.poolOf.get(id)?.name;
      if (owner !== undefined && owner !== name)
        say('warning', `pools.${name}`, `${id} takes its turns in the pool ${owner}`);
    }
  }
}
