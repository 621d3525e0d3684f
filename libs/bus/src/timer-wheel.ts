/**
 * One interval for every deadline of the process: calls by the thousand cost a map entry each, not a timer each.
 * Precise to a tick (20 ms), which is enough for deadlines. The interval never keeps a process alive.
 */
const TICK_MS = 20;

export interface WheelTimer {
  cancel(): void;
}

/** One timer, in the ring of its slot; the first of a ring only holds it together. */
class Entry implements WheelTimer {
  before: Entry = this;
  behind: Entry = this;

  constructor(readonly run: () => void) {}

  /** Takes the place before another, which is the last of that one's ring where it is the first. */
  joinBefore(other: Entry): void {
    this.before = other.before;
    this.behind = other;
    other.before.behind = this;
    other.before = this;
  }

  cancel(): void {
    this.before.behind = this.behind;
    this.behind.before = this.before;
    this.before = this;
    this.behind = this;
  }
}

const nothing = (): void => undefined;

export class TimerWheel {
  readonly #slots = new Map<number, Entry>();
  #interval: NodeJS.Timeout | undefined;
  #nextSlot = 0;

  constructor(private readonly now: () => number) {}

  /** Runs `run` once, no earlier than after `delayMs`. */
  after(delayMs: number, run: () => void): WheelTimer {
    this.#start();
    const slot = Math.max(Math.ceil((this.now() + delayMs) / TICK_MS), this.#nextSlot);
    let ring = this.#slots.get(slot);
    if (ring === undefined) this.#slots.set(slot, (ring = new Entry(nothing)));
    const entry = new Entry(run);
    entry.joinBefore(ring);
    return entry;
  }

  stop(): void {
    clearInterval(this.#interval);
    this.#interval = undefined;
    this.#slots.clear();
  }

  #start(): void {
    if (this.#interval !== undefined) return;
    this.#nextSlot = Math.floor(this.now() / TICK_MS);
    this.#interval = setInterval(() => this.#turn(), TICK_MS).unref();
  }

  #turn(): void {
    const last = Math.floor(this.now() / TICK_MS);
    while (this.#nextSlot <= last) {
      const slot = this.#nextSlot;
      // Moved on first: what is added while the entries run belongs to a slot still to come.
      this.#nextSlot += 1;
      const ring = this.#slots.get(slot);
      if (ring === undefined) continue;
      this.#slots.delete(slot);
      while (ring.behind !== ring) {
        const entry = ring.behind;
        entry.cancel();
        entry.run();
      }
    }
    if (this.#slots.size === 0) {
      clearInterval(this.#interval);
      this.#interval = undefined;
    }
  }
}
