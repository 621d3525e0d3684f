/**
 * One interval for every deadline of the process: calls by the thousand cost a map entry each, not a timer each.
 * Precise to a tick (20 ms), which is enough for deadlines. The interval never keeps a process alive.
 */
const TICK_MS = 20;

export interface WheelTimer {
  cancel(): void;
}

class Entry implements WheelTimer {
  constructor(
    readonly run: () => void,
    private readonly home: Set<Entry>,
  ) {}

  cancel(): void {
    this.home.delete(this);
  }
}

export class TimerWheel {
  readonly #slots = new Map<number, Set<Entry>>();
  #interval: NodeJS.Timeout | undefined;
  #nextSlot = 0;

  constructor(private readonly now: () => number) {}

  /** Runs `run` once, no earlier than after `delayMs`. */
  after(delayMs: number, run: () => void): WheelTimer {
    this.#start();
    const slot = Math.max(Math.ceil((this.now() + delayMs) / TICK_MS), this.#nextSlot);
    let entries = this.#slots.get(slot);
    if (entries === undefined) this.#slots.set(slot, (entries = new Set()));
    const entry = new Entry(run, entries);
    entries.add(entry);
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
      const entries = this.#slots.get(slot);
      if (entries === undefined) continue;
      this.#slots.delete(slot);
      for (const entry of entries) entry.run();
    }
    if (this.#slots.size === 0) {
      clearInterval(this.#interval);
      this.#interval = undefined;
    }
  }
}
