import { Module } from '@nestjs/common';
import { LOGGER, SETTINGS } from '@skein/boot';
import { storeProvider } from '@skein/store';
import type { Logger } from '@skein/telemetry';
import { BatchWorker } from './batches/batch-worker.js';
import { BatchesController } from './batches/batches.controller.js';
import { BatchesRepository } from './batches/batches.repository.js';
import { LaneDecider } from './batches/decide-lanes.js';
import { LineExplainer } from './batches/explain-line.js';
import { LanesRepository } from './batches/lanes.repository.js';
import { LinesRepository } from './batches/lines.repository.js';
import { MergedCallsRepository } from './batches/merge-lane/merged-calls.repository.js';
import { MergeLane } from './batches/merge-lane/merge-lane.js';
import { LinePlanner } from './batches/plan/line-planner.js';
import { ReadIn } from './batches/read-in.js';
import { RunLines } from './batches/run-lines.js';
import { VendorBatchesRepository } from './batches/vendor-lane/vendor-batches.repository.js';
import { VendorLane } from './batches/vendor-lane/vendor-lane.js';
import { WriteOut } from './batches/write-out.js';
import { FilesController } from './files/files.controller.js';
import { FilesRepository } from './files/files.repository.js';
import { BrokenRuns } from './broken-runs.js';
import { DispatchRepository } from './dispatch/dispatch.repository.js';
import { Dispatcher } from './dispatch/dispatcher.js';
import { LimitsController } from './dispatch/limits.controller.js';
import { LimitsRepository } from './dispatch/limits.repository.js';
import { QueueFigureBook } from './dispatch/figures.repository.js';
import { EventReader } from './events/event-reader.js';
import { EventRelay } from './events/event-relay.js';
import { EventsRepository } from './events/events.repository.js';
import { JobQueue } from './job-queue.js';
import { JobRunner } from './job-runner.js';
import { JobWorker } from './job-worker.js';
import { JobAttemptRow, JobRow } from './job.entity.js';
import { JobsController } from './jobs.controller.js';
import { JOBS_STORE, JobsRepository } from './jobs.repository.js';
import { MakeJobs1760000000003 } from './migrations/1760000000003-make-jobs.js';
import { CallOut1760000000032 } from './migrations/1760000000032-call-out.js';
import { ShareJobs1760000000031 } from './migrations/1760000000031-share-jobs.js';
import { MakeBatches1760000001001 } from './migrations/1760000001001-make-batches.js';
import { MergeLines1760000001011 } from './migrations/1760000001011-merge-lines.js';
import { WeighLines1760000001021 } from './migrations/1760000001021-weigh-lines.js';
import { RunningJobs } from './running-jobs.js';
import { RunsRepository } from './runs.repository.js';
import { SchedulesController } from './schedules/schedules.controller.js';
import { SchedulesRepository } from './schedules/schedules.repository.js';
import type { JobsSettings } from './settings.js';
import { NamedWebhooks } from './webhooks/named-webhooks.js';
import { WebhookSender } from './webhooks/webhook-sender.js';
import { WebhooksController } from './webhooks/webhooks.controller.js';
import { WebhooksRepository } from './webhooks/webhooks.repository.js';

@Module({
  controllers: [
    JobsController,
    LimitsController,
    SchedulesController,
    WebhooksController,
    FilesController,
    BatchesController,
  ],
  providers: [
    storeProvider<[JobsSettings, Logger]>(JOBS_STORE, [SETTINGS, LOGGER], (settings, logger) => ({
      url: settings.DATABASE_URL,
      name: 'jobs',
      entities: [JobRow, JobAttemptRow],
      migrations: [
        MakeJobs1760000000003,
        ShareJobs1760000000031,
        CallOut1760000000032,
        MakeBatches1760000001001,
        MergeLines1760000001011,
        WeighLines1760000001021,
      ],
      logger,
      // Every run needs a connection at its beginning and its end, never between.
      poolSize: Math.min(20, 4 + settings.JOBS_CONCURRENCY),
    })),
    JobsRepository,
    RunsRepository,
    RunningJobs,
    EventsRepository,
    LimitsRepository,
    SchedulesRepository,
    WebhooksRepository,
    WebhookSender,
    NamedWebhooks,
    EventRelay,
    EventReader,
    DispatchRepository,
    Dispatcher,
    QueueFigureBook,
    JobQueue,
    BrokenRuns,
    JobRunner,
    JobWorker,
    FilesRepository,
    BatchesRepository,
    LinesRepository,
    ReadIn,
    RunLines,
    LineExplainer,
    LanesRepository,
    LaneDecider,
    LinePlanner,
    MergedCallsRepository,
    MergeLane,
    WriteOut,
    VendorBatchesRepository,
    VendorLane,
    BatchWorker,
  ],
})
export class JobsModule {}
