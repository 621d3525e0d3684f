/**
 * One timer for every deadline of the process: calls by the thousand cost a map entry each, not a timer each. Precise to a
 * tick (20 ms), which is enough for deadlines. It is set for the first that is still wanted, so that deadlines which were
 * met long before wake nobody; it never keeps a process alive.
 */
const TICK_MS = 20;
/** Looked ahead for the first that is wanted, in ticks: a second. */
const AHEAD = 50;

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
  #timer: NodeJS.Timeout | undefined;
  /** The slot the timer is set for; Infinity while it is not. */
  #setFor = Infinity;
  #nextSlot = 0;

  constructor(private readonly now: () => number) {}

  /** Runs `run` once, no earlier than after `delayMs`. */
  after(delayMs: number, run: () => void): WheelTimer {
    const now = this.now();
    if (this.#setFor === Infinity) this.#nextSlot = Math.floor(now / TICK_MS);
    const slot = Math.max(Math.ceil((now + delayMs) / TICK_MS), this.#nextSlot);
    let ring = this.#slots.get(slot);
    if (ring === undefined) this.#slots.set(slot, (ring = new Entry(nothing)));
    const entry = new Entry(run);
    entry.joinBefore(ring);
    if (slot < this.#setFor) this.#set(slot);
    return entry;
  }

  stop(): void {
    this.#slots.clear();
    this.#unset();
  }

  #set(slot: number): void {
    clearTimeout(this.#timer);
    this.#setFor = slot;
    this.#timer = setTimeout(() => this.#turn(), Math.max(1, Math.ceil(slot * TICK_MS - this.now()))).unref();
  }

  #unset(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#setFor = Infinity;
  }

  #turn(): void {
    // What is added while the entries run is seen when the timer is set again.
    this.#setFor = -Infinity;
    try {
      this.#runDue(Math.floor(this.now() / TICK_MS));
    } finally {
      this.#setForNext();
    }
  }

  #runDue(last: number): void {
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
  }

  #setForNext(): void {
    this.#unset();
    const end = this.#nextSlot + AHEAD;
    for (let slot = this.#nextSlot; slot < end; slot += 1) {
      const ring = this.#slots.get(slot);
      if (ring === undefined) continue;
      if (ring.behind !== ring) return this.#set(slot);
      this.#slots.delete(slot);
    }
    if (this.#slots.size > 0) this.#set(end);
  }
}
