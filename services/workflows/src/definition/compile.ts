// A definition of the right shape → a pipeline that can run, or everything that is wrong with it. Pure.
import type {
  DefinitionProblem,
  StageKind,
  WorkflowDefinition,
  WorkflowStage,
  WorkflowStrategy,
} from '@skein/contracts/workflows';
import { workflowStrategies } from '@skein/contracts/workflows';
import { readDuration } from '../duration.js';
import { ancestorsOf, inOrder } from './graph.js';
import { checkFields } from './kind-fields.js';
import { pipelineOf } from './make-pipeline.js';
import { readReferences } from './references.js';
import { checkKinds, problem, type Pipeline, type Stage } from './stage.js';

export const FALLBACK_STAGE = 'fallback';
const DEFAULT_RETRY = 1;
const CHECK_RERUNS = 3;
const FUSION = 'fusion';
const reserved = new Set([FALLBACK_STAGE]);

export type CompileResult =
  | { readonly pipeline: Pipeline; readonly problems: readonly [] }
  | { readonly pipeline: null; readonly problems: readonly DefinitionProblem[] };

/** A stage where it was written: what comes before it by its place. */
interface Placed {
  readonly name: string;
  readonly kind: StageKind;
  readonly spec: WorkflowStage;
  readonly before: readonly string[];
  readonly at: string;
}

/** The pipeline of a definition under one strategy. */
export function compile(definition: WorkflowDefinition, strategy: WorkflowStrategy = 'custom_strategy'): CompileResult {
  if (definition.strategy === undefined && definition.pipeline === undefined) {
    return {
      pipeline: null,
      problems: [problem(null, 'pipeline', 'a workflow has a pipeline, or a strategy that makes one')],
    };
  }
  const placed = place(pipelineOf(definition, strategy));
  const problems = placed.flatMap(({ name, kind, spec, at }) => checkFields(name, kind, spec, at));
  problems.push(...checkNames(placed));
  const names = new Set(placed.map(({ name }) => name));
  const surroundings = { stageNames: names, inputNames: new Set([...Object.keys(definition.inputs ?? {}), 'input']) };
  const stages = placed.map((each) => {
    const references = readReferences(each.name, each.kind, each.spec, each.at, surroundings);
    problems.push(...references.problems);
    for (const need of each.spec.needs ?? []) {
      if (!names.has(need))
        problems.push(problem(each.name, `${each.at}.needs`, `needs "${need}", which is not there`));
    }
    return settle(
      each,
      references.stages.filter((stage) => names.has(stage)),
      definition,
    );
  });
  if (problems.length > 0) return { pipeline: null, problems };
  const sorted = inOrder(stages);
  if ('cycle' in sorted) {
    const [first = ''] = sorted.cycle;
    return { pipeline: null, problems: [problem(first, 'pipeline', `waits for itself: ${sorted.cycle.join(' → ')}`)] };
  }
  problems.push(...checkReruns(sorted.order));
  if (definition.output !== undefined && !names.has(definition.output)) {
    problems.push(problem(null, 'output', `the output is to be that of "${definition.output}", which is not there`));
  }
  if (problems.length > 0) return { pipeline: null, problems };
  const last = sorted.order.at(-1)?.name ?? '';
  return {
    pipeline: { stages: sorted.order, output: definition.output ?? last, fallbackModel: fallbackOf(definition) },
    problems: [],
  };
}

/** Everything that is wrong with a definition, under every strategy it may run by. */
export function problemsOf(definition: WorkflowDefinition): readonly DefinitionProblem[] {
  const { strategy } = definition;
  const possible = strategy === 'auto' ? workflowStrategies : [strategy ?? 'custom_strategy'];
  const found = possible.flatMap((each) => compile(definition, each).problems);
  return found.filter(
    (one, index) => found.findIndex(({ message, path }) => message === one.message && path === one.path) === index,
  );
}

function place(pipeline: NonNullable<WorkflowDefinition['pipeline']>): Placed[] {
  if (pipeline.parallel !== undefined) return placeBranches(pipeline.parallel, [], 'pipeline.parallel').placed;
  let before: readonly string[] = [];
  return (pipeline.stages ?? []).flatMap((entry, index) => {
    const at = `pipeline.stages.${index}`;
    if ('parallel' in entry) {
      const group = placeBranches(entry.parallel, before, `${at}.parallel`);
      before = group.ends;
      return group.placed;
    }
    const name = nameOf(entry, index);
    const placed = { name, kind: entry.kind ?? ('llm' as const), spec: entry, before, at };
    before = [name];
    return [placed];
  });
}

/** Branches begin together; the fusion among them, if there is one, waits for all the others. */
function placeBranches(specs: readonly WorkflowStage[], before: readonly string[], at: string) {
  const names = specs.map(nameOf);
  const isFusion = (spec: WorkflowStage): boolean =>
    spec.kind === 'fuse' || (spec.kind === undefined && (spec.name ?? spec.stage) === FUSION);
  const fusions = names.filter((_name, index) => specs.slice(index, index + 1).some(isFusion));
  const others = names.filter((name) => !fusions.includes(name));
  const placed = specs.map((spec, index): Placed => {
    const name = nameOf(spec, index);
    const fuses = fusions.includes(name);
    return {
      name,
      kind: fuses ? 'fuse' : (spec.kind ?? 'llm'),
      spec,
      before: fuses && others.length > 0 ? others : before,
      at: `${at}.${index}`,
    };
  });
  return { placed, ends: fusions.length > 0 ? fusions : names };
}

function nameOf(spec: WorkflowStage, index: number): string {
  return spec.name ?? spec.stage ?? `stage_${index + 1}`;
}

function settle(
  { name, kind, spec, before }: Placed,
  referenced: readonly string[],
  definition: WorkflowDefinition,
): Stage {
  const inputFrom = spec.needs ?? before;
  const { defaults } = definition;
  const timeout = spec.timeout ?? defaults?.timeout;
  const priority = spec.priority ?? defaults?.priority;
  const cache = spec.cache ?? defaults?.cache;
  return {
    name,
    kind,
    needs: [...new Set([...inputFrom, ...referenced])],
    inputFrom,
    spec: { ...spec, ...(priority !== undefined && { priority }), ...(cache !== undefined && { cache }) },
    model: spec.model ?? (kind === 'score' ? spec.judge : undefined) ?? defaults?.model ?? 'auto',
    timeoutMs: timeout === undefined ? null : readDuration(timeout),
    retry: spec.retry ?? defaults?.retry ?? DEFAULT_RETRY,
    isOptional: spec.optional ?? false,
    onFail: onFailOf(kind, spec, inputFrom),
  };
}

function onFailOf(kind: StageKind, { on_fail: onFail }: WorkflowStage, inputFrom: readonly string[]): Stage['onFail'] {
  if (!checkKinds.has(kind)) return null;
  const stageBefore = inputFrom[0] ?? null;
  if (onFail !== undefined) return { rerun: onFail.rerun ?? stageBefore, max: onFail.max, then: onFail.then };
  return kind === 'verify' ? { rerun: stageBefore, max: CHECK_RERUNS, then: 'fail' } : null;
}

function checkNames(placed: readonly Placed[]): DefinitionProblem[] {
  return placed.flatMap(({ name, spec, at }, index) => [
    ...(placed.findIndex((other) => other.name === name) < index
      ? [problem(name, at, 'there is another stage of this name')]
      : []),
    ...(reserved.has(name) ? [problem(name, at, 'this name is taken by the mesh')] : []),
    ...(spec.name !== undefined && spec.stage !== undefined ? [problem(name, at, 'has both "name" and "stage"')] : []),
  ]);
}

function checkReruns(stages: readonly Stage[]): DefinitionProblem[] {
  return stages.flatMap(({ name, onFail }) => {
    const target = onFail?.rerun ?? null;
    if (target === null || ancestorsOf(stages, name).has(target)) return [];
    return [problem(name, 'on_fail.rerun', `cannot re-run "${target}", which does not come before it`)];
  });
}

function fallbackOf({ fallback }: WorkflowDefinition): string | null {
  return fallback === 'none' ? null : (fallback?.model ?? 'auto');
}
