import { DelayedError, UnrecoverableError, WaitingError, Worker, type Job as QueuedJob } from 'bullmq';
import { SkeinError } from '@skein/contracts/errors';
import type { Job } from '@skein/contracts/make';
import type { Logger } from '@skein/telemetry';
import { connectWorker, logOutages } from './connections.js';
import { knownQueue, queuePolicies } from './policies.js';
import { queueTelemetry } from './telemetry.js';

const DEFAULT_GRACE_MS = 10_000;
/** How long cancelled handlers and the connection may take to end. */
const CUT_BOUND_MS = 1_000;

export interface RunContext {
  /** Aborts when this worker is closed and its grace is over. A lost lock aborts nothing: the row's own fence decides. */
  readonly signal: AbortSignal;
  /** 1 at the first; runs that ended with the death of a worker or with `Postponed` are not counted. */
  readonly attempt: number;
  /** Whether a failure now is the job's last. */
  readonly isLastAttempt: boolean;
}

/** Thrown by a handler: not now, but again after `delayMs`, without using up an attempt. */
export class Postponed extends Error {
  override readonly name = 'Postponed';

  constructor(readonly delayMs: number) {
    super(`postponed for ${delayMs} ms`);
  }
}

/**
 * Runs one job. What it throws is a failed attempt, to be repeated by the queue's policy; a `SkeinError` that the error
 * table says never to retry is the job's last, and `Postponed` is no failure. It may be called again for a job whose worker
 * was lost, even beside a run that has not noticed yet: the row's own fence decides.
 */
export type RunHandler<Data> = (data: Data, context: RunContext) => Promise<void>;

export interface WorkerOptions {
  /** Most jobs at once in this process. */
  readonly concurrency: number;
  readonly logger: Logger;
}

export interface JobWorker {
  /** Resolves when the worker is connected and takes jobs. */
  ready(): Promise<void>;
  /**
   * Takes no more jobs and waits for those under way for at most `graceMs` (default 10,000), then aborts their signals.
   * What is cut goes back to the queue and uses up no attempt.
   */
  close(graceMs?: number): Promise<void>;
}

/** Opens the consuming end of a queue. It outlasts any outage of Redis. Throws RangeError when the queue has no policy. */
export function openWorker<Data>(
  redisUrl: string,
  contract: Job<Data>,
  handler: RunHandler<Data>,
  { concurrency, logger }: WorkerOptions,
): JobWorker {
  const name = knownQueue(contract.queue);
  const policy = queuePolicies[name];
  const outages = logOutages(logger, name);
  let isClosing = false;
  const client = connectWorker(redisUrl);

  async function run(job: QueuedJob, token: string | undefined, signal: AbortSignal | undefined): Promise<void> {
    const parsed = contract.data.safeParse(job.data);
    if (!parsed.success) throw new UnrecoverableError(`the data of job ${job.id} does not fit its contract`);
    const attempt = job.attemptsMade + 1;
    const context = {
      signal: signal ?? new AbortController().signal,
      attempt,
      isLastAttempt: attempt >= policy.attempts,
    };
    try {
      await handler(parsed.data, context);
    } catch (error) {
      if (error instanceof Postponed) {
        await job.moveToDelayed(Date.now() + error.delayMs, token);
        throw new DelayedError();
      }
      if (isClosing && context.signal.aborted) {
        await job.moveToWait(token);
        throw new WaitingError();
      }
      logger.warn({ err: error, queue: name, job: job.id, attempt }, 'a job failed');
      throw isFinal(error) ? new UnrecoverableError(error.message) : error;
    }
  }

  // All three parameters must be named: BullMQ makes a signal only for handlers that ask for one.
  const worker = new Worker(name, (job, token, signal) => run(job, token, signal as AbortSignal | undefined), {
    connection: client,
    telemetry: queueTelemetry,
    concurrency,
    lockDuration: policy.lockMs,
    stalledInterval: policy.stalledCheckMs,
    maxStalledCount: policy.maxStalledCount,
    runRetryDelay: policy.retryPauseMs,
  });
  worker.on('error', outages.onError);
  worker.on('ready', outages.onReady);
  worker.on('active', outages.onReady);

  return {
    ready: async () => void (await worker.waitUntilReady()),
    close: async (graceMs = DEFAULT_GRACE_MS) => {
      isClosing = true;
      const closed = worker.close().catch(outages.onError);
      if (!(await endsWithin(graceMs, closed))) {
        worker.cancelAllJobs('the worker is closing');
        await endsWithin(CUT_BOUND_MS, closed);
      }
      // Where Redis is away or a handler does not end, the locks lapse and other workers take over.
      client.disconnect();
      await endsWithin(CUT_BOUND_MS, closed);
    },
  };
}

function isFinal(error: unknown): error is SkeinError {
  return error instanceof SkeinError && error.row.retry === 'never';
}

async function endsWithin(boundMs: number, work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const bound = new Promise<false>((resolve) => (timer = setTimeout(resolve, boundMs, false)));
  const isOver = await Promise.race([work.then(() => true), bound]);
  clearTimeout(timer);
  return isOver;
}
