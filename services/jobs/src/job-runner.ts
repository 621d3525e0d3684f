import { setTimeout as pause } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { BUS, LOGGER, SETTINGS } from '@skein/boot';
import { closeCompletion, newId, type Bus, type ClosedCompletion } from '@skein/bus';
import { SkeinError } from '@skein/contracts/errors';
import { RequestBody } from '@skein/contracts/wire';
import type { RunContext } from '@skein/queue';
import { traceparentOf, withSpan, type Logger } from '@skein/telemetry';
import { ChunkAssembler } from './assemble-chunks.js';
import { BrokenRuns } from './broken-runs.js';
import { decideRun, endRun, type EndedRun, type RunDecision } from './decide-run.js';
import { DispatchRepository } from './dispatch/dispatch.repository.js';
import { Dispatcher } from './dispatch/dispatcher.js';
import { ChunkLog } from './events/chunk-log.js';
import { EventRelay } from './events/event-relay.js';
import { EventsRepository } from './events/events.repository.js';
import type { Job, RunnableJob } from './job.js';
import { toOrder } from './order-run.js';
import { completeRun } from './run-completion.js';
import { RunningJobs, type CutReason } from './running-jobs.js';
import { RunsRepository, type HeldRun } from './runs.repository.js';
import type { JobsSettings } from './settings.js';

/** Longest time of one run, ms, were the job's deadline further away. The conductor's own bound is nearer. */
const LONGEST_RUN_MS = 600_000;
/** Two minutes. */
const STORE_TRIES = 240;
const STORE_PAUSE_MS = 500;

/** Runs one job, once: takes it, has it completed as its sink, and writes down what was decided. */
@Injectable()
export class JobRunner {
  constructor(
    @Inject(BUS) private readonly bus: Bus,
    @Inject(SETTINGS) private readonly settings: JobsSettings,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(RunsRepository) private readonly runs: RunsRepository,
    @Inject(BrokenRuns) private readonly brokenRuns: BrokenRuns,
    @Inject(RunningJobs) private readonly running: RunningJobs,
    @Inject(EventsRepository) private readonly chunks: EventsRepository,
    @Inject(EventRelay) private readonly relay: EventRelay,
    @Inject(Dispatcher) private readonly dispatcher: Dispatcher,
    @Inject(DispatchRepository) private readonly rows: DispatchRepository,
  ) {}

  /** What the queue calls. Throws what PostgreSQL threw. */
  async run(jobId: string, context: RunContext): Promise<void> {
    const requestId = newId('req');
    const taken = await this.runs.take(jobId, {
      owner: this.bus.instance,
      leaseMs: this.settings.JOBS_LEASE_MS,
      requestId,
    });
    switch (taken.is) {
      case 'taken':
        this.relay.nudge();
        return this.#runTaken(taken.job, taken.brokenRuns, requestId, context);
      case 'expired':
        return this.relay.nudge();
      case 'not now':
        return;
    }
  }

  /** The run continues the trace in which the job was submitted. */
  #runTaken(job: RunnableJob, brokenRuns: readonly string[], requestId: string, context: RunContext): Promise<void> {
    const submitted = job.traceparent ?? undefined;
    return withSpan('job.run', { kind: 'consumer', parent: submitted }, (span) =>
      this.#runHeld(job, brokenRuns, requestId, context, traceparentOf(span) ?? submitted),
    );
  }

  async #runHeld(
    job: RunnableJob,
    brokenRuns: readonly string[],
    requestId: string,
    { signal: queueSignal }: RunContext,
    traceparent: string | undefined,
  ): Promise<void> {
    const held: HeldRun = { id: job.id, epoch: job.epoch, requestId };
    const signal = this.running.hold(job.id, job.epoch);
    const onQueueAbort = (): void => this.running.cut(job.id, 'closing');
    if (queueSignal.aborted) onQueueAbort();
    queueSignal.addEventListener('abort', onQueueAbort, { once: true });
    const startedAt = performance.now();
    try {
      const ended =
        (await this.#judgeBrokenRuns(job, brokenRuns)) ?? (await this.#complete(job, requestId, signal, traceparent));
      await this.#settle(job, held, ended, signal);
    } finally {
      queueSignal.removeEventListener('abort', onQueueAbort);
      this.running.letGo(job.id, job.epoch);
      this.dispatcher.nudge();
      this.#learn(job, performance.now() - startedAt);
    }
  }

  /**
   * Earlier runs that nobody ended. A caller who accepts a second call does not wait for what they had come to; for one who
   * does not, this run does not begin unless they came to nothing.
   */
  async #judgeBrokenRuns(job: RunnableJob, requestIds: readonly string[]): Promise<EndedRun | null> {
    const closing = requestIds.map((requestId) => this.brokenRuns.close(job, requestId));
    if (job.retryUnknown) {
      for (const each of closing)
        each.catch((error: unknown) => this.logger.warn({ err: error, job: job.id }, 'a lost run stays open'));
      return null;
    }
    const closed = await Promise.all(closing);
    const isHarmless = (run: EndedRun): boolean => decideRun(run, this.#situationOf(job)).event !== 'fail';
    return closed.find((run) => !isHarmless(run)) ?? null;
  }

  async #complete(
    job: RunnableJob,
    requestId: string,
    signal: AbortSignal,
    traceparent: string | undefined,
  ): Promise<EndedRun> {
    const startedAt = performance.now();
    const leftMs = job.deadlineAt === null ? LONGEST_RUN_MS : job.deadlineAt.getTime() - Date.now();
    const order = toOrder(job, requestId, this.bus.instance);
    const deadline = startedAt + Math.min(LONGEST_RUN_MS, leftMs);
    const context = { requestId, tenant: job.caller.tenant, deadline, traceparent, signal };
    const streamed = order.stream ? new ChunkAssembler() : null;
    const log = new ChunkLog(this.chunks, this.logger, job);
    const run = await completeRun(this.bus, order, RequestBody.of(job.body), context, (payload) => {
      const chunk = readChunk(payload);
      streamed?.take(chunk);
      log.take(chunk);
    });
    await log.flush();
    const totalMs = performance.now() - startedAt;
    this.#tellOthers({ order, result: run.conductor, answer: run.answer, totalMs, at: Date.now(), traceparent });
    const ended = endRun(run.conductor, run.answer, streamed?.isEmpty === false ? streamed.answer : null);
    const reason = signal.aborted ? (signal.reason as CutReason) : null;
    // An answer that arrived in spite of the cut is an answer; the row decides whether it still counts.
    return ended.ending === 'answered' || reason === null || reason === 'closing'
      ? ended
      : { ...ended, ending: 'abandoned' };
  }

  async #settle(job: RunnableJob, held: HeldRun, ended: EndedRun, signal: AbortSignal): Promise<void> {
    if (ended.ending === 'interrupted' && signal.reason === 'closing') {
      await this.runs.giveBack(held);
      return this.relay.nudge();
    }
    const decision = decideRun(ended, this.#situationOf(job));
    const counted = await this.#store(held, ended, decision, signal);
    this.logger.info(
      {
        job: job.id,
        epoch: job.epoch,
        request: held.requestId,
        ending: ended.ending,
        decision: decision.event,
        code: ended.error?.code,
        counted,
      },
      'a run ended',
    );
    this.relay.nudge();
  }

  /** What a run took is what the next of its tenant is expected to take. Nobody waits for it. */
  #learn(job: Job, ms: number): void {
    this.rows
      .learn(job.caller.tenant, ms / 1_000)
      .catch((error: unknown) => this.logger.debug({ err: error }, 'the length of a run was not noted'));
  }

  /** An answer that is paid for is not given up because PostgreSQL is away for a while. */
  async #store(held: HeldRun, ended: EndedRun, decision: RunDecision, signal: AbortSignal): Promise<boolean> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.runs.endRun(held, ended, decision);
      } catch (error) {
        const isAway = error instanceof SkeinError && error.code === 'unavailable';
        if (!isAway || signal.aborted || tries === STORE_TRIES) throw error;
        await pause(STORE_PAUSE_MS);
      }
    }
  }

  #situationOf(job: Job) {
    return { ...job, now: new Date(), chance: Math.random() };
  }

  /** Record and cache are told, not waited for: they may be down. */
  #tellOthers(run: ClosedCompletion): void {
    closeCompletion(this.bus, run).catch((error: unknown) =>
      this.logger.warn({ err: error, request: run.order.request_id }, 'a run was not told of'),
    );
  }
}

function readChunk(payload: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(payload)) as unknown;
  } catch {
    return null;
  }
}
