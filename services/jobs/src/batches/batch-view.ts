import type { BatchView } from '@skein/contracts/jobs';
import type { Batch, LineCounts } from './batch.js';
import type { MergeReport } from './merge-lane/merged-calls.repository.js';

/** A batch as its customer sees it; a line that waits for another try is neither succeeded nor failed yet. */
export function toBatchView(batch: Batch, counts: LineCounts | undefined, merged: MergeReport | undefined): BatchView {
  return {
    id: batch.id,
    dialect: batch.dialect,
    endpoint: batch.endpoint,
    lane: batch.lane,
    status: batch.status,
    errors: [...batch.errors],
    input_file_id: batch.inputFileId,
    output_file_id: batch.outputFileId,
    error_file_id: batch.errorFileId,
    completion_window: batch.completionWindow,
    metadata: batch.metadata,
    counts: {
      total: batch.total,
      succeeded: counts?.succeeded ?? 0,
      failed: counts?.failed ?? 0,
      cancelled: counts?.cancelled ?? 0,
      expired: counts?.expired ?? 0,
    },
    cost_nano_usd: counts?.costNanoUsd ?? 0,
    merged: merged ?? null,
    times: Object.fromEntries(
      Object.entries(batch.times).map(([status, at]) => [status, new Date(at).toISOString()]),
    ) as BatchView['times'],
    expires_at: batch.expiresAt.toISOString(),
  };
}
