type StopListener = (event?: unknown) => void;

/**
 * How work is told to stop. An `AbortSignal` is one; within the mesh a `Stopper` takes its place, because every request
 * passes half a dozen of them and a DOM event target costs more than most of what it might stop.
 */
export interface StopSignal {
  readonly aborted: boolean;
  /** What was given to `abort`; within the mesh a `CancelReason`. */
  readonly reason: unknown;
  addEventListener(type: 'abort', listener: StopListener, options?: { readonly once?: boolean }): void;
  removeEventListener(type: 'abort', listener: StopListener): void;
}

/** Controller and signal in one. Aborts once; a listener that throws does not keep the others from hearing of it. */
export class Stopper implements StopSignal {
  #aborted = false;
  #reason: unknown = undefined;
  #listeners: StopListener[] = [];

  get aborted(): boolean {
    return this.#aborted;
  }

  get reason(): unknown {
    return this.#reason;
  }

  addEventListener(_type: 'abort', listener: StopListener): void {
    if (!this.#aborted) this.#listeners.push(listener);
  }

  removeEventListener(_type: 'abort', listener: StopListener): void {
    const place = this.#listeners.indexOf(listener);
    if (place >= 0) this.#listeners.splice(place, 1);
  }

  abort(reason?: unknown): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#reason = reason;
    const listeners = this.#listeners;
    this.#listeners = [];
    for (const listener of listeners) {
      try {
        listener();
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  /** Aborts when the other does, for its reason. Returns the way to follow it no more. */
  follow(other: StopSignal): () => void {
    const onAbort = (): void => this.abort(other.reason);
    if (other.aborted) onAbort();
    else other.addEventListener('abort', onAbort, { once: true });
    return () => other.removeEventListener('abort', onAbort);
  }
}

/** The same as an `AbortSignal`, for what takes nothing else (timers, sockets, `fetch`). */
export function toAbortSignal(stop: StopSignal): AbortSignal {
  if (stop instanceof AbortSignal) return stop;
  const controller = new AbortController();
  const abort = (): void => controller.abort(stop.reason);
  if (stop.aborted) abort();
  else stop.addEventListener('abort', abort, { once: true });
  return controller.signal;
}
