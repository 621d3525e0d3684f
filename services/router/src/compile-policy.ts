/**
 * A policy with every name in it looked up once, so that a decision only reads maps. Compiled whole or not at all: one
 * name that leads nowhere is a problem of the document, told with its path.
 */
import { nameKey, type Catalog } from '@skein/catalog';
import { declaredTaskNames, declaredTasks, type DeclaredTask } from '@skein/contracts/gateway';
import type { PolicyDocument, PolicyRevision } from '@skein/contracts/router';
import { deploymentOf, type Deployment } from './deployment.js';
import { rankStandIns } from './stand-ins.js';

/** A name of the policy, resolved: the deployment and what its caller should be told. */
export interface Listed {
  readonly deployment: Deployment;
  readonly notices: readonly string[];
}

export interface TaskList {
  /** The task name whose list it is; null for the default. */
  readonly task: DeclaredTask | null;
  readonly listed: readonly Listed[];
}

export interface CompiledPolicy {
  readonly revision: string;
  readonly policy: PolicyDocument;
  readonly defaults: TaskList;
  /** The list of each task name: its own, else its task's, else another name's of the same task. */
  readonly byTask: ReadonlyMap<DeclaredTask, TaskList>;
  /** By `nameKey`. */
  readonly aliases: ReadonlyMap<string, readonly Listed[]>;
  /** What is tried when every candidate has failed. */
  readonly lastResort: Listed | null;
  /** Models of a vendor that may stand in for listed ones, the better first. */
  standInsOf(vendor: string): readonly Deployment[];
}

export type Compilation = { readonly compiled: CompiledPolicy } | { readonly problems: readonly string[] };

/** Looks up every name of a policy. Returns the problems, each with its path, when any leads nowhere. */
export function compilePolicy({ revision, policy }: PolicyRevision, catalog: Catalog): Compilation {
  const problems: string[] = [];
  const resolveList = (names: readonly string[], path: string): Listed[] =>
    withoutRepeats(names.flatMap((name, index) => resolveEntry(name, `${path}.${index}`)));

  function resolveEntry(name: string, path: string): Listed[] {
    const resolution = catalog.resolve(name);
    switch (resolution.kind) {
      case 'unknown-vendor':
        problems.push(`${path}: "${name}" names an unknown vendor "${resolution.vendor}"`);
        return [];
      case 'unknown-model':
        problems.push(`${path}: "${name}" is in no catalogue; write vendor/model to use it all the same`);
        return [];
      case 'explicit':
      case 'alias':
      case 'bare': {
        const notices = resolution.notice === null ? [] : [resolution.notice];
        return resolution.candidates.map((candidate) => ({ deployment: deploymentOf(candidate), notices }));
      }
    }
  }

  const defaults: TaskList = { task: null, listed: resolveList(policy.default, 'default') };
  const own = new Map<DeclaredTask, TaskList>();
  for (const task of declaredTaskNames) {
    const names = policy.tasks[task];
    if (names !== undefined) own.set(task, { task, listed: resolveList(names, `tasks.${task}`) });
  }
  const aliases = new Map<string, readonly Listed[]>();
  for (const [name, names] of Object.entries(policy.aliases)) {
    aliases.set(nameKey(name), resolveList(names, `aliases.${name}`));
  }
  const lastResort = policy.last_resort === null ? [] : resolveEntry(policy.last_resort, 'last_resort');
  if (problems.length > 0) return { problems };

  const standIns = new Map<string, readonly Deployment[]>();
  const standInsOf = (vendor: string): readonly Deployment[] => {
    let ranked = standIns.get(vendor);
    if (ranked === undefined) {
      ranked = rankStandIns(catalog, vendor, policy.quality_floor);
      standIns.set(vendor, ranked);
    }
    return ranked;
  };
  return {
    compiled: {
      revision,
      policy,
      defaults,
      byTask: spreadOverNames(own),
      aliases,
      lastResort: lastResort[0] ?? null,
      standInsOf,
    },
  };
}

/** Gives every declared name a list where any name of its task has one. */
function spreadOverNames(own: ReadonlyMap<DeclaredTask, TaskList>): Map<DeclaredTask, TaskList> {
  const byTask = new Map<DeclaredTask, TaskList>();
  for (const name of declaredTaskNames) {
    const task = declaredTasks[name];
    const kin = declaredTaskNames.find((other) => declaredTasks[other] === task && own.has(other));
    const list = own.get(name) ?? own.get(task) ?? (kin === undefined ? undefined : own.get(kin));
    if (list !== undefined) byTask.set(name, list);
  }
  return byTask;
}

function withoutRepeats(listed: readonly Listed[]): Listed[] {
  const seen = new Set<string>();
  return listed.filter(({ deployment }) => !seen.has(deployment.id) && seen.add(deployment.id));
}
