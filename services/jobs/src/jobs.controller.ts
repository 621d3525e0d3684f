import { Controller, Inject } from '@nestjs/common';
import { SETTINGS } from '@skein/boot';
import { Serves, newId, type ServedContext } from '@skein/bus';
import { SkeinError } from '@skein/contracts/errors';
import { toAbortSignal } from '@skein/contracts/wire';
import {
  CancelJob,
  GetJob,
  ListJobs,
  ReadJobEvents,
  ReadQueue,
  RedriveJobs,
  SubmitJob,
  type JobView,
} from '@skein/contracts/jobs';
import type { z } from 'zod';
import { Dispatcher } from './dispatch/dispatcher.js';
import { QueueFigureBook, estimateWaitMs } from './dispatch/figures.repository.js';
import { EventReader } from './events/event-reader.js';
import { EventRelay } from './events/event-relay.js';
import { toEventView } from './events/job-event.js';
import type { Job } from './job.js';
import { toJobListing, toJobView } from './job-view.js';
import { JobsRepository } from './jobs.repository.js';
import { readSubmission } from './read-submission.js';
import { RunningJobs } from './running-jobs.js';
import type { JobsSettings } from './settings.js';
import { NamedWebhooks } from './webhooks/named-webhooks.js';

const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;
const EVENT_ID = /^\d{1,18}$/;
const RETRY_AFTER = { leastMs: 1_000, mostMs: 3_600_000 };

/** `skein.rpc.jobs.*`: jobs accepted, looked at, called off, sent round again. */
@Controller()
export class JobsController {
  constructor(
    @Inject(SETTINGS) private readonly settings: JobsSettings,
    @Inject(JobsRepository) private readonly jobs: JobsRepository,
    @Inject(Dispatcher) private readonly dispatcher: Dispatcher,
    @Inject(QueueFigureBook) private readonly figures: QueueFigureBook,
    @Inject(RunningJobs) private readonly running: RunningJobs,
    @Inject(EventRelay) private readonly relay: EventRelay,
    @Inject(NamedWebhooks) private readonly webhooks: NamedWebhooks,
    @Inject(EventReader) private readonly events: EventReader,
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
    const estimate = await this.#estimate(caller.tenant);
    const { job, created } = await this.jobs.submit(
      readSubmission({
        id: newId('job'),
        caller,
        submission,
        idempotencyKey,
        maxRuns: this.settings.JOBS_MAX_RUNS,
        now: new Date(),
        traceparent: context.traceparent ?? null,
        webhookId: await this.webhooks.idOf(caller.tenant, submission.webhook),
      }),
    );
    if (created) this.#hasChanged();
    return { job: toJobView(job, job.status === 'queued' ? estimate : job.notBefore), created };
  }

  @Serves(GetJob)
  async get({ tenant, id }: z.infer<typeof GetJob.request>): Promise<JobView> {
    return this.#show(await this.jobs.get(tenant, id));
  }

  @Serves(ListJobs)
  async list({ limit, ...asked }: z.infer<typeof ListJobs.request>): Promise<z.infer<typeof ListJobs.reply>> {
    const page = await this.jobs.list({ ...asked, limit: limit + 1 });
    return { jobs: page.slice(0, limit).map((job) => toJobListing(job)), has_more: page.length > limit };
  }

  @Serves(CancelJob)
  async cancel({ tenant, id }: z.infer<typeof CancelJob.request>): Promise<JobView> {
    const { job, changed } = await this.jobs.cancel(tenant, id);
    if (changed) {
      // A run in another process hears of it when it renews its lease.
      this.running.cut(id, 'cancelled');
      this.#hasChanged();
    }
    return toJobView(job);
  }

  @Serves(RedriveJobs)
  async redrive({ tenant, which }: z.infer<typeof RedriveJobs.request>): Promise<z.infer<typeof RedriveJobs.reply>> {
    const redriven =
      'id' in which ? [await this.jobs.redrive(tenant, which.id)] : await this.jobs.redriveMany({ tenant, ...which });
    this.#hasChanged();
    return { redriven };
  }

  @Serves(ReadJobEvents)
  async readEvents(
    { tenant, id, after, wait_ms: waitMs }: z.infer<typeof ReadJobEvents.request>,
    { signal }: ServedContext,
  ): Promise<z.infer<typeof ReadJobEvents.reply>> {
    if (after !== null && !EVENT_ID.test(after)) {
      throw new SkeinError('invalid_request', `"${after}" is not the id of an event.`, { param: 'Last-Event-ID' });
    }
    const { events, isOver } = await this.events.read(tenant, id, after ?? '0', waitMs, toAbortSignal(signal));
    return { events: events.map(toEventView), ended: isOver };
  }

  @Serves(ReadQueue)
  async readQueue({ tenant }: z.infer<typeof ReadQueue.request>): Promise<z.infer<typeof ReadQueue.reply>> {
    const figures = await this.figures.of(tenant);
    const { targets, everything } = this.dispatcher.held();
    return {
      queued: figures.queued,
      scheduled: figures.scheduled,
      running: figures.running,
      dead_letters: figures.deadLetters,
      drain_per_second: figures.drainPerSecond,
      estimated_wait_ms: everything ? null : estimateWaitMs(figures.queued, figures),
      slots: figures.slots,
      busy: figures.busy,
      held: everything ? ['*'] : [...targets],
    };
  }

  async #show(job: Job): Promise<JobView> {
    return toJobView(job, await this.figures.startOf(job, new Date()));
  }

  /** When a job submitted now would begin. A queue has an end: what would not be begun for ages is refused, with the moment from which it may not be. */
  async #estimate(tenant: string): Promise<Date | null> {
    const figures = await this.figures.of(tenant);
    const over = figures.queued + figures.scheduled + 1 - this.settings.JOBS_MAX_WAITING;
    if (over <= 0) {
      const waitMs = estimateWaitMs(figures.queued, figures);
      return waitMs === null ? null : new Date(Date.now() + waitMs);
    }
    const wait = estimateWaitMs(over, figures) ?? RETRY_AFTER.mostMs;
    throw new SkeinError('rate_limit_exceeded', `${this.settings.JOBS_MAX_WAITING} jobs of this tenant wait already.`, {
      retryAfterMs: Math.min(RETRY_AFTER.mostMs, Math.max(RETRY_AFTER.leastMs, wait)),
    });
  }

  #hasChanged(): void {
    this.relay.nudge();
    this.dispatcher.nudge();
  }
}
