/** Why a run is broken off from within: it was called off, another runner has it, or this process is closing. */
export type CutReason = 'cancelled' | 'lost' | 'closing';

interface Held {
  readonly epoch: number;
  readonly abort: AbortController;
}

/** The runs that this process has under way, so that they can be broken off. Keeps no time and does no I/O. */
export class RunningRuns {
  readonly #held = new Map<string, Held>();

  hold(id: string, epoch: number): AbortSignal {
    const abort = new AbortController();
    this.#held.set(id, { epoch, abort });
    return abort.signal;
  }

  letGo(id: string, epoch: number): void {
    if (this.#held.get(id)?.epoch === epoch) this.#held.delete(id);
  }

  cut(id: string, reason: CutReason): void {
    this.#held.get(id)?.abort.abort(reason);
  }

  cutAll(reason: CutReason): void {
    for (const id of this.#held.keys()) this.cut(id, reason);
  }

  get size(): number {
    return this.#held.size;
  }

  /** The runs at this moment, to be compared with what the rows say a little later. */
  snapshot(): { id: string; epoch: number }[] {
    return [...this.#held].map(([id, { epoch }]) => ({ id, epoch }));
  }

  /** Breaks off those of `before` that the rows no longer give us. */
  cutMissing(before: readonly { id: string; epoch: number }[], ours: readonly { id: string; epoch: number }[]): void {
    const epochs = new Map(ours.map(({ id, epoch }) => [id, epoch]));
    for (const { id, epoch } of before) {
      if (epochs.get(id) !== epoch && this.#held.get(id)?.epoch === epoch) this.cut(id, 'lost');
    }
  }
}
