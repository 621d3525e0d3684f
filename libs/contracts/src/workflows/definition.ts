/**
 * A workflow as people write it, in YAML or JSON. This file says the shape of each field; what fields a kind of stage needs,
 * and whether names, references and templates hold together, is checked when a definition is taken (`problems`).
 */
import { z } from 'zod';
import { complianceTags, priorities, strategies } from '../gateway/metadata.js';
import { declaredTaskNames } from '../gateway/task-names.js';

/** What a stage does. Only those a model works for cost money. */
export const stageKinds = [
  'llm',
  'map',
  'race',
  'best_of',
  'plan',
  'agents',
  'retrieve',
  'transform',
  'validate',
  'verify',
  'score',
  'fuse',
  'guard',
  'http',
] as const;
export type StageKind = (typeof stageKinds)[number];

export const workflowStrategies = [
  'single_model',
  'two_model_coordinator',
  'parallel_specialization',
  'dynamic_router',
  'custom_strategy',
] as const;
export type WorkflowStrategy = (typeof workflowStrategies)[number];

export const transformSteps = [
  'nfc',
  'nfkc',
  'trim',
  'collapse_whitespace',
  'strip_control',
  'straight_quotes',
  'lowercase',
  'entities',
  'topic',
] as const;
export type TransformStep = (typeof transformSteps)[number];

/** Names of workflows, stages, inputs and agents. */
const name = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/, 'must begin with a letter and have only letters, digits, _ and -');
const duration = z
  .string()
  .regex(/^\d+(?:\.\d+)?(?:ms|s|m|h|d)$/, 'must be a duration such as 30s')
  .describe('A duration such as 250ms, 30s, 15m or 6h');
const usd = z.union([z.number().nonnegative(), z.string().regex(/^\d+(\.\d+)?$/, 'must be a decimal number of USD')]);
const template = z.string().max(100_000);
const model = z.string().min(1);
const jsonSchema = z.record(z.string(), z.unknown());

/** What a run must be given. `text` unless said otherwise; the input named `input` is what a caller says without a name. */
export const workflowInput = z.strictObject({
  type: z.enum(['text', 'number', 'boolean', 'list', 'object', 'image', 'audio']).default('text'),
  description: z.string().optional(),
  required: z.boolean().default(true),
  default: z.unknown().optional(),
});
export type WorkflowInput = z.infer<typeof workflowInput>;

const pattern = z.strictObject({
  name: z.string().optional(),
  pattern: z.string().min(1).max(1_000),
  flags: z
    .string()
    .regex(/^[imsu]*$/)
    .optional(),
});

const stageFields = {
  name: name.optional(),
  /** Another word for `name`, as in lists of parallel branches. */
  stage: name.optional(),
  kind: z.enum(stageKinds).optional(),
  /** `auto`, a short name, or `vendor/model`; the workflow's default otherwise. */
  model: model.optional(),
  /** race and best_of: who takes part. */
  models: z.array(model).min(1).max(16).optional(),
  system: template.optional(),
  prompt: template.optional(),
  /** Default: the output of the stage before, or the run's own input. */
  input: template.optional(),
  /** Inputs of the run (image, audio) shown to the model beside the text. */
  attach: z.array(name).optional(),
  needs: z.array(name).optional(),
  /** An expression; the stage is passed over where it is false. */
  when: template.optional(),
  /** Without this stage the run goes on; its output is then empty. */
  optional: z.boolean().optional(),
  timeout: duration.optional(),
  retry: z.int().min(0).max(10).optional(),
  priority: z.enum(priorities).optional(),
  cache: z.enum(['policy', 'exact', 'off']).optional(),
  policy: z
    .strictObject({
      task: z.enum(declaredTaskNames).optional(),
      strategy: z.enum(strategies).optional(),
      max_cost_usd: usd.optional(),
      max_latency_ms: z.number().positive().optional(),
      compliance: z.array(z.enum(complianceTags)).optional(),
      region: z.string().min(1).optional(),
      fallbacks: z.array(model).optional(),
    })
    .optional(),
  temperature: z.number().min(0).max(2).optional(),
  max_tokens: z.int().positive().optional(),
  /** llm: the answer must be JSON of this schema · validate: what the input must be. */
  schema: jsonSchema.optional(),
  /** map: the list, as an expression. */
  over: template.optional(),
  /** map, plan: how many at a time. */
  width: z.int().min(1).max(64).optional(),
  /** best_of: how many candidates of one model. */
  n: z.int().min(2).max(16).optional(),
  /** best_of: who chooses · score: another word for `model`. */
  judge: model.optional(),
  /** verify, score: what the work is held against. */
  criteria: template.optional(),
  /** score: less than this (of 10) does not pass. */
  threshold: z.number().min(0).max(10).optional(),
  /** verify, validate, score, guard: what happens when the check fails. */
  on_fail: z
    .strictObject({
      /** The stage to run again, with the critique. Default: the stage before. */
      rerun: name.optional(),
      max: z.int().min(0).max(3).default(3),
      /** When it still fails: the stage fails, or its input goes on with a notice. */
      then: z.enum(['fail', 'accept']).default('fail'),
    })
    .optional(),
  /** plan: who carries a task out (`model` makes the plan), and the most tasks. */
  executor: model.optional(),
  max_tasks: z.int().min(1).max(50).optional(),
  /** agents: who takes part; the first begins. */
  agents: z
    .array(z.strictObject({ name, model: model.optional(), role: template }))
    .min(2)
    .max(16)
    .optional(),
  max_turns: z.int().min(1).max(50).optional(),
  /** retrieve: the list of documents, as an expression, and what to look for. */
  documents: template.optional(),
  query: template.optional(),
  top_k: z.int().min(1).max(100).optional(),
  chunk_tokens: z.int().min(16).max(4_000).optional(),
  overlap_tokens: z.int().min(0).max(1_000).optional(),
  budget_tokens: z.int().min(16).max(200_000).optional(),
  embedding: model.optional(),
  rerank: model.optional(),
  /** transform: what is done, in order. */
  steps: z.array(z.enum(transformSteps)).min(1).optional(),
  /** validate: rules on the text. */
  rules: z
    .strictObject({
      min_length: z.int().nonnegative().optional(),
      max_length: z.int().nonnegative().optional(),
      contains: z.array(z.string().min(1)).optional(),
      not_contains: z.array(z.string().min(1)).optional(),
      matches: pattern.optional(),
    })
    .optional(),
  /** guard: what is looked for, and what is done about it. */
  filters: z
    .strictObject({
      patterns: z.array(pattern).optional(),
      deny: z.array(z.string().min(1)).optional(),
      schema: jsonSchema.optional(),
      moderation: model.optional(),
    })
    .optional(),
  action: z.enum(['block', 'redact', 'flag']).optional(),
  /** http: where to. */
  url: template.optional(),
  method: z.enum(['GET', 'POST']).optional(),
  body: template.optional(),
} as const;

export const workflowStage = z.strictObject(stageFields);
export type WorkflowStage = z.infer<typeof workflowStage>;

const branches = z.strictObject({ parallel: z.array(workflowStage).min(1) });

/** The whole document. A workflow has a `pipeline`, or a `strategy: auto` that makes one. */
export const workflowDefinition = z.strictObject({
  name: name.optional(),
  description: z.string().optional(),
  inputs: z.record(name, workflowInput).optional(),
  defaults: z
    .strictObject({
      model: model.optional(),
      timeout: duration.optional(),
      retry: z.int().min(0).max(10).optional(),
      priority: z.enum(priorities).optional(),
      cache: z.enum(['policy', 'exact', 'off']).optional(),
    })
    .optional(),
  /** USD of all stages together. */
  budget_usd: usd.optional(),
  /** Of the whole run. */
  deadline: duration.optional(),
  /** When coordination fails as a whole, this one model answers; `none`: the run fails. Default `auto`. */
  fallback: z.union([z.literal('none'), z.strictObject({ model })]).optional(),
  /** The stage whose output is the run's. Default: the last that produces one. */
  output: name.optional(),
  strategy: z.enum(['auto', ...workflowStrategies]).optional(),
  /** What `strategy: auto` chooses by; complexity is the classifier's where it is not said. */
  needs: z
    .strictObject({
      complexity: z.enum(['simple', 'medium', 'high']).optional(),
      latency: z.enum(['low', 'medium', 'high']).optional(),
      budget: z.enum(['low', 'balanced', 'high']).optional(),
      capability: z.enum(['one', 'two', 'several']).optional(),
    })
    .optional(),
  /** Who works where a strategy makes the pipeline. */
  models: z
    .strictObject({
      single: model.optional(),
      planner: model.optional(),
      executor: model.optional(),
      verifier: model.optional(),
      fusion: model.optional(),
      specialists: z
        .array(z.strictObject({ name, model: model.optional(), role: template.optional() }))
        .min(2)
        .max(8)
        .optional(),
    })
    .optional(),
  pipeline: z
    .strictObject({
      stages: z
        .array(z.union([workflowStage, branches]))
        .min(1)
        .optional(),
      parallel: z.array(workflowStage).min(1).optional(),
    })
    .refine((pipeline) => (pipeline.stages === undefined) !== (pipeline.parallel === undefined), {
      message: 'a pipeline has either stages or parallel',
    })
    .optional(),
});
export type WorkflowDefinition = z.infer<typeof workflowDefinition>;
export type WorkflowDefinitionInput = z.input<typeof workflowDefinition>;
