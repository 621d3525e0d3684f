// Runs and plans as customers see them: the same, money as decimal strings of USD. Pure.
import { formatUsd } from '@skein/catalog';
import {
  workflowDefinition,
  type CheckWorkflow,
  type ListRuns,
  type RunEvent,
  type RunPlan,
  type RunView,
  type StepView,
  type StrategyChoice,
} from '@skein/contracts/workflows';
import { z } from 'zod';

const usd = (nano: number | null): string | null => (nano === null ? null : formatUsd(nano));

function figures<Figures extends { cost_nano_usd: number | null }>({ cost_nano_usd: cost, ...rest }: Figures) {
  return { ...rest, cost_usd: usd(cost) };
}

function publicStep({ attempts, ...step }: StepView) {
  return { ...figures(step), attempts: attempts.map(figures) };
}

function publicStrategy(strategy: StrategyChoice | null) {
  return strategy === null ? null : { ...strategy, plain: figures(strategy.plain) };
}

export function publicRun({ stages, strategy, budget_nano_usd: budget, ...run }: RunView) {
  return {
    ...figures(run),
    budget_usd: usd(budget),
    strategy: publicStrategy(strategy),
    stages: stages.map(({ steps, ...stage }) => ({ ...figures(stage), steps: steps.map(publicStep) })),
  };
}

export function publicRunPlan({ expected, stages, strategy, ...plan }: RunPlan) {
  return {
    object: 'workflow.plan',
    ...plan,
    strategy: publicStrategy(strategy),
    expected: figures(expected),
    stages: stages.map(figures),
  };
}

export function publicEvent(event: RunEvent): { readonly type: string } {
  if (event.type === 'run.finished') return { type: event.type, ...{ run: publicRun(event.run) } };
  return event.type === 'stage.finished' ? figures(event) : event;
}

/** What is wrong with a definition. */
export function publicCheck({ problems }: z.infer<typeof CheckWorkflow.reply>) {
  return { object: 'workflow.check', ok: problems.length === 0, problems };
}

export function publicRuns({ runs, has_more }: z.infer<typeof ListRuns.reply>) {
  return { object: 'list', data: runs.map(publicRun), has_more };
}

/** The form of a definition, for editors. */
export function workflowSchema(): object {
  return {
    $id: 'urn:skein:workflow',
    title: 'Skein workflow',
    ...z.toJSONSchema(workflowDefinition, { io: 'input', unrepresentable: 'any' }),
  };
}
