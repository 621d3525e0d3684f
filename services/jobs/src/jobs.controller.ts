import { Controller, Inject } from '@nestjs/common';
import { SETTINGS } from '@skein/boot';
import { Serves, newId, type ServedContext } from '@skein/bus';
import { SkeinError } from '@skein/contracts/errors';
import { CancelJob, GetJob, ListJobs, SubmitJob, type JobView } from '@skein/contracts/jobs';
import type { z } from 'zod';
import { JobEvents } from './job-events.js';
import { JobQueue } from './job-queue.js';
import { toJobView } from './job-view.js';
import { JobsRepository } from './jobs.repository.js';
import { readSubmission } from './read-submission.js';
import { RunningJobs } from './running-jobs.js';
import type { JobsSettings } from './settings.js';

const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;

@Controller()
export class JobsController {
  constructor(
    @Inject(SETTINGS) private readonly settings: JobsSettings,
    @Inject(JobsRepository) private readonly jobs: JobsRepository,
    @Inject(JobQueue) private readonly queue: JobQueue,
    @Inject(RunningJobs) private readonly running: RunningJobs,
    @Inject(JobEvents) private readonly events: JobEvents,
  ) {}

  @Serves(SubmitJob)
  async submit(
    request: z.infer<typeof SubmitJob.request>,
    context: ServedContext,
  ): Promise<z.infer<typeof SubmitJob.reply>> {
    const { caller, submission, idempotency_key: idempotencyKey } = request;
    if (idempotencyKey !== null && !IDEMPOTENCY_KEY.test(idempotencyKey)) {
      throw new SkeinError('invalid_request', 'An Idempotency-Key is 1 to 255 visible ASCII characters.', {
        param: 'Idempotency-Key',
      });
    }
    const { job, created } = await this.jobs.submit(
      readSubmission({
        id: newId('job'),
        caller,
        submission,
        idempotencyKey,
        maxRuns: this.settings.JOBS_MAX_RUNS,
        now: new Date(),
        traceparent: context.traceparent ?? null,
      }),
    );
    if (created) {
      this.queue.nudge();
      this.events.publish(job);
    }
    return { job: toJobView(job), created };
  }

  @Serves(GetJob)
  async get({ tenant, id }: z.infer<typeof GetJob.request>): Promise<JobView> {
    return toJobView(await this.jobs.get(tenant, id));
  }

  @Serves(ListJobs)
  async list({ limit, ...asked }: z.infer<typeof ListJobs.request>): Promise<z.infer<typeof ListJobs.reply>> {
    const page = await this.jobs.list({ ...asked, limit: limit + 1 });
    return { jobs: page.slice(0, limit).map(toJobView), has_more: page.length > limit };
  }

  @Serves(CancelJob)
  async cancel({ tenant, id }: z.infer<typeof CancelJob.request>): Promise<JobView> {
    const { job, changed } = await this.jobs.cancel(tenant, id);
    if (changed) {
      // A run in another process hears of it when it renews its lease.
      this.running.cut(id, 'cancelled');
      await this.queue.takeOut(id);
      this.events.publish(job);
    }
    return toJobView(job);
  }
}
