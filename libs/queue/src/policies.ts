/**
 * How each queue of BullMQ behaves, as one total table: a queue without a row does not compile, and nothing is left to
 * BullMQ's defaults, which suit work whose truth is in Redis. Ours is in PostgreSQL; Redis holds ids.
 */
export const queueNames = ['skein-jobs', 'skein-batches', 'skein-workflows'] as const;
export type QueueName = (typeof queueNames)[number];

export interface QueuePolicy {
  /** How often a handler may fail before the job is given up. */
  readonly attempts: number;
  /** Pause before the next attempt: `baseMs` doubled at each, less up to `jitter` (0–1) of it by chance. */
  readonly backoff: { readonly baseMs: number; readonly jitter: number };
  readonly removeOnComplete: boolean;
  readonly removeOnFail: boolean;
  /** How long a job stays with a worker that has gone silent, ms. Renewed at half of it while the handler runs. */
  readonly lockMs: number;
  /** How often silent workers are looked for, ms. */
  readonly stalledCheckMs: number;
  /** How often a job may outlive its worker. */
  readonly maxStalledCount: number;
  /** Pause after Redis has failed a worker, ms. */
  readonly retryPauseMs: number;
  /** Longest data of one job, bytes. */
  readonly maxDataBytes: number;
}

export const queuePolicies: Record<QueueName, QueuePolicy> = {
  'skein-jobs': {
    // A job's run fails over between vendors by itself: what fails here is the mesh, and that passes. About 17 minutes.
    attempts: 10,
    backoff: { baseMs: 1_000, jitter: 0.5 },
    // The row tells the story. A finished entry that stayed would swallow a later entry under the same id in silence.
    removeOnComplete: true,
    removeOnFail: true,
    // The row's lease is the fence, so that a lock may lapse early: what a killed worker had taken and not begun is free
    // again within seconds, and what is begun a second time finds its row held.
    lockMs: 3_000,
    stalledCheckMs: 1_000,
    // The death of our own processes uses up none of a job's attempts, however often it comes.
    maxStalledCount: 1_000_000,
    retryPauseMs: 500,
    // Ids only.
    maxDataBytes: 4_096,
  },
  'skein-batches': {
    // A turn that failed is taken again, for about half a minute; then the row, which is looked after, wakes the batch anew.
    attempts: 5,
    backoff: { baseMs: 1_000, jitter: 0.5 },
    removeOnComplete: true,
    removeOnFail: true,
    lockMs: 10_000,
    stalledCheckMs: 5_000,
    maxStalledCount: 1_000,
    retryPauseMs: 500,
    maxDataBytes: 4_096,
  },
  'skein-workflows': {
    // A wake-up only: what fails in a run is the run's own business, what fails here is the mesh.
    attempts: 10,
    backoff: { baseMs: 1_000, jitter: 0.5 },
    removeOnComplete: true,
    removeOnFail: true,
    lockMs: 10_000,
    stalledCheckMs: 5_000,
    maxStalledCount: 1_000,
    retryPauseMs: 500,
    maxDataBytes: 4_096,
  },
};

/** Narrows a contract's queue to one that has a policy. Throws RangeError for any other. */
export function knownQueue(name: string): QueueName {
  const known = queueNames.find((queue) => queue === name);
  if (known === undefined) throw new RangeError(`no policy for queue "${name}"; known: ${queueNames.join(', ')}`);
  return known;
}
