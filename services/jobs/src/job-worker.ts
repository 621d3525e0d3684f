import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { BUS, LIFECYCLE, LOGGER, SETTINGS, type Lifecycle } from '@skein/boot';
import type { Bus, ReadFact } from '@skein/bus';
import { AttemptFinished, type AttemptFinishedFact } from '@skein/contracts/attempt';
import { RunJob } from '@skein/contracts/jobs';
import type { AttemptSummary } from '@skein/contracts/orchestrator';
import { openWorker } from '@skein/queue';
import type { Logger } from '@skein/telemetry';
import { LinesRepository } from './batches/lines.repository.js';
import { JobEvents } from './job-events.js';
import { JobQueue } from './job-queue.js';
import { JobRunner } from './job-runner.js';
import { RunningJobs } from './running-jobs.js';
import { RunsRepository } from './runs.repository.js';
import type { JobsSettings } from './settings.js';

/** Beats of a lease: so many may be missed before another runner takes the job. */
const BEATS_PER_LEASE = 5;

/** What goes on by itself in this room: running, holding on to what runs, setting right what a crash left, late news. */
@Injectable()
export class JobWorker implements OnApplicationBootstrap {
  constructor(
    @Inject(BUS) private readonly bus: Bus,
    @Inject(SETTINGS) private readonly settings: JobsSettings,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(LIFECYCLE) private readonly lifecycle: Lifecycle,
    @Inject(JobRunner) private readonly runner: JobRunner,
    @Inject(RunsRepository) private readonly runs: RunsRepository,
    @Inject(RunningJobs) private readonly running: RunningJobs,
    @Inject(JobQueue) private readonly queue: JobQueue,
    @Inject(JobEvents) private readonly events: JobEvents,
    @Inject(LinesRepository) private readonly lines: LinesRepository,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.bus.readFacts('jobs-attempts', (facts) => this.#hear(facts));
    const { REDIS_URL, JOBS_CONCURRENCY, JOBS_LEASE_MS, JOBS_RECONCILE_MS } = this.settings;
    const worker = openWorker(REDIS_URL, RunJob, ({ job_id }, context) => this.runner.run(job_id, context), {
      concurrency: JOBS_CONCURRENCY,
      logger: this.logger,
    });
    const stops = [
      repeat(() => this.#renewLeases(), JOBS_LEASE_MS / BEATS_PER_LEASE, this.#note('leases were not renewed')),
      repeat(() => this.#reconcile(), JOBS_RECONCILE_MS, this.#note('rows and queue were not compared')),
    ];
    this.lifecycle.onDrain(async (graceMs) => {
      await worker.close(graceMs);
      await Promise.all(stops.map((stop) => stop()));
    });
  }

  async #renewLeases(): Promise<void> {
    const before = this.running.snapshot();
    if (before.length === 0) return;
    this.running.cutMissing(before, await this.runs.renewLeases(this.bus.instance, this.settings.JOBS_LEASE_MS));
  }

  async #reconcile(): Promise<void> {
    const found = await this.runs.reconcile(this.settings.JOBS_RECHECK_MS);
    if (found === null) return;
    this.events.publish(...found.expired, ...found.lost, ...found.released);
    if (found.lost.length > 0)
      this.logger.warn({ jobs: found.lost.map(({ id }) => id) }, 'runners were lost; their jobs run again');
    for (const job of found.waiting) await this.queue.put(job);
  }

  /** What attempts of jobs came to, from the workers themselves: known before a run's end, or long after it was given up. */
  async #hear(facts: readonly ReadFact[]): Promise<void> {
    const ofRuns: { requestId: string; attempt: AttemptSummary }[] = [];
    for (const fact of facts) {
      const checked = fact.check(AttemptFinished);
      if (checked.success && checked.data.kind === 'job') {
        await this.runs.keepAttempt(checked.data.request_id, toSummary(checked.data));
        ofRuns.push({ requestId: checked.data.request_id, attempt: toSummary(checked.data) });
      }
    }
    if (ofRuns.length > 0) await this.lines.hear(ofRuns);
  }

  #note(message: string): (error: unknown) => void {
    return (error) => this.logger.warn({ err: error }, message);
  }
}

function toSummary(fact: AttemptFinishedFact): AttemptSummary {
  return {
    id: fact.attempt_id,
    vendor: fact.vendor,
    model: fact.model,
    outcome: fact.outcome,
    first_byte_ms: fact.first_byte_ms,
    total_ms: fact.total_ms,
    usage: fact.usage,
    usage_source: fact.usage_source,
    cost_nano_usd: fact.outcome === 'unknown' ? null : fact.cost_nano_usd,
    error: fact.error,
  };
}

/** Does `work` every `everyMs`, one at a time. Returns the way to stop, which waits for the one under way. */
function repeat(work: () => Promise<void>, everyMs: number, onError: (error: unknown) => void): () => Promise<void> {
  let current: Promise<void> | undefined;
  const timer = setInterval(() => {
    current ??= work()
      .catch(onError)
      .finally(() => (current = undefined));
  }, everyMs);
  return async () => {
    clearInterval(timer);
    await current;
  };
}
