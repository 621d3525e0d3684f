import { Queue } from 'bullmq';
import type { Priority } from '@skein/contracts/gateway';
import type { Job } from '@skein/contracts/make';
import { continueTrace, type Logger } from '@skein/telemetry';
import { connectProducer, logOutages, queueAway, untilReady } from './connections.js';
import { knownQueue, queuePolicies } from './policies.js';
import { queueTelemetry } from './telemetry.js';

/** BullMQ: lower runs earlier, and jobs without a number before all others. So everything has one. */
const priorityNumbers: Record<Priority, number> = { high: 1, normal: 2, low: 3 };

/** BullMQ's own bound. */
const HIGHEST_RANK = 2 ** 21;

export interface AddOptions {
  /** The job's own id: a second entry under it is ignored while the first is there. No colon, not digits alone. */
  readonly jobId: string;
  /** Default 0. */
  readonly delayMs?: number;
  /** Default `normal`. */
  readonly priority?: Priority;
  /** Instead of a priority: a whole number from 1; lower runs earlier. For owners that keep an order of their own. */
  readonly rank?: number;
  /** The trace to continue when the job runs. Default: the active one. */
  readonly traceparent?: string;
}

export interface JobQueue<Data> {
  /**
   * Resolves when Redis has the job. Throws `SkeinError` `unavailable` within about a second when it cannot be reached, and
   * RangeError or ZodError for what no queue could take.
   */
  add(data: Data, options: AddOptions): Promise<void>;
  /** As `add`, for several at once; when it throws, any of them may be there. */
  addMany(entries: readonly { readonly data: Data; readonly options: AddOptions }[]): Promise<void>;
  /** Takes a job out again. False when a worker has it already, true when it is (or was) no longer there. Throws `unavailable`. */
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
    return question(opened).catch((error: unknown) => {
      throw queueAway(error);
    });
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
      },
    });
    queue.on('error', outages.onError);
    return queue;
  }

  async function add(data: Data, given: AddOptions): Promise<void> {
    const parsed = contract.data.parse(data);
    checkAdd(parsed, given, policy.maxDataBytes);
    const { jobId, delayMs = 0, priority = 'normal', rank, traceparent } = given;
    const options = { jobId, delay: delayMs, priority: rank ?? priorityNumbers[priority] };
    await continueTrace(traceparent, () => ask((queue) => queue.add(name, parsed, options)));
  }

  return {
    add,
    addMany: async (entries) => {
      await Promise.all(entries.map(({ data, options }) => add(data, options)));
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

/** Refuses what BullMQ would, so that whatever it still throws means that Redis is away. */
function checkAdd(data: unknown, { jobId, delayMs = 0, rank = 1 }: AddOptions, maxDataBytes: number): void {
  if (!Number.isInteger(rank) || rank < 1 || rank > HIGHEST_RANK) throw new RangeError(`${rank} cannot be a rank`);
  if (!/^[^:]+$/.test(jobId) || /^\d+$/.test(jobId)) throw new RangeError(`"${jobId}" cannot be the id of a job`);
  if (!(delayMs >= 0)) throw new RangeError(`a job cannot be delayed for ${delayMs} ms`);
  const bytes = Buffer.byteLength(JSON.stringify(data));
  if (bytes > maxDataBytes)
    throw new RangeError(`job ${jobId} has ${bytes} bytes of data; at most ${maxDataBytes} fit`);
}
