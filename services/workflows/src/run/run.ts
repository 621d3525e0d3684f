import type { Caller } from '@skein/contracts/attempt';
import type { WireError } from '@skein/contracts/errors';
import type { Priority, RequestMetadata } from '@skein/contracts/gateway';
import type { AttemptSummary } from '@skein/contracts/orchestrator';
import type { RunStatus, StrategyChoice, WorkflowDefinition } from '@skein/contracts/workflows';
import type { Inputs } from '../definition/inputs.js';
import type { StepRecord } from '../engine/step.js';

/** What is fixed when a run is accepted. */
export interface NewRun {
  readonly id: string;
  readonly caller: Caller;
  readonly workflow: string;
  readonly version: number | null;
  readonly definition: WorkflowDefinition;
  readonly strategy: StrategyChoice | null;
  readonly inputs: Inputs;
  /** The caller's own word on routing, for every stage. */
  readonly metadata: RequestMetadata;
  /** Does someone wait for it? */
  readonly isAwaited: boolean;
  readonly priority: Priority;
  readonly budgetNano: number | null;
  readonly deadlineAt: Date | null;
  readonly traceparent: string | null;
  readonly createdAt: Date;
}

/** A run as its row has it. */
export interface Run extends NewRun {
  readonly status: RunStatus;
  /** Raised whenever a runner takes the run; what a runner of an earlier epoch brings is refused. */
  readonly epoch: number;
  readonly output: unknown;
  readonly degraded: boolean;
  readonly notices: readonly string[];
  readonly error: WireError | null;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
}

/** A run in the hands of a runner. */
export interface HeldRun {
  readonly run: Run;
  readonly epoch: number;
}

/** A step as its row has it. */
export interface KeptStep extends StepRecord {
  readonly epoch: number;
  readonly requestId: string | null;
  readonly attempts: readonly AttemptSummary[];
}

export type QueueEntry = Pick<Run, 'id' | 'priority' | 'traceparent'>;

export function hasEnded(status: RunStatus): boolean {
  return status !== 'queued' && status !== 'running';
}
