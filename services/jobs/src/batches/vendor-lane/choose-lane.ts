// Which lines go to a vendor's own batch API, and until when it may take its time. Pure.
import { batchTermsOf, type ModelRecord } from '@skein/catalog';
import type { BatchLane } from '@skein/contracts/jobs';
import { batchVendors } from '@skein/contracts/provider';

/** A window shorter than this leaves a vendor's batch API no time; they promise a day. */
const LEAST_WINDOW_MS = 3_600_000;
/** Share of the window that is kept for running in real time what the vendor has not done. */
const KEPT_SHARE = 0.25;
const LEAST_KEPT_MS = 5_000;

export interface LaneQuestion {
  readonly lane: BatchLane;
  readonly windowMs: number;
  /** The model that would answer; null where no plan could be made. */
  readonly record: Pick<ModelRecord, 'vendor' | 'batch' | 'capabilities'> | null;
  readonly onDate: string;
}

const goesToVendors: Record<BatchLane, boolean> = { realtime: false, vendor: true, merge: false, auto: true };

/** `vendor` where its batch API is spoken, and (in `auto`) where that is cheaper and the window allows it. */
export function chooseLane({ lane, windowMs, record, onDate }: LaneQuestion): 'realtime' | 'vendor' {
  if (record === null || !goesToVendors[lane] || !batchVendors.some((vendor) => vendor === record.vendor))
    return 'realtime';
  // Lines go to a vendor as chats.
  if (record.capabilities.chat_completions === false) return 'realtime';
  if (lane === 'vendor') return 'vendor';
  return windowMs >= LEAST_WINDOW_MS && batchTermsOf(record, onDate) !== null ? 'vendor' : 'realtime';
}

/** From when on lines that are still at a vendor are run in real time: with a quarter of the window left. */
export function promotionAt(createdAt: Date, expiresAt: Date): Date {
  const windowMs = expiresAt.getTime() - createdAt.getTime();
  return new Date(expiresAt.getTime() - Math.max(LEAST_KEPT_MS, windowMs * KEPT_SHARE));
}
