import { Controller, Inject } from '@nestjs/common';
import { BUS, SETTINGS } from '@skein/boot';
import { Serves, type Bus, type ServedContext } from '@skein/bus';
import { fromWireError, SkeinError } from '@skein/contracts/errors';
import type { CompletionOrder, CompletionResult } from '@skein/contracts/orchestrator';
import { CompleteByWorkflow, RunWorkflow, runRequest } from '@skein/contracts/workflows';
import type { WorkflowsSettings } from '../settings.js';
import { WorkflowsRepository } from '../workflows.repository.js';
import { RunAcceptance, runIdOf } from './accept-run.js';
import { pipelineOfRun } from './pipeline-of-run.js';
import { readChat, workflowOf } from './read-chat.js';
import { RunEngine } from './run-engine.js';
import { showChat, showEvents, type RunShow } from './run-frames.js';
import { toRunView } from './run-view.js';
import type { NewRun } from './run.js';
import { RunningRuns } from './running-runs.js';
import { RunsRepository } from './runs.repository.js';

/** Runs that someone waits for: held by this process from the first moment, shown to the sink as they go. */
@Controller()
export class WaitedRunsController {
  constructor(
    @Inject(BUS) private readonly bus: Bus,
    @Inject(SETTINGS) private readonly settings: WorkflowsSettings,
    @Inject(RunAcceptance) private readonly acceptance: RunAcceptance,
    @Inject(WorkflowsRepository) private readonly workflows: WorkflowsRepository,
    @Inject(RunsRepository) private readonly runs: RunsRepository,
    @Inject(RunEngine) private readonly engine: RunEngine,
    @Inject(RunningRuns) private readonly running: RunningRuns,
  ) {}

  @Serves(RunWorkflow)
  async run(order: CompletionOrder, context: ServedContext): Promise<CompletionResult> {
    const parsed = runRequest.safeParse(context.body.json);
    const [issue] = parsed.error?.issues ?? [];
    if (!parsed.success) {
      throw new SkeinError('invalid_request', `${issue?.path.map(String).join('.')}: ${issue?.message}`, {
        param: issue?.path.map(String).join('.') ?? null,
      });
    }
    const name = workflowOf(order.model);
    const run = await this.acceptance.accept(this.#asked(order, context, name, parsed.data), new Date());
    return this.#conduct(run, () => showEvents(this.bus, order, run.id, name), context);
  }

  @Serves(CompleteByWorkflow)
  async complete(order: CompletionOrder, context: ServedContext): Promise<CompletionResult> {
    const name = workflowOf(order.model);
    const { definition } = await this.workflows.get(order.caller.tenant, name, null);
    const { request, includeUsage } = readChat(context.body.json, definition);
    const run = await this.acceptance.accept(this.#asked(order, context, name, request), new Date());
    const options = { includeUsage, now: run.createdAt.getTime() };
    return this.#conduct(run, () => showChat(this.bus, order, run.id, pipelineOfRun(run), options), context);
  }

  #asked(order: CompletionOrder, context: ServedContext, name: string, request: Parameters<RunAcceptance['plan']>[2]) {
    const { caller, metadata } = order;
    return {
      id: runIdOf(order.request_id),
      caller,
      name,
      request,
      metadata,
      isAwaited: true,
      traceparent: context.traceparent ?? null,
    };
  }

  async #conduct(accepted: NewRun, open: () => RunShow, context: ServedContext): Promise<CompletionResult> {
    const run = await this.runs.accept(accepted, {
      owner: this.bus.instance,
      leaseMs: this.settings.WORKFLOWS_LEASE_MS,
    });
    const show = open();
    const leave = (): void => {
      // Nobody waits any more: what is under way stops, and nothing new begins.
      this.running.cut(run.id, 'cancelled');
      this.runs.cancel(run.caller.tenant, run.id).catch(() => undefined);
    };
    if (context.signal.aborted) leave();
    context.signal.addEventListener('abort', leave, { once: true });
    const outcome = await this.engine
      .conduct({ run, epoch: run.epoch }, [], show)
      .finally(() => context.signal.removeEventListener('abort', leave));
    if (outcome.is !== 'ended') throw await this.#interruption(run.caller.tenant, run.id);
    const view = toRunView(outcome.run, outcome.steps, Date.now());
    const attempts = outcome.steps.flatMap((step) => [...step.attempts]);
    const plain = { cache: 'off' as const, store_as: null, attempts, explanation: null };
    if (outcome.run.status === 'succeeded') {
      show.finish(view, outcome.steps);
      return { status: 'succeeded', error: null, ...plain };
    }
    const error = outcome.run.error ?? new SkeinError('internal', 'The run ended without a reason').toWire();
    if (show.fail(view)) return { status: 'succeeded', error: null, ...plain };
    return { status: outcome.run.status === 'cancelled' ? 'cancelled' : 'failed', error, ...plain };
  }

  /** Why the run is not ours any more: it was called off, or it goes on without its customer. */
  async #interruption(tenant: string, id: string): Promise<SkeinError> {
    const { run } = await this.runs.get(tenant, id);
    if (run.error !== null) return fromWireError(run.error);
    return new SkeinError('unavailable', `Run ${id} goes on in another process; ask for it there`, {
      detail: { run: id },
      retryAfterMs: 1_000,
    });
  }
}
