/** Attempts at one model over the last minutes: counted in slices of time, the old ones falling out. Pure; time is passed in. */

export interface ArmAttempt {
  /** Did it fail by the vendor's doing? */
  readonly isError: boolean;
  /** Ms of an answer that finished; null otherwise. */
  readonly totalMs: number | null;
  readonly costNanoUsd: number | null;
}

export interface ArmSums {
  readonly attempts: number;
  readonly errors: number;
  readonly meanMs: number | null;
  readonly meanCostNanoUsd: number | null;
}

interface Slice {
  readonly startsAt: number;
  attempts: number;
  errors: number;
  timed: number;
  totalMs: number;
  priced: number;
  costNanoUsd: number;
}

const SLICE_MS = 5_000;
/** Longer windows are cut to this. */
const KEPT_MS = 60 * 60_000;

export class RollingWindow {
  readonly #slices: Slice[] = [];

  add({ isError, totalMs, costNanoUsd }: ArmAttempt, now: number): void {
    const slice = this.#newest(now);
    slice.attempts += 1;
    if (isError) slice.errors += 1;
    if (totalMs !== null) {
      slice.timed += 1;
      slice.totalMs += totalMs;
    }
    if (costNanoUsd !== null && !isError) {
      slice.priced += 1;
      slice.costNanoUsd += costNanoUsd;
    }
  }

  /** What happened since `from` (ms since the epoch). */
  since(from: number): ArmSums {
    const sums: Slice = { startsAt: 0, attempts: 0, errors: 0, timed: 0, totalMs: 0, priced: 0, costNanoUsd: 0 };
    for (const slice of this.#slices) {
      if (slice.startsAt + SLICE_MS <= from) continue;
      sums.attempts += slice.attempts;
      sums.errors += slice.errors;
      sums.timed += slice.timed;
      sums.totalMs += slice.totalMs;
      sums.priced += slice.priced;
      sums.costNanoUsd += slice.costNanoUsd;
    }
    return {
      attempts: sums.attempts,
      errors: sums.errors,
      meanMs: sums.timed === 0 ? null : sums.totalMs / sums.timed,
      meanCostNanoUsd: sums.priced === 0 ? null : sums.costNanoUsd / sums.priced,
    };
  }

  #newest(now: number): Slice {
    const startsAt = Math.floor(now / SLICE_MS) * SLICE_MS;
    const last = this.#slices.at(-1);
    if (last !== undefined && last.startsAt >= startsAt) return last;
    while ((this.#slices[0]?.startsAt ?? now) < now - KEPT_MS) this.#slices.shift();
    const slice = { startsAt, attempts: 0, errors: 0, timed: 0, totalMs: 0, priced: 0, costNanoUsd: 0 };
    this.#slices.push(slice);
    return slice;
  }
}
