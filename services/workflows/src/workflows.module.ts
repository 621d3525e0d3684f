import { Module } from '@nestjs/common';
import { LOGGER, SETTINGS } from '@skein/boot';
import { storeProvider } from '@skein/store';
import type { Logger } from '@skein/telemetry';
import { MakeWorkflows1760000000010 } from './migrations/1760000000010-make-workflows.js';
import { Planner } from './plan/planner.js';
import { RunAcceptance } from './run/accept-run.js';
import { BrokenSteps } from './run/broken-steps.js';
import { HeldRunsRepository } from './run/held-runs.repository.js';
import { Retriever } from './run/retrieve.js';
import { RunEngine } from './run/run-engine.js';
import { RunWorker } from './run/run-worker.js';
import { RunningRuns } from './run/running-runs.js';
import { RunsController } from './run/runs.controller.js';
import { RunsRepository } from './run/runs.repository.js';
import { WaitedRunsController } from './run/waited-runs.controller.js';
import { WakeQueue } from './run/wake-queue.js';
import type { WorkflowsSettings } from './settings.js';
import { PassagesRepository } from './work/passages.repository.js';
import { WorkflowsController } from './workflows.controller.js';
import { WORKFLOWS_STORE, WorkflowsRepository } from './workflows.repository.js';

@Module({
  controllers: [WorkflowsController, RunsController, WaitedRunsController],
  providers: [
    storeProvider<[WorkflowsSettings, Logger]>(WORKFLOWS_STORE, [SETTINGS, LOGGER], (settings, logger) => ({
      url: settings.DATABASE_URL,
      name: 'workflows',
      entities: [],
      migrations: [MakeWorkflows1760000000010],
      logger,
      // Steps need a connection at their beginning and their end, never between.
      poolSize: Math.min(20, 4 + settings.WORKFLOWS_CONCURRENCY),
    })),
    WorkflowsRepository,
    RunsRepository,
    HeldRunsRepository,
    PassagesRepository,
    RunningRuns,
    Planner,
    RunAcceptance,
    BrokenSteps,
    Retriever,
    RunEngine,
    WakeQueue,
    RunWorker,
  ],
})
export class WorkflowsModule {}
