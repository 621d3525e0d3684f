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
  /** Most have one listener, for as long as a request lasts: a list of one would weigh more than all else here. */
  #first: StopListener | null = null;
  #others: StopListener[] | null = null;

  get aborted(): boolean {
    return this.#aborted;
  }

  get reason(): unknown {
    return this.#reason;
  }

  addEventListener(_type: 'abort', listener: StopListener): void {
    if (this.#aborted) return;
    if (this.#first === null) this.#first = listener;
    else if (this.#others === null) this.#others = [listener];
    else this.#others.push(listener);
  }

  removeEventListener(_type: 'abort', listener: StopListener): void {
    if (this.#first === listener) {
      this.#first = this.#others?.shift() ?? null;
      return;
    }
    const place = this.#others?.indexOf(listener) ?? -1;
    if (place >= 0) this.#others?.splice(place, 1);
  }

  abort(reason?: unknown): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#reason = reason;
    const [first, others] = [this.#first, this.#others ?? []];
    this.#first = this.#others = null;
    if (first === null) return;
    for (const listener of [first, ...others]) {
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
