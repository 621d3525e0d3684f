import type { BatchStatus } from '@skein/contracts/jobs';

export const batchEvents = ['run', 'refuse', 'cancel', 'close', 'wind_up', 'complete', 'expire', 'call_off'] as const;
/**
 * `run`: read in and found good · `refuse`: read in and found wanting · `cancel`: the customer's wish · `close`: no line is
 * left to run · `wind_up`: nor of one that is being cancelled · `complete`, `expire`, `call_off`: written out,
 * as what it then is.
 */
export type BatchEvent = (typeof batchEvents)[number];

/** What each event does to each status; `null`: nothing. Total: a pair without a row does not compile. */
export const nextBatchStatus: Record<BatchEvent, Record<BatchStatus, BatchStatus | null>> = {
  run: { ...unmoved(), validating: 'in_progress' },
  refuse: { ...unmoved(), validating: 'failed' },
  cancel: { ...unmoved(), validating: 'cancelling', in_progress: 'cancelling' },
  close: { ...unmoved(), in_progress: 'finalizing' },
  wind_up: { ...unmoved(), cancelling: 'finalizing' },
  complete: { ...unmoved(), finalizing: 'completed' },
  expire: { ...unmoved(), finalizing: 'expired' },
  call_off: { ...unmoved(), finalizing: 'cancelled' },
};

function unmoved(): Record<BatchStatus, null> {
  return {
    validating: null,
    in_progress: null,
    finalizing: null,
    completed: null,
    failed: null,
    expired: null,
    cancelling: null,
    cancelled: null,
  };
}

/** The statuses an event moves, and where to; an event moves to one status only. */
export function batchMoveOf(event: BatchEvent): { from: BatchStatus[]; to: BatchStatus } {
  const moves = Object.entries(nextBatchStatus[event]).flatMap(([from, to]) =>
    to === null ? [] : [{ from: from as BatchStatus, to }],
  );
  const [first] = moves;
  if (first === undefined || moves.some(({ to }) => to !== first.to)) throw new RangeError(`${event} moves nowhere`);
  return { from: moves.map(({ from }) => from), to: first.to };
}
