import type { DefinitionProblem, StageKind, WorkflowDefinition, WorkflowStage } from '@skein/contracts/workflows';

/** A stage with everything settled that its place in the pipeline and the workflow's defaults say. */
export interface Stage {
  readonly name: string;
  readonly kind: StageKind;
  /** Stages that must have ended first, from its place, its templates and its own word. */
  readonly needs: readonly string[];
  /** Whose outputs are its input, where it names none. */
  readonly inputFrom: readonly string[];
  readonly spec: WorkflowStage;
  readonly model: string;
  readonly timeoutMs: number | null;
  /** Tries after the first. */
  readonly retry: number;
  readonly isOptional: boolean;
  /** Null: a failed check fails the stage. */
  readonly onFail: {
    readonly rerun: string | null;
    readonly max: number;
    readonly then: 'fail' | 'accept';
  } | null;
}

/** What a run carries out: stages in an order in which each comes after what it needs. */
export interface Pipeline {
  readonly stages: readonly Stage[];
  /** The stage whose output is the run's. */
  readonly output: string;
  /** Null: none. */
  readonly fallbackModel: string | null;
}

export interface Compiled {
  readonly pipeline: Pipeline;
  readonly definition: WorkflowDefinition;
}

/** Stages that hold work against something: they have a verdict, and hand on what they were given. */
export const checkKinds: ReadonlySet<StageKind> = new Set(['validate', 'verify', 'score', 'guard']);

/** Is a model asked? The others cost nothing. */
export const paidKinds: Readonly<Record<StageKind, boolean>> = {
  llm: true,
  map: true,
  race: true,
  best_of: true,
  plan: true,
  agents: true,
  retrieve: false,
  transform: false,
  validate: false,
  verify: true,
  score: true,
  fuse: true,
  guard: false,
  http: false,
};

export function problem(stage: string | null, path: string, message: string): DefinitionProblem {
  return { stage, path, message: stage === null ? message : `stage "${stage}": ${message}` };
}
