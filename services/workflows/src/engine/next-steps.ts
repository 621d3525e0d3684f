/**
 * The point of the room: what a run does next, from its pipeline and the records of its steps alone. Pure: no clock, no
 * chance, no I/O; asked again after a crash it says the same, so that a run goes on where its records end.
 */
import { SkeinError, toSkeinError, type WireError } from '@skein/contracts/errors';
import { FALLBACK_STAGE } from '../definition/compile.js';
import { ownInput } from '../definition/inputs.js';
import { checkKinds, paidKinds, type Pipeline, type Stage } from '../definition/stage.js';
import { isTrue, render } from '../templates.js';
import { machines } from './machines.js';
import { inputOf, scopeOf, type RunFacts, type Scope, type StageResult } from './scope.js';
import type { StepKey, StepRecord, StepValue } from './step.js';
import { earliest, tryStep, type Progress } from './try-step.js';
import { critiqueFor, roundsOf, spentNano } from './views.js';

export interface Situation extends RunFacts {
  readonly pipeline: Pipeline;
  readonly records: readonly StepRecord[];
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly deadlineAt: number | null;
  readonly budgetNano: number | null;
  readonly isCancelled: boolean;
}

export interface StartStep extends StepKey {
  /** What this step may cost, nano-USD; null: no bound. */
  readonly budgetNano: number | null;
}

export type RunEnd =
  | {
      readonly as: 'succeeded';
      readonly output: unknown;
      readonly degraded: boolean;
      readonly notices: readonly string[];
    }
  | { readonly as: 'failed' | 'expired' | 'cancelled'; readonly error: WireError };

export interface Next {
  readonly start: readonly StartStep[];
  /** Steps under way that nobody needs any more. */
  readonly stop: readonly StepKey[];
  /** When to ask again though nothing has ended; ms since the epoch. */
  readonly wakeAt: number | null;
  readonly end: RunEnd | null;
}

/** A stage in the middle of a run. */
export interface StageState {
  readonly stage: Stage;
  readonly round: number;
  readonly progress: Progress | { readonly is: 'waiting' } | { readonly is: 'skipped'; readonly why: string };
  /** Null until everything it needs has ended. */
  readonly scope: Scope | null;
}

export interface RunState {
  readonly stages: readonly StageState[];
  readonly results: ReadonlyMap<string, StageResult>;
  readonly notices: readonly string[];
}

export function nextSteps(situation: Situation): Next {
  const { records, now, deadlineAt, isCancelled } = situation;
  const running = records.filter(({ status }) => status === 'running');
  const ends = (end: RunEnd): Next => ({ start: [], stop: running, wakeAt: null, end });
  if (isCancelled)
    return ends({ as: 'cancelled', error: new SkeinError('cancelled', 'The run was cancelled').toWire() });

  const state = stateOf(situation);
  const failed = state.stages.find(({ progress }) => progress.is === 'failed');
  const isOver = state.stages.every(({ progress }) => progress.is === 'done' || progress.is === 'skipped');
  if (isOver)
    return ends({ as: 'succeeded', output: outputOf(situation, state), degraded: false, notices: state.notices });
  if (deadlineAt !== null && now >= deadlineAt) return ends({ as: 'expired', error: overdue(state).toWire() });
  if (failed?.progress.is === 'failed')
    return afterFailure(situation, state, failed.stage, failed.progress.error, running);

  const open = state.stages.flatMap(({ progress }) => (progress.is === 'going' ? [progress] : []));
  const wakeAt = earliest([...open.map((progress) => progress.wakeAt), deadlineAt]);
  const stop = open.flatMap((progress) => progress.stop);
  const start = open.flatMap((progress) => progress.start);
  return withinBudget(situation, { start, stop, wakeAt }, running);
}

/** Where every stage stands. */
export function stateOf(situation: Situation): RunState {
  const { pipeline, records, now } = situation;
  const rounds = roundsOf(pipeline, records);
  const results = new Map<string, StageResult>();
  const notices: string[] = [];
  const stages = pipeline.stages.map((stage): StageState => {
    const round = rounds.get(stage.name) ?? 0;
    if (!stage.needs.every((need) => results.has(need))) {
      return { stage, round, progress: { is: 'waiting' }, scope: null };
    }
    const before = inputOf(stage, results, situation);
    const critique = critiqueFor(pipeline, stage.name, records)?.critique ?? null;
    let scope = scopeOf(results, situation, before, critique);
    let progress: StageState['progress'];
    try {
      if (stage.spec.input !== undefined) {
        scope = scopeOf(results, situation, render(stage.spec.input, scope), critique);
      }
      progress =
        stage.spec.when !== undefined && !isTrue(stage.spec.when, scope)
          ? { is: 'skipped', why: 'its condition is false' }
          : held(stage, machines[stage.kind](stage, { records, round, now, scope }), scope, notices);
    } catch (error) {
      progress = { is: 'failed', error: templateError(error).toWire() };
    }
    if (progress.is === 'failed' && stage.isOptional && stage.kind !== 'guard') {
      notices.push(`stage "${stage.name}" is optional and was passed over: ${progress.error.message}`);
      progress = { is: 'skipped', why: progress.error.message };
    }
    if (progress.is === 'done')
      results.set(stage.name, { status: 'succeeded', value: progress.value, input: scope.input });
    if (progress.is === 'skipped')
      results.set(stage.name, { status: 'skipped', value: { output: null }, input: scope.input });
    return { stage, round, progress, scope };
  });
  return { stages, results, notices };
}

/** A check whose work did not pass, and that may not send it back any more, has failed or lets it through with a word. */
function held(stage: Stage, progress: Progress, { input }: Scope, notices: string[]): Progress {
  if (progress.is === 'done' && progress.value.notice !== undefined) notices.push(progress.value.notice);
  if (!checkKinds.has(stage.kind) || progress.is !== 'done' || progress.value.pass !== false) return progress;
  const { critique = '' } = progress.value;
  const reruns = stage.onFail === null || stage.onFail.rerun === null ? 0 : stage.onFail.max;
  const how = reruns === 0 ? '' : ` after ${stage.onFail?.rerun} was re-run ${reruns} time${reruns === 1 ? '' : 's'}`;
  const message = `the check did not pass${how}: ${critique}`;
  if (stage.onFail?.then === 'accept') {
    notices.push(`stage "${stage.name}": ${message}; its input went on all the same`);
    const value: StepValue = { ...progress.value, output: progress.value.output ?? input };
    return { is: 'done', value };
  }
  const code = stage.kind === 'guard' ? 'content_refused' : 'check_failed';
  return { is: 'failed', error: new SkeinError(code, message).toWire() };
}

/** Coordination as a whole has failed: where it may, the one model of the fallback answers, and says so. */
function afterFailure(
  situation: Situation,
  state: RunState,
  stage: Stage,
  cause: WireError,
  running: readonly StepRecord[],
): Next {
  const error: WireError = {
    ...cause,
    message: `stage "${stage.name}": ${cause.message}`,
    param: cause.param ?? stage.name,
    detail: { stage: stage.name, ...(cause.detail !== undefined && { cause: cause.detail }) },
  };
  const others = running.filter((step) => step.stage !== FALLBACK_STAGE);
  const fails: Next = { start: [], stop: running, wakeAt: null, end: { as: 'failed', error } };
  // What a guard holds back must not go round it; where there is no money left, nobody can answer.
  if (situation.pipeline.fallbackModel === null || stage.kind === 'guard' || cause.code === 'budget_exceeded')
    return fails;
  const progress = tryStep({ stage: FALLBACK_STAGE, part: '', round: 0 }, situation.records, {
    retry: 1,
    now: situation.now,
  });
  if (progress.is === 'done') {
    const notice = `The workflow failed and ${situation.pipeline.fallbackModel} answered alone: ${error.message}`;
    const notices = [...state.notices, notice];
    return {
      start: [],
      stop: others,
      wakeAt: null,
      end: { as: 'succeeded', output: progress.value.output, degraded: true, notices },
    };
  }
  if (progress.is === 'failed') {
    const both = { ...error, message: `${error.message}; the fallback failed too: ${progress.error.message}` };
    return { ...fails, end: { as: 'failed', error: both } };
  }
  const next = { start: progress.start, stop: others, wakeAt: earliest([progress.wakeAt, situation.deadlineAt]) };
  return withinBudget(situation, next, running);
}

/** Steps that cost begin only while there is money left; what is left is shared over those under way. */
function withinBudget(
  situation: Situation,
  next: { start: readonly StepKey[]; stop: readonly StepKey[]; wakeAt: number | null },
  running: readonly StepRecord[],
): Next {
  const { budgetNano, records, pipeline } = situation;
  const isPaid = ({ stage }: StepKey): boolean =>
    paidKinds[pipeline.stages.find(({ name }) => name === stage)?.kind ?? 'llm'];
  const paid = next.start.filter(isPaid);
  if (budgetNano === null || paid.length === 0) {
    return { ...next, start: next.start.map((step) => ({ ...step, budgetNano: null })), end: null };
  }
  const left = budgetNano - spentNano(records);
  if (left > 0) {
    const share = Math.max(1, Math.floor(left / (paid.length + running.filter(isPaid).length)));
    return {
      ...next,
      start: next.start.map((step) => ({ ...step, budgetNano: isPaid(step) ? share : null })),
      end: null,
    };
  }
  const others = next.start.filter((step) => !isPaid(step)).map((step) => ({ ...step, budgetNano: null }));
  // What is under way is paid for: it may finish, so that it can be read.
  if (running.length > 0 || others.length > 0) return { ...next, start: others, end: null };
  const [step] = paid;
  return {
    start: [],
    stop: next.stop,
    wakeAt: null,
    end: { as: 'failed', error: brokeAt(step?.stage ?? '', budgetNano).toWire() },
  };
}

export function brokeAt(stage: string, budgetNano: number): SkeinError {
  return new SkeinError('budget_exceeded', `stage "${stage}": the run's budget is used up before it could begin`, {
    param: stage,
    detail: { stage, budget_nano_usd: budgetNano },
  });
}

function overdue({ stages }: RunState): SkeinError {
  const open = stages.filter(({ progress }) => progress.is === 'going' || progress.is === 'waiting');
  const names = open.map(({ stage }) => `"${stage.name}"`).join(', ');
  return new SkeinError('deadline_exceeded', `The run's deadline was over before stage ${names} had ended`, {
    param: open[0]?.stage.name ?? null,
  });
}

function outputOf({ pipeline, inputs, definition }: Situation, { results }: RunState): unknown {
  const result = results.get(pipeline.output);
  if (result === undefined) return ownInput(inputs, definition);
  return result.status === 'skipped' ? result.input : result.value.output;
}

function templateError(thrown: unknown): SkeinError {
  if (thrown instanceof SkeinError) return thrown;
  return new SkeinError('invalid_request', toSkeinError(thrown).message);
}
