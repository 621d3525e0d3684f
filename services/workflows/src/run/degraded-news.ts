import type { Sheddable } from '@skein/contracts/orchestrator';

/** What a conductor said of its load a while ago says nothing of now. */
const HOLDS_MS = 10_000;

/** What conductors leave out for want of room, as their last word on a completion of ours tells it. */
export class DegradedNews {
  #shed: readonly Sheddable[] = [];
  #heardAt = -Infinity;

  hear(shed: readonly Sheddable[], now: number): void {
    this.#shed = shed;
    this.#heardAt = now;
  }

  isShed(extra: Sheddable, now: number): boolean {
    return now - this.#heardAt < HOLDS_MS && this.#shed.includes(extra);
  }
}
