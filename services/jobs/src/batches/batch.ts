import type { Caller } from '@skein/contracts/attempt';
import type { WireError } from '@skein/contracts/errors';
import type { BatchDialect, BatchLane, BatchLineError, BatchStatus, BatchView } from '@skein/contracts/jobs';
import type { AttemptSummary } from '@skein/contracts/orchestrator';

export type BatchEnd = 'completed' | 'expired' | 'cancelled';
export type LineStatus = 'queued' | 'running' | 'at_vendor' | 'succeeded' | 'failed' | 'cancelled' | 'expired';

export interface NewBatch {
  readonly id: string;
  readonly caller: Caller;
  readonly dialect: BatchDialect;
  readonly endpoint: BatchView['endpoint'];
  readonly lane: BatchLane;
  readonly idempotencyKey: string | null;
  readonly fingerprint: string;
  readonly inputFileId: string;
  readonly completionWindow: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly traceparent: string | null;
}

/** A batch as it stands. */
export interface Batch extends NewBatch {
  readonly status: BatchStatus;
  /** What it will be called when its lines are written out; null while they run. */
  readonly endsAs: BatchEnd | null;
  /** Raised by whoever reads it in or closes it; an older one's writing is refused. */
  readonly epoch: number;
  readonly errors: readonly BatchLineError[];
  readonly outputFileId: string | null;
  readonly errorFileId: string | null;
  readonly total: number;
  /** When it took on each status, ISO 8601. */
  readonly times: Readonly<Partial<Record<BatchStatus, string>>>;
}

/** How its lines stand. */
export interface LineCounts {
  readonly queued: number;
  readonly running: number;
  readonly at_vendor: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly expired: number;
  readonly costNanoUsd: number;
}

/** A line in the hands of a runner. */
export interface HeldLine {
  readonly lineNo: number;
  readonly epoch: number;
  readonly failedRuns: number;
  readonly requestId: string;
  readonly body: object;
}

export interface WeighedLine extends HeldLine {
  /** Length of its request. */
  readonly bytes: number;
}

/** What came of running it. */
export interface SettledLine extends Pick<HeldLine, 'lineNo' | 'epoch'> {
  readonly status: Exclude<LineStatus, 'running' | 'at_vendor'>;
  readonly result: { readonly status_code: number; readonly body: unknown } | null;
  readonly error: WireError | null;
  readonly attempts: readonly AttemptSummary[];
  readonly notBefore: Date | null;
  readonly failedRuns: number;
}

/** A line that has ended, as it is written out. */
export interface EndedLine {
  readonly lineNo: number;
  readonly customId: string;
  readonly requestId: string | null;
  /** Of a line that asked in another dialect than the one it was run in. */
  readonly asked: object | null;
  readonly status: Exclude<LineStatus, 'queued' | 'running' | 'at_vendor'>;
  readonly result: { readonly status_code: number; readonly body: unknown } | null;
  readonly error: WireError | null;
  readonly attempts: readonly AttemptSummary[];
}

/** Several slots run one batch, in as many processes as there are; each has its turn, then the next batch has. */
export const SLOTS_PER_BATCH = 4;

export const openStatuses = ['validating', 'in_progress', 'finalizing', 'cancelling'] as const satisfies BatchStatus[];
