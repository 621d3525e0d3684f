const MOST_PREFIXES = 10_000;

/** What a look at the prompt cache found: tokens read from it, and tokens now written to it. */
export interface CacheLook {
  read: number;
  written: number;
}

/** Remembers marked prompt prefixes for their lifetime, as Anthropic's prompt cache does. Bounded: the oldest prefixes are forgotten first. */
export class PromptCache {
  private readonly expiries = new Map<string, number>();

  /** Looks up the longest remembered prefix, then remembers them all. Prefixes come shortest first, with the tokens up to their end. */
  look(prefixes: ReadonlyArray<{ key: string; tokens: number }>, lifetimeMs: number, nowMs: number): CacheLook {
    const hit = prefixes.findLast(({ key }) => (this.expiries.get(key) ?? 0) > nowMs);
    for (const { key } of prefixes) {
      this.expiries.delete(key);
      this.expiries.set(key, nowMs + lifetimeMs);
    }
    while (this.expiries.size > MOST_PREFIXES) {
      const oldest = this.expiries.keys().next().value;
      if (oldest === undefined) break;
      this.expiries.delete(oldest);
    }
    const whole = prefixes.at(-1)?.tokens ?? 0;
    const read = hit?.tokens ?? 0;
    return { read, written: whole - read };
  }
}
