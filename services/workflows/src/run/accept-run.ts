import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS } from '@skein/boot';
import { newId } from '@skein/bus';
import { parseUsd } from '@skein/catalog';
import type { Caller } from '@skein/contracts/attempt';
import { SkeinError } from '@skein/contracts/errors';
import type { RequestMetadata } from '@skein/contracts/gateway';
import type { RunPlan, RunRequest, StrategyChoice } from '@skein/contracts/workflows';
import { readInputs } from '../definition/inputs.js';
import type { Pipeline } from '../definition/stage.js';
import { readDuration } from '../duration.js';
import { Planner, type Planned } from '../plan/planner.js';
import type { WorkflowsSettings } from '../settings.js';
import { WorkflowsRepository, type KeptWorkflow } from '../workflows.repository.js';
import { ownStrategy, pipelineUnder } from './pipeline-of-run.js';
import type { NewRun } from './run.js';

export interface AskedRun {
  readonly id: string;
  readonly caller: Caller;
  readonly name: string;
  readonly request: RunRequest;
  readonly metadata: RequestMetadata;
  readonly isAwaited: boolean;
  readonly traceparent: string | null;
}

interface Understood {
  readonly workflow: KeptWorkflow;
  readonly pipeline: Pipeline;
  readonly strategy: StrategyChoice | null;
  readonly planned: Planned;
}

/** What a customer asks → a run that can begin. Everything that can be refused is refused here. */
@Injectable()
export class RunAcceptance {
  constructor(
    @Inject(SETTINGS) private readonly settings: WorkflowsSettings,
    @Inject(WorkflowsRepository) private readonly workflows: WorkflowsRepository,
    @Inject(Planner) private readonly planner: Planner,
  ) {}

  /** Throws `not_found` for an unknown workflow, `invalid_request` naming the input and the stage that needs it. */
  async accept(asked: AskedRun, now: Date): Promise<NewRun> {
    const { workflow, strategy, planned } = await this.#understand(
      asked.caller,
      asked.name,
      asked.request,
      asked.metadata,
    );
    const { definition } = workflow;
    return {
      id: asked.id,
      caller: asked.caller,
      workflow: workflow.name,
      version: workflow.version,
      definition,
      strategy,
      inputs: planned.inputs,
      metadata: asked.metadata,
      isAwaited: asked.isAwaited,
      priority: asked.request.priority ?? asked.metadata.priority ?? definition.defaults?.priority ?? 'normal',
      budgetNano: nearest([asked.request.budget_usd, definition.budget_usd].map(readMoney)),
      deadlineAt: new Date(
        now.getTime() +
          (nearest([asked.request.deadline, definition.deadline].map(readTime)) ?? this.settings.WORKFLOWS_DEADLINE_MS),
      ),
      traceparent: asked.traceparent,
      createdAt: now,
    };
  }

  async plan(caller: Caller, name: string, request: RunRequest): Promise<RunPlan> {
    const { pipeline, strategy, planned } = await this.#understand(caller, name, request, {});
    return this.planner.plan(planned, pipeline, strategy);
  }

  async #understand(caller: Caller, name: string, request: RunRequest, metadata: RequestMetadata): Promise<Understood> {
    const workflow = await this.workflows.get(caller.tenant, name, request.version ?? null);
    const { definition, version } = workflow;
    const own = ownStrategy(definition);
    // Inputs are the same under every strategy; the pipeline only says which stage misses one.
    const inputs = readInputs(definition, pipelineUnder(definition, own ?? 'custom_strategy'), request);
    const planned: Planned = { caller, workflow: name, version, definition, inputs, metadata };
    if (own !== null) return { workflow, pipeline: pipelineUnder(definition, own), strategy: null, planned };
    const strategy = await this.planner.choose(planned);
    return { workflow, pipeline: pipelineUnder(definition, strategy.chosen), strategy, planned };
  }
}

export function newRunId(): string {
  return newId('run');
}

/** A run that someone waits for has the id of its request, so that it is found again when its process is lost. */
export function runIdOf(requestId: string): string {
  return requestId.replace(/^req_/, 'run_');
}

function nearest(bounds: readonly (number | null)[]): number | null {
  const known = bounds.flatMap((bound) => (bound === null ? [] : [bound]));
  return known.length === 0 ? null : Math.min(...known);
}

function readMoney(usd: string | number | undefined): number | null {
  return usd === undefined ? null : parseUsd(usd);
}

function readTime(duration: string | undefined): number | null {
  if (duration === undefined) return null;
  const ms = readDuration(duration);
  if (ms === null)
    throw new SkeinError('invalid_request', `"${duration}" is no duration such as 30s`, { param: 'deadline' });
  return ms;
}
