import { formatUsd } from '@skein/catalog';
import type { BatchStatus, BatchView } from '@skein/contracts/jobs';
import { unixSeconds } from './jobs-room.js';

/** The moment OpenAI's batch object tells for each status, by its name there. */
const momentNames: Record<BatchStatus, string> = {
  validating: 'created_at',
  in_progress: 'in_progress_at',
  finalizing: 'finalizing_at',
  completed: 'completed_at',
  failed: 'failed_at',
  expired: 'expired_at',
  cancelling: 'cancelling_at',
  cancelled: 'cancelled_at',
};

/** A batch as OpenAI's clients read it; `lane`, `cost_usd` and `merged` are ours. */
export function publicBatch(batch: BatchView) {
  const { counts, errors, times } = batch;
  const moments = Object.entries(momentNames).map(([status, name]) => {
    const at = times[status as BatchStatus];
    return [name, at === undefined ? null : unixSeconds(at)];
  });
  return {
    id: batch.id,
    object: 'batch',
    endpoint: batch.endpoint,
    errors: errors.length === 0 ? null : { object: 'list', data: errors },
    input_file_id: batch.input_file_id,
    completion_window: batch.completion_window,
    status: batch.status,
    output_file_id: batch.output_file_id,
    error_file_id: batch.error_file_id,
    ...(Object.fromEntries(moments) as Record<string, number | null>),
    expires_at: unixSeconds(batch.expires_at),
    request_counts: {
      total: counts.total,
      completed: counts.succeeded,
      failed: counts.failed + counts.expired + counts.cancelled,
    },
    metadata: batch.metadata,
    lane: batch.lane,
    cost_usd: formatUsd(batch.cost_nano_usd),
    merged: publicReport(batch.merged ?? null),
  };
}

function publicReport(merged: BatchView['merged'] | null) {
  if (merged == null) return null;
  const { cost_nano_usd: cost, alone_nano_usd: alone, ...counts } = merged;
  return { ...counts, cost_usd: formatUsd(cost), alone_cost_usd: formatUsd(alone) };
}

/** A batch as Anthropic's clients read it. */
export function publicMessageBatch(batch: BatchView, resultsUrl: string) {
  const { counts, times, status } = batch;
  const hasEnded = status === 'completed' || status === 'failed' || status === 'expired' || status === 'cancelled';
  const ended = counts.succeeded + counts.failed + counts.cancelled + counts.expired;
  return {
    id: batch.id,
    type: 'message_batch',
    processing_status: hasEnded ? 'ended' : times.cancelling === undefined ? 'in_progress' : 'canceling',
    request_counts: {
      processing: hasEnded ? 0 : counts.total - ended,
      succeeded: counts.succeeded,
      errored: counts.failed,
      canceled: counts.cancelled,
      expired: counts.expired,
    },
    created_at: times.validating,
    expires_at: batch.expires_at,
    cancel_initiated_at: times.cancelling ?? null,
    ended_at: times.completed ?? times.failed ?? times.expired ?? times.cancelled ?? null,
    archived_at: null,
    results_url: hasEnded ? resultsUrl : null,
  };
}
