import { Inject, Injectable } from '@nestjs/common';
import { BUS, LOGGER, SETTINGS } from '@skein/boot';
import type { Bus } from '@skein/bus';
import { traceparentOf, withSpan, type Logger } from '@skein/telemetry';
import type { WorkflowsSettings } from '../settings.js';
import { BrokenSteps } from './broken-steps.js';
import { DegradedNews } from './degraded-news.js';
import { ConductedRun, type ConductOutcome, type RunTools } from './conducted-run.js';
import { HeldRunsRepository } from './held-runs.repository.js';
import { Retriever } from './retrieve.js';
import type { RunWatcher } from './run-watcher.js';
import type { HeldRun, KeptStep } from './run.js';
import { RunningRuns } from './running-runs.js';

/** Carries out runs that this process holds. */
@Injectable()
export class RunEngine {
  readonly #tools: RunTools;

  constructor(
    @Inject(BUS) bus: Bus,
    @Inject(SETTINGS) settings: WorkflowsSettings,
    @Inject(LOGGER) logger: Logger,
    @Inject(HeldRunsRepository) held: HeldRunsRepository,
    @Inject(BrokenSteps) broken: BrokenSteps,
    @Inject(Retriever) retriever: Retriever,
    @Inject(RunningRuns) private readonly running: RunningRuns,
  ) {
    this.#tools = { bus, settings, logger, held, broken, retriever, news: new DegradedNews() };
  }

  /** Goes on until the run has ended or is no longer ours. Throws what PostgreSQL threw when it stayed away. */
  conduct(held: HeldRun, kept: readonly KeptStep[], watcher: RunWatcher): Promise<ConductOutcome> {
    const { run, epoch } = held;
    const signal = this.running.hold(run.id, epoch);
    const attributes = {
      'gen_ai.operation.name': 'invoke_workflow',
      'gen_ai.workflow.name': run.workflow,
      'skein.run': run.id,
    };
    return withSpan('workflow.run', { parent: run.traceparent ?? undefined, attributes }, (span) =>
      new ConductedRun(this.#tools, held, watcher, signal, traceparentOf(span)).go(kept),
    ).finally(() => this.running.letGo(run.id, epoch));
  }
}
