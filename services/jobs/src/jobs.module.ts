import { Module } from '@nestjs/common';
import { LOGGER, SETTINGS } from '@skein/boot';
import { storeProvider } from '@skein/store';
import type { Logger } from '@skein/telemetry';
import { BrokenRuns } from './broken-runs.js';
import { JobEvents } from './job-events.js';
import { JobQueue } from './job-queue.js';
import { JobRunner } from './job-runner.js';
import { JobWorker } from './job-worker.js';
import { JobAttemptRow, JobRow } from './job.entity.js';
import { JobsController } from './jobs.controller.js';
import { JOBS_STORE, JobsRepository } from './jobs.repository.js';
import { MakeJobs1760000000003 } from './migrations/1760000000003-make-jobs.js';
import { RunningJobs } from './running-jobs.js';
import { RunsRepository } from './runs.repository.js';
import type { JobsSettings } from './settings.js';

@Module({
  controllers: [JobsController],
  providers: [
    storeProvider<[JobsSettings, Logger]>(JOBS_STORE, [SETTINGS, LOGGER], (settings, logger) => ({
      url: settings.DATABASE_URL,
      name: 'jobs',
      entities: [JobRow, JobAttemptRow],
      migrations: [MakeJobs1760000000003],
      logger,
      // Every run needs a connection at its beginning and its end, never between.
      poolSize: Math.min(20, 4 + settings.JOBS_CONCURRENCY),
    })),
    JobsRepository,
    RunsRepository,
    RunningJobs,
    JobEvents,
    JobQueue,
    BrokenRuns,
    JobRunner,
    JobWorker,
  ],
})
export class JobsModule {}
