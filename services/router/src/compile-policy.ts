/**
 * A policy with every name in it looked up once and every list laid out, so that a decision only reads maps. Compiled whole
 * or not at all: one name that leads nowhere is a problem of the document, told with its path.
 */
import { createHash } from 'node:crypto';
import { nameKey, parseUsd, type Candidate, type Catalog } from '@skein/catalog';
import type { Features, Tier } from '@skein/contracts/classifier';
import { declaredTaskNames, declaredTasks, type DeclaredTask } from '@skein/contracts/gateway';
import type { Audience, PolicyDocument, PolicyProblem, PolicyRevision, Pool, Rollout } from '@skein/contracts/router';
import type { Contender, Deployment, Origin } from './deployment.js';
import { listContenders } from './list-contenders.js';
import { operatorsCatalog, pinned } from './operators-catalog.js';
import { NameResolver, withoutRepeats, type Listed } from './resolve-names.js';
import { rankStandIns } from './stand-ins.js';
import { rulesOf, tierOf } from './tier-rules.js';

/** A list of the policy under the name that people know it by. */
export interface NamedList {
  /** The task or tier whose list it is; `default` for the default list. */
  readonly name: string;
  readonly listed: readonly Listed[];
  /** Who is in the running by it: its models, then the default list's. */
  readonly contenders: readonly Contender[];
}

export interface Binding {
  readonly who: Audience;
  /** What explanations call it. */
  readonly rule: string;
  readonly ids: ReadonlySet<string>;
  readonly contenders: readonly Contender[];
}

export interface Preference {
  readonly who: Audience;
  readonly contenders: readonly Contender[];
}

export interface CompiledPool {
  readonly name: string;
  readonly pool: Pool;
  readonly ids: ReadonlySet<string>;
}

export interface CompiledRollout {
  readonly rollout: Rollout;
  /** Hash of all that is said of it. */
  readonly definition: string;
  /** Ids of the model it replaces; null: whatever comes first. */
  readonly of: ReadonlySet<string> | null;
  /** By arm: `canary`, `shadow`, or the name of the arm. */
  readonly arms: ReadonlyMap<string, Listed>;
}

export interface CompiledPolicy {
  readonly revision: string;
  readonly policy: PolicyDocument;
  /** The release's catalogue with what the policy adds. */
  readonly catalog: Catalog;
  readonly defaults: NamedList;
  /** The list of each task name: its own, else its task's, else another name's of the same task. */
  readonly byTask: ReadonlyMap<DeclaredTask, NamedList>;
  readonly byTier: ReadonlyMap<Tier, NamedList>;
  /** By `nameKey`: aliases, named models and pools. */
  readonly aliases: ReadonlyMap<string, readonly Listed[]>;
  /** By id of the model they stand behind. */
  readonly chains: ReadonlyMap<string, readonly Listed[]>;
  readonly bindings: readonly Binding[];
  readonly preferences: readonly Preference[];
  readonly poolOf: ReadonlyMap<string, CompiledPool>;
  readonly rollouts: readonly CompiledRollout[];
  /** What is tried when every candidate has failed. */
  readonly lastResort: Listed | null;
  /** Every deployment met so far, by id. */
  readonly listed: ReadonlyMap<string, Deployment>;
  readonly allow: ReadonlySet<string> | null;
  readonly deny: ReadonlySet<string>;
  /** Nano-USD. */
  readonly maxRequest: number | null;
  tierOf(features: Features): Tier;
  /** The deployment of a name from outside the policy, made once. */
  deploymentOf(candidate: Candidate): Deployment;
  /** What a floating name is sent as. */
  pinned(candidate: Candidate): Candidate;
  /** Models of a vendor that may stand in for listed ones, the better first. */
  standInsOf(vendor: string): readonly Contender[];
}

/** `problems` has warnings too; `compiled` is null where one of them is an error. */
export interface Compilation {
  readonly compiled: CompiledPolicy | null;
  readonly problems: readonly PolicyProblem[];
}

/** Looks up every name of a policy. */
export function compilePolicy({ revision, policy }: PolicyRevision, release: Catalog): Compilation {
  const { catalog, problems: additionProblems } = operatorsCatalog(release, policy);
  const names = new NameResolver(catalog, policy);
  names.problems.push(...additionProblems);
  const chains = compileChains(policy, names);
  const contendersOf = (listed: readonly Listed[], name: string) => listContenders(listed, name, chains);

  const defaultListed = defaultList(policy, names);
  if (defaultListed.length === 0 && names.problems.length === 0) {
    names.problems.push({ path: 'default', message: 'a policy needs a default list, or models', severity: 'error' });
  }
  const behind = listContenders(defaultListed, 'default', chains);
  const defaults: NamedList = { name: 'default', listed: defaultListed, contenders: behind };
  const namedList = (name: string, listed: readonly Listed[]): NamedList => ({
    name,
    listed,
    contenders: followedBy(contendersOf(listed, name), behind, 'listed'),
  });
  // A tier's list says what the request is worth: no strategy puts the default list before it.
  const tierList = (tier: Tier, listed: readonly Listed[]): NamedList => {
    const name = `the tier ${tier}`;
    return { name, listed, contenders: followedBy(contendersOf(listed, name), behind, 'fallback') };
  };

  const own = new Map<DeclaredTask, NamedList>();
  for (const task of declaredTaskNames) {
    const list = policy.tasks[task];
    if (list !== undefined) own.set(task, namedList(task, names.list(list, `tasks.${task}`)));
  }
  const byTier = new Map<Tier, NamedList>();
  for (const [tier, list] of Object.entries(policy.tiers.models)) {
    byTier.set(tier as Tier, tierList(tier as Tier, names.list(list, `tiers.models.${tier}`)));
  }
  const fast = policy.models['fast'];
  if (fast !== undefined && !byTier.has('simple')) {
    const listed = names.list([fast.name, ...(fast.fallback ?? [])], 'models.fast');
    byTier.set('simple', tierList('simple', withoutRepeats([...names.named(fast, 'models.fast'), ...listed.slice(1)])));
  }
  const compiled = {
    revision,
    policy,
    catalog,
    defaults,
    byTask: spreadOverNames(own),
    byTier,
    aliases: compileAliases(policy, names),
    chains,
    bindings: policy.bindings.map(({ who, models }, index): Binding => {
      const listed = names.list(models, `bindings.${index}.models`);
      return {
        who,
        rule: `bindings.${index}`,
        ids: new Set(listed.map(({ deployment }) => deployment.id)),
        contenders: contendersOf(listed, `binding ${index + 1}`),
      };
    }),
    preferences: policy.preferences.map(({ who, models }, index): Preference => ({
      who,
      contenders: listContenders(names.list(models, `preferences.${index}.models`), 'preferred', new Map()).map(
        (contender) => ({ ...contender, origin: 'preferred', because: `preferred by ${describeAudience(who)}` }),
      ),
    })),
    poolOf: compilePools(policy, names),
    rollouts: policy.rollouts.map((rollout, index) => compileRollout(rollout, `rollouts.${index}`, names)),
    lastResort: (policy.last_resort === null ? [] : names.entry(policy.last_resort, 'last_resort'))[0] ?? null,
    listed: names.deployments,
    allow: policy.vendors.allow === null ? null : new Set(policy.vendors.allow),
    deny: new Set(policy.vendors.deny),
    maxRequest: policy.budgets.max_request_usd === null ? null : parseUsd(policy.budgets.max_request_usd),
  };
  if (policy.unsure_tasks.model !== null) names.entry(policy.unsure_tasks.model, 'unsure_tasks.model');
  const problems = withoutTwins(names.problems);
  if (problems.some(({ severity }) => severity === 'error')) return { compiled: null, problems };

  const rules = rulesOf(policy.tiers);
  const standIns = new Map<string, readonly Contender[]>();
  return {
    problems,
    compiled: {
      ...compiled,
      tierOf: (features) => tierOf(features, rules, policy.tiers.table),
      deploymentOf: (candidate) => names.intern(candidate),
      pinned: (candidate) => pinned(candidate, policy.pins, catalog),
      standInsOf(vendor) {
        let ranked = standIns.get(vendor);
        if (ranked === undefined) {
          ranked = rankStandIns(catalog, vendor, policy.quality_floor).map((candidate, place) => ({
            deployment: names.intern(candidate),
            origin: 'stand-in',
            byName: false,
            place,
            because: 'stands in, so that the plan does not hang on one vendor',
            notices: [],
          }));
          standIns.set(vendor, ranked);
        }
        return ranked;
      },
    },
  };
}

/** The default list, else the named models by priority, each with its fallbacks behind it. */
function defaultList(policy: PolicyDocument, names: NameResolver): readonly Listed[] {
  if (policy.default !== undefined) return names.list(policy.default, 'default');
  const last = Number.MAX_SAFE_INTEGER;
  const byPriority = Object.entries(policy.models).sort(([, a], [, b]) => (a.priority ?? last) - (b.priority ?? last));
  return withoutRepeats(byPriority.flatMap(([own, model]) => withFallbacks(own, model, names)));
}

function withFallbacks(own: string, model: PolicyDocument['models'][string], names: NameResolver): readonly Listed[] {
  const path = `models.${own}`;
  return [...names.named(model, path), ...names.list(model.fallback ?? [], `${path}.fallback`)];
}

function compileAliases(policy: PolicyDocument, names: NameResolver): Map<string, readonly Listed[]> {
  const aliases = new Map<string, readonly Listed[]>();
  for (const [own, model] of Object.entries(policy.models))
    aliases.set(nameKey(own), withoutRepeats(withFallbacks(own, model, names)));
  for (const [own, { models }] of Object.entries(policy.pools))
    aliases.set(nameKey(own), names.list(models, `pools.${own}.models`));
  for (const [own, list] of Object.entries(policy.aliases))
    aliases.set(nameKey(own), names.list(list, `aliases.${own}`));
  return aliases;
}

function compileChains(policy: PolicyDocument, names: NameResolver): Map<string, readonly Listed[]> {
  const chains = new Map<string, readonly Listed[]>();
  for (const [head, list] of Object.entries(policy.chains)) {
    const behind = names.list(list, `chains.${head}`);
    for (const { deployment } of names.entry(head, `chains.${head}`)) chains.set(deployment.id, behind);
  }
  return chains;
}

function compilePools(policy: PolicyDocument, names: NameResolver): Map<string, CompiledPool> {
  const poolOf = new Map<string, CompiledPool>();
  for (const [name, pool] of Object.entries(policy.pools)) {
    const ids = new Set(names.list(pool.models, `pools.${name}.models`).map(({ deployment }) => deployment.id));
    const compiled: CompiledPool = { name, pool, ids };
    for (const id of ids) if (!poolOf.has(id)) poolOf.set(id, compiled);
  }
  return poolOf;
}

function compileRollout(rollout: Rollout, path: string, names: NameResolver): CompiledRollout {
  const arms = rollout.kind === 'ab' ? rollout.arms : [{ name: rollout.kind, to: rollout.to }];
  const resolved = new Map<string, Listed>();
  arms.forEach(({ name, to }, index) => {
    const [first] = names.entry(to, rollout.kind === 'ab' ? `${path}.arms.${index}.to` : `${path}.to`);
    if (first !== undefined) resolved.set(name, first);
  });
  const replaced = rollout.of === undefined ? null : names.entry(rollout.of, `${path}.of`);
  return {
    rollout,
    definition: createHash('sha256').update(JSON.stringify(rollout)).digest('hex').slice(0, 12),
    of: replaced && new Set(replaced.map(({ deployment }) => deployment.id)),
    arms: resolved,
  };
}

/** Gives every declared name a list where any name of its task has one. */
function spreadOverNames(own: ReadonlyMap<DeclaredTask, NamedList>): Map<DeclaredTask, NamedList> {
  const byTask = new Map<DeclaredTask, NamedList>();
  for (const name of declaredTaskNames) {
    const task = declaredTasks[name];
    const kin = declaredTaskNames.find((other) => declaredTasks[other] === task && own.has(other));
    const list = own.get(name) ?? own.get(task) ?? (kin === undefined ? undefined : own.get(kin));
    if (list !== undefined) byTask.set(name, list);
  }
  return byTask;
}

/** A list's contenders, then the default list's. */
function followedBy(
  contenders: readonly Contender[],
  behind: readonly Contender[],
  origin: Extract<Origin, 'listed' | 'fallback'>,
): readonly Contender[] {
  const there = new Set(contenders.map(({ deployment }) => deployment.id));
  const rest = behind
    .filter(({ deployment }) => !there.has(deployment.id))
    .map((contender, place) => ({
      ...contender,
      origin,
      place: contenders.length + place,
      because: 'in the default list',
    }));
  return [...contenders, ...rest];
}

const describeAudience = (who: Audience): string =>
  Object.entries(who)
    .map(([kind, value]) => `${kind} ${value}`)
    .join(', ');

/** A name that stands in several places of the compiled form is one problem. */
function withoutTwins(problems: readonly PolicyProblem[]): readonly PolicyProblem[] {
  const seen = new Set<string>();
  return problems.filter(({ path, message }) => {
    const key = `${path}\n${message}`;
    return !seen.has(key) && seen.add(key);
  });
}
