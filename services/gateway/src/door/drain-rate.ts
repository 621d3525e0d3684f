/** How fast places become free: the releases of the last ten seconds, in slices of one. Times in ms; time is passed in. */
const SLICE_MS = 1_000;
const SLICES = 10;

export class DrainRate {
  readonly #slices = new Map<number, number>();
  #since: number | null = null;

  note(now: number): void {
    this.#since ??= now;
    const slice = Math.floor(now / SLICE_MS);
    this.#slices.set(slice, (this.#slices.get(slice) ?? 0) + 1);
    for (const old of this.#slices.keys()) if (old <= slice - SLICES) this.#slices.delete(old);
  }

  /** Ms until so many places have become free, at the rate of late; null where nothing has become free lately. */
  msFor(places: number, now: number): number | null {
    const oldest = Math.floor(now / SLICE_MS) - SLICES;
    let released = 0;
    for (const [slice, count] of this.#slices) if (slice > oldest) released += count;
    if (released === 0 || this.#since === null) return null;
    const spanMs = Math.min(SLICES * SLICE_MS, Math.max(SLICE_MS, now - this.#since));
    return (places * spanMs) / released;
  }
}
