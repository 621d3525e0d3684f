import { z } from 'zod';
import { wireError } from '../errors/skein-error.js';
import { priorities } from '../gateway/metadata.js';
import { attemptSummary } from '../orchestrator/complete.js';
import { stageKinds, workflowStrategies } from './definition.js';

export const runStatuses = ['queued', 'running', 'succeeded', 'failed', 'cancelled', 'expired'] as const;
export type RunStatus = (typeof runStatuses)[number];

export const stageStatuses = ['waiting', 'running', 'succeeded', 'failed', 'skipped', 'cancelled'] as const;
export type StageStatus = (typeof stageStatuses)[number];

/** What a customer asks of a run; unknown fields are refused. */
export const runRequest = z.strictObject({
  /** What the input named `input` is, where nothing else is said. */
  input: z.unknown().optional(),
  inputs: z.record(z.string(), z.unknown()).optional(),
  version: z.int().positive().optional(),
  /** `sync`: the answer is the finished run · `job`: 202, and the run goes on by itself. */
  mode: z.enum(['sync', 'job']).optional(),
  /** Events of stages and tokens as they come. */
  stream: z.boolean().optional(),
  /** USD over all stages; the nearer of this and the definition's own holds. */
  budget_usd: z
    .union([z.number().nonnegative(), z.string().regex(/^\d+(\.\d+)?$/, 'must be a decimal number of USD')])
    .optional(),
  /** A duration such as `30s`; the nearer of this and the definition's own holds. */
  deadline: z
    .string()
    .regex(/^\d+(?:\.\d+)?(?:ms|s|m|h|d)$/, 'must be a duration such as 30s')
    .optional(),
  priority: z.enum(priorities).optional(),
});
export type RunRequest = z.infer<typeof runRequest>;

/** Cost in nano-USD, latency in ms; null where nobody can tell. */
const figures = z.object({
  calls: z.int().nonnegative(),
  cost_nano_usd: z.int().nonnegative().nullable(),
  latency_ms: z.number().nonnegative().nullable(),
});

/** How a strategy was chosen, and what plain routing would have been. */
export const strategyChoice = z.object({
  chosen: z.enum(workflowStrategies),
  because: z.string(),
  complexity: z.enum(['simple', 'medium', 'high']),
  latency: z.enum(['low', 'medium', 'high']),
  budget: z.enum(['low', 'balanced', 'high']),
  plain: figures.extend({ model: z.string().nullable(), complexity: z.string() }),
});
export type StrategyChoice = z.infer<typeof strategyChoice>;

/** What is expected of a run before it begins. */
export const runPlan = z.object({
  workflow: z.string(),
  version: z.int().positive().nullable(),
  strategy: strategyChoice.nullable(),
  /** Of the whole run: latency is that of the critical path. */
  expected: figures,
  critical_path: z.array(z.string()),
  stages: z.array(
    figures.extend({
      name: z.string(),
      kind: z.enum(stageKinds),
      needs: z.array(z.string()),
      model: z.string().nullable(),
      note: z.string().nullable(),
    }),
  ),
});
export type RunPlan = z.infer<typeof runPlan>;

/** A step is one piece of a stage's work: the stage itself, or an item, a candidate, a task, a turn of it. */
export const stepView = z.object({
  stage: z.string(),
  /** Which piece of the stage; empty for stages of one piece. */
  part: z.string(),
  /** Raised when a failed check has the stage run again. */
  round: z.int().nonnegative(),
  /** Raised when the step itself is tried again. */
  try: z.int().positive(),
  status: z.enum(['running', 'succeeded', 'failed', 'cancelled', 'lost']),
  request_id: z.string().nullable(),
  output: z.unknown(),
  error: wireError.nullable(),
  attempts: z.array(attemptSummary),
  cost_nano_usd: z.int().nonnegative().nullable(),
  ms: z.number().nullable(),
});
export type StepView = z.infer<typeof stepView>;

export const runView = z.object({
  id: z.string(),
  object: z.literal('workflow.run'),
  workflow: z.string(),
  version: z.int().positive().nullable(),
  status: z.enum(runStatuses),
  output: z.unknown(),
  /** True where the pipeline failed and the one model of `fallback` answered. */
  degraded: z.boolean(),
  notices: z.array(z.string()),
  error: z.unknown().nullable(),
  strategy: strategyChoice.nullable(),
  stages: z.array(
    figures.extend({
      name: z.string(),
      kind: z.enum(stageKinds),
      status: z.enum(stageStatuses),
      rounds: z.int().nonnegative(),
      output: z.unknown(),
      error: wireError.nullable(),
      steps: z.array(stepView),
    }),
  ),
  calls: z.int().nonnegative(),
  cost_nano_usd: z.int().nonnegative().nullable(),
  budget_nano_usd: z.int().nonnegative().nullable(),
  /** Of the run, from its acceptance; null while it goes on. */
  total_ms: z.number().nullable(),
  created_at: z.string(),
  started_at: z.string().nullable(),
  finished_at: z.string().nullable(),
  deadline: z.string().nullable(),
});
export type RunView = z.infer<typeof runView>;

/** What is told of a run as it goes, one JSON object each. */
export const runEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('run.started'), run: z.string(), workflow: z.string() }),
  z.object({
    type: z.literal('stage.started'),
    stage: z.string(),
    part: z.string(),
    round: z.int(),
    try: z.int(),
  }),
  z.object({ type: z.literal('token'), stage: z.string(), part: z.string(), text: z.string() }),
  z.object({
    type: z.literal('stage.finished'),
    stage: z.string(),
    part: z.string(),
    round: z.int(),
    try: z.int(),
    status: z.enum(['succeeded', 'failed', 'cancelled', 'lost']),
    cost_nano_usd: z.int().nullable(),
    ms: z.number(),
    error: wireError.nullable(),
  }),
  z.object({ type: z.literal('notice'), text: z.string() }),
  z.object({ type: z.literal('run.finished'), run: runView }),
]);
export type RunEvent = z.infer<typeof runEvent>;
