/**
 * What this conductor spent lately, and how much of it on hedges: a second attempt beside a slow one may cost so much and
 * no more. Amounts in nano-USD, times in ms; time is passed in.
 */
const SLICE_MS = 60_000;
const SLICES = 10;

interface Slice {
  readonly startsAt: number;
  spent: number;
  extra: number;
}

export class HedgeSpend {
  readonly #slices: Slice[] = [];

  /** Notes an attempt that was paid for. `isExtra`: it was a hedge's loser. */
  note(nanoUsd: number, isExtra: boolean, now: number): void {
    const slice = this.#sliceAt(now);
    if (isExtra) slice.extra += nanoUsd;
    else slice.spent += nanoUsd;
  }

  /** May a hedge that is expected to cost so much be started, at most `share` (0–1) of what was spent on top? */
  allows(expectedNanoUsd: number, share: number, now: number): boolean {
    const { spent, extra } = this.total(now);
    return extra + expectedNanoUsd <= share * spent;
  }

  total(now: number): { readonly spent: number; readonly extra: number } {
    this.#sliceAt(now);
    return this.#slices.reduce((sum, slice) => ({ spent: sum.spent + slice.spent, extra: sum.extra + slice.extra }), {
      spent: 0,
      extra: 0,
    });
  }

  #sliceAt(now: number): Slice {
    const startsAt = now - (now % SLICE_MS);
    while ((this.#slices[0]?.startsAt ?? startsAt) <= startsAt - SLICES * SLICE_MS) this.#slices.shift();
    const newest = this.#slices.at(-1);
    if (newest !== undefined && newest.startsAt >= startsAt) return newest;
    const slice: Slice = { startsAt, spent: 0, extra: 0 };
    this.#slices.push(slice);
    return slice;
  }
}
