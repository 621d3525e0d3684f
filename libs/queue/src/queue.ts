import { Queue } from 'bullmq';
import type { Priority } from '@skein/contracts/gateway';
import type { Job } from '@skein/contracts/make';
import { continueTrace, type Logger } from '@skein/telemetry';
import { connectProducer, logOutages, queueAway, untilReady } from './connections.js';
import { knownQueue, queuePolicies } from './policies.js';
import { queueTelemetry } from './telemetry.js';

/** BullMQ: lower runs earlier, and jobs without a number before all others. So everything has one. */
const priorityNumbers: Record<Priority, number> = { high: 1, normal: 2, low: 3 };

export interface AddOptions {
  /** The job's own id: a second entry under it is ignored while the first is there. Must not contain a colon. */
  readonly jobId: string;
  /** Default 0. */
  readonly delayMs?: number;
  /** Default `normal`. */
  readonly priority?: Priority;
  /** The trace to continue when the job runs. Default: the active one. */
  readonly traceparent?: string;
}

export interface JobQueue<Data> {
  /** Resolves when Redis has the job. Throws `SkeinError` `unavailable` within about a second when it cannot be reached. */
  add(data: Data, options: AddOptions): Promise<void>;
  /** Takes a job out again. False when it is not there or already with a worker. Throws `unavailable`. */
  remove(jobId: string): Promise<boolean>;
  /** Jobs that wait, are delayed or are being run. Throws `unavailable`. */
  counts(): Promise<{ waiting: number; delayed: number; active: number }>;
  close(): Promise<void>;
}

/** Opens the producing end of a queue. Throws RangeError when the queue has no policy. */
export function openQueue<Data>(redisUrl: string, contract: Job<Data>, { logger }: { logger: Logger }): JobQueue<Data> {
  const name = knownQueue(contract.queue);
  const policy = queuePolicies[name];
  const client = connectProducer(redisUrl);
  const outages = logOutages(logger, name);
  client.on('error', outages.onError).on('ready', outages.onReady);
  let opened: Queue | undefined;

  // BullMQ asks Redis its version once and keeps a failure for good: a queue is made on a live connection, or made again.
  async function ask<Result>(question: (queue: Queue) => Promise<Result>): Promise<Result> {
    await untilReady(client);
    opened ??= makeQueue();
    try {
      await opened.waitUntilReady();
    } catch (error) {
      opened = undefined;
      throw queueAway(error);
    }
    try {
      return await question(opened);
    } catch (error) {
      throw isRefusal(error) ? error : queueAway(error);
    }
  }

  function makeQueue(): Queue {
    const queue = new Queue(name, {
      connection: client,
      telemetry: queueTelemetry,
      defaultJobOptions: {
        attempts: policy.attempts,
        backoff: { type: 'exponential', delay: policy.backoff.baseMs, jitter: policy.backoff.jitter },
        removeOnComplete: policy.removeOnComplete,
        removeOnFail: policy.removeOnFail,
        sizeLimit: policy.maxDataBytes,
      },
    });
    queue.on('error', outages.onError);
    return queue;
  }

  return {
    add: async (data, { jobId, delayMs = 0, priority = 'normal', traceparent }) => {
      const parsed = contract.data.parse(data);
      const options = { jobId, delay: delayMs, priority: priorityNumbers[priority] };
      await continueTrace(traceparent, () => ask((queue) => queue.add(name, parsed, options)));
    },
    remove: (jobId) => ask(async (queue) => (await queue.remove(jobId)) === 1),
    counts: () =>
      ask(async (queue) => {
        const { prioritized = 0, waiting = 0, delayed = 0, active = 0 } = await queue.getJobCounts();
        return { waiting: waiting + prioritized, delayed, active };
      }),
    close: async () => {
      await opened?.close().catch(outages.onError);
      client.disconnect();
    },
  };
}

/** Whether BullMQ itself refused (a bad id, too much data), rather than the connection failing. */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && /job|custom id|size|priority|delay/i.test(error.message) && !/connection|timed out|writeable/i.test(error.message);
}
