import type { Caller } from '@skein/contracts/attempt';
import type { WireError } from '@skein/contracts/errors';
import type { Priority, RequestMetadata } from '@skein/contracts/gateway';
import type { JobStatus, JobSubmission, JobView } from '@skein/contracts/jobs';
import type { AttemptSummary, Explanation } from '@skein/contracts/orchestrator';

/** What is fixed when a job is accepted. */
export interface NewJob {
  readonly id: string;
  readonly caller: Caller;
  readonly idempotencyKey: string | null;
  /** Hash of the submission: tells the same submission from another under one idempotency key. */
  readonly fingerprint: string;
  readonly endpoint: JobSubmission['endpoint'];
  readonly body: JobSubmission['body'];
  readonly metadata: RequestMetadata;
  readonly priority: Priority;
  readonly retryUnknown: boolean;
  /** Runs that may fail before the job does. */
  readonly maxRuns: number;
  readonly deadlineAt: Date | null;
  /** Not run before this moment. */
  readonly notBefore: Date | null;
  readonly createdAt: Date;
  readonly traceparent: string | null;
  readonly onExhausted: 'fail' | 'job';
  /** The endpoint its ends are called out to. */
  readonly webhookId: string | null;
  /** `api`, or what made it: `schedule:<id>`. */
  readonly origin: string;
  /** Vendor of the model it names, and the one deployment it can go to; null where the router chooses. */
  readonly vendor: string | null;
  readonly target: string | null;
  /** Where it stands in its tenant's line. */
  readonly place: Date;
}

/** A job as it stands. Its body can be large, and only a runner has use for it. */
export interface Job extends Omit<NewJob, 'body'> {
  readonly status: JobStatus;
  /** Raised whenever a runner takes the job; what a runner of an earlier epoch brings is refused. */
  readonly epoch: number;
  /** Runs that failed and counted. A run that our own rooms broke off does not count. */
  readonly failedRuns: number;
  readonly result: NonNullable<JobView['result']> | null;
  readonly error: WireError | null;
  readonly attempts: readonly AttemptSummary[];
  readonly explanation: Explanation | null;
  readonly payloadExpired: boolean;
  readonly dispatchedAt: Date | null;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
}

/** A job in the hands of a runner. */
export interface RunnableJob extends Job, Pick<NewJob, 'body'> {}

/** What the queue needs to know of a job that was dealt out. `epoch` is that of the run to come: an entry is for one run. */
export interface QueueEntry {
  readonly id: string;
  readonly epoch: number;
  readonly rank: number;
  readonly traceparent: string | null;
}
