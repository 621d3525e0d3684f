// A run as its customer sees it, from its row and its steps. Pure.
import { fromWireError, toOpenAiError } from '@skein/contracts/errors';
import type { RunView, StageStatus, StepView } from '@skein/contracts/workflows';
import { FALLBACK_STAGE } from '../definition/compile.js';
import type { Stage } from '../definition/stage.js';
import { stateOf, type StageState } from '../engine/next-steps.js';
import { pipelineOfRun } from './pipeline-of-run.js';
import { hasEnded, type KeptStep, type Run } from './run.js';

/** `withStages: false`: for lists. */
export function toRunView(run: Run, steps: readonly KeptStep[], now: number, withStages = true): RunView {
  const calls = steps.reduce((sum, { attempts }) => sum + attempts.length, 0);
  return {
    id: run.id,
    object: 'workflow.run',
    workflow: run.workflow,
    version: run.version,
    status: run.status,
    output: run.output ?? null,
    degraded: run.degraded,
    notices: [...run.notices],
    error: run.error === null ? null : toOpenAiError(fromWireError(run.error)).error,
    strategy: run.strategy,
    stages: withStages ? stagesOf(run, steps, now) : [],
    calls,
    cost_nano_usd: sumCosts(steps),
    budget_nano_usd: run.budgetNano,
    total_ms: run.finishedAt === null ? null : run.finishedAt.getTime() - run.createdAt.getTime(),
    created_at: run.createdAt.toISOString(),
    started_at: run.startedAt?.toISOString() ?? null,
    finished_at: run.finishedAt?.toISOString() ?? null,
    deadline: run.deadlineAt?.toISOString() ?? null,
  };
}

function stagesOf(run: Run, steps: readonly KeptStep[], now: number): RunView['stages'] {
  const pipeline = pipelineOfRun(run);
  const { stages } = stateOf({
    pipeline,
    definition: run.definition,
    inputs: run.inputs,
    runId: run.id,
    workflow: run.workflow,
    records: steps,
    now,
    deadlineAt: null,
    budgetNano: null,
    isCancelled: false,
  });
  const views = stages.map((state) => stageView(state.stage, state, run, steps));
  const fallback = steps.filter(({ stage }) => stage === FALLBACK_STAGE);
  return fallback.length === 0 ? views : [...views, fallbackView(fallback)];
}

function stageView(
  { name, kind }: Stage,
  state: StageState,
  run: Run,
  all: readonly KeptStep[],
): RunView['stages'][number] {
  const steps = all.filter(({ stage }) => stage === name);
  const { progress } = state;
  return {
    name,
    kind,
    status: statusOf(state, run, steps),
    rounds: steps.length === 0 ? 0 : state.round + 1,
    output: progress.is === 'done' ? (progress.value.output ?? null) : null,
    error:
      progress.is === 'failed' ? progress.error : (steps.findLast(({ status }) => status === 'failed')?.error ?? null),
    ...figuresOf(steps),
    steps: steps.map(toStepView),
  };
}

function statusOf({ progress }: StageState, run: Run, steps: readonly KeptStep[]): StageStatus {
  if (progress.is === 'done') return 'succeeded';
  if (progress.is === 'failed' || progress.is === 'skipped') return progress.is;
  if (hasEnded(run.status)) return steps.length === 0 ? 'waiting' : 'cancelled';
  return progress.is === 'going' && steps.length > 0 ? 'running' : 'waiting';
}

function fallbackView(steps: readonly KeptStep[]): RunView['stages'][number] {
  const last = steps.at(-1);
  const status: Record<KeptStep['status'], StageStatus> = {
    running: 'running',
    succeeded: 'succeeded',
    failed: 'failed',
    cancelled: 'cancelled',
    lost: 'running',
  };
  return {
    name: FALLBACK_STAGE,
    kind: 'llm',
    status: status[last?.status ?? 'running'],
    rounds: 1,
    output: last?.value?.output ?? null,
    error: last?.error ?? null,
    ...figuresOf(steps),
    steps: steps.map(toStepView),
  };
}

function figuresOf(steps: readonly KeptStep[]) {
  const ended = steps.flatMap(({ endedAt }) => (endedAt === null ? [] : [endedAt]));
  return {
    calls: steps.reduce((sum, { attempts }) => sum + attempts.length, 0),
    cost_nano_usd: sumCosts(steps),
    latency_ms: ended.length === 0 ? null : Math.max(...ended) - Math.min(...steps.map(({ startedAt }) => startedAt)),
  };
}

function toStepView(step: KeptStep): StepView {
  return {
    stage: step.stage,
    part: step.part,
    round: step.round,
    try: step.try,
    status: step.status,
    request_id: step.requestId,
    output: step.value?.output ?? null,
    error: step.error,
    attempts: [...step.attempts],
    cost_nano_usd: step.costNano,
    ms: step.endedAt === null ? null : step.endedAt - step.startedAt,
  };
}

/** Nano-USD over the steps whose cost is known; null while none is. */
function sumCosts(steps: readonly KeptStep[]): number | null {
  const known = steps.flatMap(({ costNano }) => (costNano === null ? [] : [costNano]));
  return known.length === 0 ? null : known.reduce((sum, cost) => sum + cost, 0);
}
