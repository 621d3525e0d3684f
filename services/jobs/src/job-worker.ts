import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { BUS, LIFECYCLE, LOGGER, SETTINGS, type Lifecycle } from '@skein/boot';
import type { Bus, ReadFact } from '@skein/bus';
import { AttemptFinished, type AttemptFinishedFact } from '@skein/contracts/attempt';
import { RunJob } from '@skein/contracts/jobs';
import type { AttemptSummary } from '@skein/contracts/orchestrator';
import { openWorker } from '@skein/queue';
import { inTransaction, type Store } from '@skein/store';
import type { Logger } from '@skein/telemetry';
import { LinesRepository } from './batches/lines.repository.js';
import { DispatchRepository } from './dispatch/dispatch.repository.js';
import { Dispatcher } from './dispatch/dispatcher.js';
import { EventRelay } from './events/event-relay.js';
import { JobQueue } from './job-queue.js';
import { JobRunner } from './job-runner.js';
import { JOBS_STORE } from './jobs.repository.js';
import { forgetOld } from './payloads.repository.js';
import { RunningJobs } from './running-jobs.js';
import { RunsRepository } from './runs.repository.js';
import { SchedulesRepository } from './schedules/schedules.repository.js';
import type { JobsSettings } from './settings.js';
import { WebhookSender } from './webhooks/webhook-sender.js';

/** Beats of a lease: so many may be missed before another runner takes the job. */
const BEATS_PER_LEASE = 5;

const DAY_MS = 86_400_000;
/** A room that has just started hears of the others within this time. */
const NEWCOMER_MS = 1_500;
const RUNNER_BEAT_MS = 1_000;
const SCHEDULE_LOOK_MS = 500;
const RETENTION_LOOK_MS = 60_000;
const RETENTION_BATCH = 1_000;

/** What goes on by itself in this room: running, holding on to what runs, setting right what a crash left, late news. */
@Injectable()
export class JobWorker implements OnApplicationBootstrap {
  readonly #startedAt = performance.now();
  /** Owners of runs that were not in the fleet at the last look. */
  #missing = new Set<string>();

  constructor(
    @Inject(BUS) private readonly bus: Bus,
    @Inject(SETTINGS) private readonly settings: JobsSettings,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(LIFECYCLE) private readonly lifecycle: Lifecycle,
    @Inject(JOBS_STORE) private readonly store: Store,
    @Inject(JobRunner) private readonly runner: JobRunner,
    @Inject(RunsRepository) private readonly runs: RunsRepository,
    @Inject(RunningJobs) private readonly running: RunningJobs,
    @Inject(JobQueue) private readonly queue: JobQueue,
    @Inject(LinesRepository) private readonly lines: LinesRepository,
    @Inject(Dispatcher) private readonly dispatcher: Dispatcher,
    @Inject(DispatchRepository) private readonly rows: DispatchRepository,
    @Inject(EventRelay) private readonly relay: EventRelay,
    @Inject(WebhookSender) private readonly sender: WebhookSender,
    @Inject(SchedulesRepository) private readonly schedules: SchedulesRepository,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const { REDIS_URL, JOBS_CONCURRENCY, JOBS_LEASE_MS, JOBS_RECONCILE_MS, JOBS_RECHECK_MS } = this.settings;
    await this.bus.readFacts('jobs-attempts', (facts) => this.#hear(facts));
    await this.rows.beat(this.bus.instance, JOBS_CONCURRENCY).catch(this.#note('a beat was not noted'));
    const worker = openWorker(REDIS_URL, RunJob, ({ job_id }, context) => this.runner.run(job_id, context), {
      concurrency: JOBS_CONCURRENCY,
      logger: this.logger,
    });
    this.sender.start();
    this.relay.start();
    await this.dispatcher.start();
    const stops = [
      repeat(() => this.#renewLeases(), JOBS_LEASE_MS / BEATS_PER_LEASE, this.#note('leases were not renewed')),
      repeat(() => this.#reconcile(), JOBS_RECONCILE_MS, this.#note('rows and runners were not compared')),
      repeat(() => this.#recheck(), JOBS_RECHECK_MS, this.#note('rows and queue were not compared')),
      repeat(
        () => this.rows.beat(this.bus.instance, JOBS_CONCURRENCY),
        RUNNER_BEAT_MS,
        this.#note('a beat was not noted'),
      ),
      repeat(() => this.#fire(), SCHEDULE_LOOK_MS, this.#note('schedules were not looked through')),
      repeat(() => this.#forget(), RETENTION_LOOK_MS, this.#note('old payloads were not forgotten')),
    ];
    const stopHearing = this.bus.fleet.onLost((instance) => {
      this.#lose([instance]).catch(this.#note('the runs of a lost room were not given on'));
    });
    this.lifecycle.onDrain(async (graceMs) => {
      stopHearing();
      await this.rows.leave(this.bus.instance).catch(this.#note('this room is still counted'));
      await this.dispatcher.stop();
      await worker.close(graceMs);
      await Promise.all(stops.map((stop) => stop()));
      await this.relay.stop();
      await this.sender.stop();
    });
  }

  async #renewLeases(): Promise<void> {
    const before = this.running.snapshot();
    if (before.length === 0) return;
    this.running.cutMissing(before, await this.runs.renewLeases(this.bus.instance, this.settings.JOBS_LEASE_MS));
  }

  async #reconcile(): Promise<void> {
    const silent = (await this.runs.owners()).filter((owner) => !this.bus.fleet.isAlive(owner));
    // Twice in a row, and not by one who has hardly come in: a room that is up is heard of every half second.
    const isKnowing = performance.now() - this.#startedAt > NEWCOMER_MS;
    const gone = isKnowing ? silent.filter((owner) => this.#missing.has(owner)) : [];
    this.#missing = new Set(silent);
    if (gone.length > 0) await this.#lose(gone);
    const found = await this.runs.reconcile();
    if (found === null || (found.expired === 0 && found.lost.length === 0)) return;
    if (found.lost.length > 0) this.logger.warn({ jobs: found.lost }, 'leases lapsed; their jobs run again');
    this.relay.nudge();
    this.dispatcher.nudge();
  }

  /** The beats say that these rooms are gone: what they ran runs again, at no cost of the jobs' own retries. */
  async #lose(instances: readonly string[]): Promise<void> {
    const lost = await this.runs.loseRunsOf(instances);
    if (lost.length === 0) return;
    this.logger.warn({ instances, jobs: lost }, 'rooms were lost; their jobs run again');
    this.relay.nudge();
    this.dispatcher.nudge();
  }

  /** Redis may have lost what it was given. */
  async #recheck(): Promise<void> {
    await this.queue.put(await this.rows.dealtBefore(this.settings.JOBS_RECHECK_MS));
  }

  /** Submits what schedules have due. */
  async #fire(): Promise<void> {
    if ((await this.schedules.fire(this.settings.JOBS_MAX_RUNS, new Date())) === 0) return;
    this.relay.nudge();
    this.dispatcher.nudge();
  }

  async #forget(): Promise<void> {
    const { JOBS_PAYLOAD_DAYS, JOBS_ROW_DAYS } = this.settings;
    const keep = { payloadMs: JOBS_PAYLOAD_DAYS * DAY_MS, rowMs: JOBS_ROW_DAYS * DAY_MS };
    for (;;) {
      const gone = await inTransaction(this.store, (manager) => forgetOld(manager, keep, RETENTION_BATCH));
      if (gone.payloads < RETENTION_BATCH && gone.rows < RETENTION_BATCH) return;
    }
  }

  /** What attempts of jobs came to, from the workers themselves: known before a run's end, or long after it was given up. */
  async #hear(facts: readonly ReadFact[]): Promise<void> {
    const heard = facts.flatMap((fact) => {
      const checked = fact.check(AttemptFinished);
      if (!checked.success || checked.data.kind !== 'job') return [];
      return [{ requestId: checked.data.request_id, attempt: toSummary(checked.data) }];
    });
    if (heard.length === 0) return;
    await this.runs.hear(heard);
    await this.lines.hear(heard);
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
