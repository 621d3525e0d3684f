import { Stopper, type CancelReason, type StopSignal } from '@skein/contracts/wire';
import { isObject } from './json.js';

export interface CancelWatch {
  /** Set once the attempt is no longer wanted. */
  readonly cancelled: CancelReason | null;
  /** Aborts when the vendor's socket is to be closed at once; stays quiet when the answer is to be read to its end. */
  readonly cut: StopSignal;
  release(): void;
}

/** An abort without a readable reason (a caller's death, a deadline) cuts. */
function reasonOf(signal: StopSignal): CancelReason {
  const told: unknown = signal.reason;
  if (isObject(told) && typeof told.reason === 'string') {
    return { reason: told.reason, mode: told.mode === 'drain' ? 'drain' : 'cut' };
  }
  return { reason: 'the caller is gone', mode: 'cut' };
}

/** Watches the caller's signal for one attempt. */
export function watchCancel(signal: StopSignal): CancelWatch {
  const cut = new Stopper();
  let cancelled: CancelReason | null = null;
  const onAbort = () => {
    cancelled = reasonOf(signal);
    if (cancelled.mode === 'cut') cut.abort();
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  return {
    get cancelled() {
      return cancelled;
    },
    cut,
    release: () => signal.removeEventListener('abort', onAbort),
  };
}
