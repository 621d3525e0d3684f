// How each kind of stage gets on, as a total table of pure machines over the records of its steps.
import { SkeinError, type WireError } from '@skein/contracts/errors';
import type { StageKind } from '@skein/contracts/workflows';
import type { Stage } from '../definition/stage.js';
import { evaluate } from '../templates.js';
import type { PlannedTask, StepKey, StepRecord, StepValue } from './step.js';
import { tryAll, tryStep, waiting, type Progress } from './try-step.js';

export interface Surroundings {
  readonly records: readonly StepRecord[];
  readonly round: number;
  readonly now: number;
  /** What the stage's templates see. */
  readonly scope: object;
}

type Machine = (stage: Stage, around: Surroundings) => Progress;

const DEFAULT_WIDTH = 8;
const DEFAULT_CANDIDATES = 3;
export const DEFAULT_TURNS = 8;
export const MOST_ITEMS = 1_000;

const single: Machine = (stage, { records, round, now }) =>
  tryStep({ stage: stage.name, part: '', round }, records, { retry: stage.retry, now });

export const machines: Readonly<Record<StageKind, Machine>> = {
  llm: single,
  map: advanceMap,
  race: advanceRace,
  best_of: advanceBestOf,
  plan: advancePlan,
  agents: advanceAgents,
  retrieve: single,
  transform: single,
  validate: single,
  verify: single,
  score: single,
  fuse: single,
  guard: single,
  http: single,
};

/** The list that a map runs over. Throws `invalid_request` when it is none. */
export function itemsOf(stage: Stage, scope: object): readonly unknown[] {
  const value = evaluate(stage.spec.over ?? '', scope);
  const items: unknown = typeof value === 'string' ? parseList(value) : value;
  if (!Array.isArray(items)) throw new SkeinError('invalid_request', `"${stage.spec.over}" is no list`);
  if (items.length > MOST_ITEMS) {
    throw new SkeinError(
      'invalid_request',
      `${items.length} items are more than the ${MOST_ITEMS} that one stage takes`,
    );
  }
  return items;
}

function parseList(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function advanceMap(stage: Stage, { records, round, now, scope }: Surroundings): Progress {
  const items = itemsOf(stage, scope);
  const width = stage.spec.width ?? DEFAULT_WIDTH;
  const steps = items.map((_item, index) => partOf(stage, round, `[${index}]`, records, now));
  return stopWhenFailed(tryAll(steps, width, runningOf(stage, round, records)), stage, round, records);
}

/** The first to answer wins; the others are stopped. */
function advanceRace(stage: Stage, { records, round, now }: Surroundings): Progress {
  const models = stage.spec.models ?? [];
  const steps = models.map((_model, index) => partOf(stage, round, `@${index}`, records, now));
  const winner = steps.find((step) => step.is === 'done');
  const running = runningOf(stage, round, records);
  if (winner !== undefined) return running.length === 0 ? winner : { ...waiting, ...going([], running) };
  const failed = steps.flatMap((step) => (step.is === 'failed' ? [step] : []));
  if (failed.length === steps.length) return failed.at(-1) ?? waiting;
  return tryAll(
    steps.filter((step) => step.is !== 'failed'),
    models.length,
    running,
  );
}

/** Every candidate answers; a judge chooses. Candidates that failed are left out while one is there. */
function advanceBestOf(stage: Stage, { records, round, now }: Surroundings): Progress {
  const steps = Array.from({ length: candidatesOf(stage) }, (_each, index) =>
    partOf(stage, round, `@${index}`, records, now),
  );
  const isOpen = steps.some((step) => step.is === 'going');
  if (isOpen) {
    const open = steps.filter((step) => step.is === 'going');
    return tryAll(open, steps.length, runningOf(stage, round, records));
  }
  const done = steps.flatMap((step) => (step.is === 'done' ? [step] : []));
  const [first] = done;
  if (first === undefined) return steps[0] ?? waiting;
  if (done.length === 1) return first;
  const judged = partOf(stage, round, '@judge', records, now);
  if (judged.is !== 'done') return judged;
  const chosen = done[judged.value.best ?? 0] ?? first;
  return {
    is: 'done',
    value: { ...chosen.value, ...(judged.value.critique !== undefined && { critique: judged.value.critique }) },
  };
}

export function candidatesOf(stage: Stage): number {
  return stage.spec.models?.length ?? stage.spec.n ?? DEFAULT_CANDIDATES;
}

/** A plan is made and checked; its tasks run when those they need are done; their outputs are the stage's. */
function advancePlan(stage: Stage, { records, round, now }: Surroundings): Progress {
  const planned = partOf(stage, round, '', records, now);
  if (planned.is !== 'done') return planned;
  const tasks = planned.value.tasks ?? [];
  const steps = new Map<string, Progress>();
  for (const task of tasks) {
    const isReady = task.needs.every((need) => steps.get(need)?.is === 'done');
    steps.set(task.id, isReady ? partOf(stage, round, `/${task.id}`, records, now) : waiting);
  }
  const width = stage.spec.width ?? DEFAULT_WIDTH;
  const all = stopWhenFailed(
    tryAll([...steps.values()], width, runningOf(stage, round, records)),
    stage,
    round,
    records,
  );
  if (all.is !== 'done') return all;
  return { is: 'done', value: { output: Object.fromEntries(tasks.map(({ id }) => [id, outputOf(steps.get(id))])) } };
}

/** Turn after turn, each with what the one before left, until the work is done or the turns are used up. */
function advanceAgents(stage: Stage, { records, round, now }: Surroundings): Progress {
  const turns = stage.spec.max_turns ?? DEFAULT_TURNS;
  let last: StepValue | null = null;
  for (let turn = 1; turn <= turns; turn += 1) {
    const step = partOf(stage, round, `~${turn}`, records, now);
    if (step.is !== 'done') return step;
    last = step.value;
    if (last.next === null) return { is: 'done', value: { ...last } };
  }
  const notice = `stage "${stage.name}": the agents used up their ${turns} turns; the last word stands`;
  return { is: 'done', value: { ...(last ?? { output: null }), notice } };
}

/** Who speaks in a turn: whom the turn before handed to, the first agent at the beginning. */
export function agentOf(stage: Stage, turn: number, round: number, records: readonly StepRecord[]): string {
  const before = records.find(
    (record) =>
      record.stage === stage.name &&
      record.round === round &&
      record.part === `~${turn - 1}` &&
      record.status === 'succeeded',
  );
  return before?.value?.next ?? stage.spec.agents?.[0]?.name ?? '';
}

/** The plan that a stage's tasks belong to. */
export function tasksOf(stage: string, round: number, records: readonly StepRecord[]): readonly PlannedTask[] {
  const plan = records.find(
    (record) => record.stage === stage && record.round === round && record.part === '' && record.status === 'succeeded',
  );
  return plan?.value?.tasks ?? [];
}

function partOf(stage: Stage, round: number, part: string, records: readonly StepRecord[], now: number): Progress {
  const step = tryStep({ stage: stage.name, part, round }, records, { retry: stage.retry, now });
  if (step.is !== 'failed' || part === '') return step;
  const error: WireError = { ...step.error, message: `${part.replace(/^[/@~]/, '')}: ${step.error.message}` };
  return { is: 'failed', error };
}

function runningOf(stage: Stage, round: number, records: readonly StepRecord[]): StepKey[] {
  return records.filter(
    (record) => record.stage === stage.name && record.round === round && record.status === 'running',
  );
}

/** A stage that has failed in one piece waits for nothing: what is still under way is stopped first. */
function stopWhenFailed(progress: Progress, stage: Stage, round: number, records: readonly StepRecord[]): Progress {
  if (progress.is !== 'failed') return progress;
  const running = runningOf(stage, round, records);
  return running.length === 0 ? progress : going([], running);
}

function going(start: readonly StepKey[], stop: readonly StepKey[]): Progress {
  return {
    is: 'going',
    start,
    stop: stop.map(({ stage, part, round, try: tries }) => ({ stage, part, round, try: tries })),
    wakeAt: null,
  };
}

function outputOf(step: Progress | undefined): unknown {
  return step?.is === 'done' ? step.value.output : null;
}
