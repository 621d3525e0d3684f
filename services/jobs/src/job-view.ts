import { fromWireError, toOpenAiError } from '@skein/contracts/errors';
import type { JobListing, JobView } from '@skein/contracts/jobs';
import { resultOfFailure } from './decide-run.js';
import type { Job } from './job.js';

/** A job as its customer sees it. */
export function toJobView(job: Job, estimatedStart: Date | null = null): JobView {
  const { error } = job;
  return {
    ...toJobListing(job, estimatedStart),
    result: error !== null && job.status === 'failed' ? resultOfFailure(error) : job.result,
    explanation: job.explanation,
  };
}

/** A job as it stands in a list. */
export function toJobListing(job: Job, estimatedStart: Date | null = null): JobListing {
  const { error } = job;
  return {
    id: job.id,
    object: 'job',
    status: job.status,
    endpoint: job.endpoint,
    // While the job is still being tried, what its last run failed of is for the log, not for the customer.
    error:
      error !== null && (job.status === 'failed' || job.status === 'expired')
        ? toOpenAiError(fromWireError(error)).error
        : null,
    attempts: [...job.attempts],
    cost_nano_usd: sumCosts(job),
    priority: job.priority,
    metadata: job.metadata,
    runs: job.epoch,
    failed_runs: job.failedRuns,
    created_at: job.createdAt.toISOString(),
    started_at: job.startedAt?.toISOString() ?? null,
    finished_at: job.finishedAt?.toISOString() ?? null,
    deadline: job.deadlineAt?.toISOString() ?? null,
    not_before: job.notBefore?.toISOString() ?? null,
    estimated_start: estimatedStart?.toISOString() ?? null,
    payload_expired: job.payloadExpired,
  };
}

/** Nano-USD over the attempts whose cost is known; null while none is. */
export function sumCosts({ attempts }: Job): number | null {
  const known = attempts.flatMap(({ cost_nano_usd: cost }) => (cost === null ? [] : [cost]));
  return known.length === 0 ? null : known.reduce((sum, cost) => sum + cost, 0);
}
