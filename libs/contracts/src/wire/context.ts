import type { StopSignal } from './stop-signal.js';

/** What travels with every call beside its body. Times are local: `deadline` is on this process's monotonic clock. */
export interface CallContext {
  readonly requestId: string;
  readonly tenant?: string;
  /** Moment on the local monotonic clock (`performance.now()`, ms) at which the caller stops waiting. */
  readonly deadline: number;
  /** W3C trace context of the caller's span. */
  readonly traceparent?: string;
  /** Aborts when the caller no longer wants the answer; the reason is a `CancelReason`. */
  readonly signal?: StopSignal;
}

/** Why a call was cancelled, and how hard: `cut` closes the vendor's socket, `drain` reads the answer to its end. */
export interface CancelReason {
  readonly reason: string;
  readonly mode: 'drain' | 'cut';
}
