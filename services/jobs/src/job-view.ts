import { fromWireError, toOpenAiError } from '@skein/contracts/errors';
import type { JobView } from '@skein/contracts/jobs';
import { resultOfFailure } from './decide-run.js';
import type { Job } from './job.js';

/** A job as its customer sees it. */
export function toJobView(job: Job): JobView {
  const { error } = job;
  return {
    id: job.id,
    object: 'job',
    status: job.status,
    endpoint: job.endpoint,
    result: error !== null && job.status === 'failed' ? resultOfFailure(error) : job.result,
    // While the job is still being tried, what its last run failed of is for the log, not for the customer.
    error:
      error !== null && (job.status === 'failed' || job.status === 'expired')
        ? toOpenAiError(fromWireError(error)).error
        : null,
    attempts: [...job.attempts],
    cost_nano_usd: sumCosts(job),
    priority: job.priority,
    metadata: job.metadata,
    created_at: job.createdAt.toISOString(),
    started_at: job.startedAt?.toISOString() ?? null,
    finished_at: job.finishedAt?.toISOString() ?? null,
    deadline: job.deadlineAt?.toISOString() ?? null,
  };
}

/** Nano-USD over the attempts whose cost is known; null while none is. */
function sumCosts({ attempts }: Job): number | null {
  const known = attempts.flatMap(({ cost_nano_usd: cost }) => (cost === null ? [] : [cost]));
  return known.length === 0 ? null : known.reduce((sum, cost) => sum + cost, 0);
}
