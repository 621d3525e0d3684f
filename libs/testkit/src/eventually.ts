export interface Patience {
  /** Give up after so many milliseconds. */
  readonly withinMs?: number;
  readonly everyMs?: number;
}

/**
 * Looks again and again until `look` no longer throws, and returns what it gave. For what has no event to wait for: other
 * processes and stores. Throws what the last look threw when the time is over.
 */
export async function eventually<Value>(look: () => Promise<Value> | Value, patience: Patience = {}): Promise<Value> {
  const { withinMs = 10_000, everyMs = 25 } = patience;
  const deadline = performance.now() + withinMs;
  for (;;) {
    try {
      return await look();
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
