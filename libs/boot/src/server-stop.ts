const signals = ['SIGTERM', 'SIGINT'] as const;

/** A Ctrl-C under npm arrives twice, from the terminal and from npm: one press, one signal. */
const SAME_PRESS_MS = 500;

/** Ends the process in order on the first signal, and at once on the second. */
export class ServerStop {
  #stoppingSince: number | null = null;

  constructor(private readonly stop: () => Promise<void>) {}

  listen(): void {
    for (const signal of signals) process.on(signal, () => void this.#end());
  }

  /** Ends in order too when the process that supervises this one is gone. */
  followParent(): void {
    if (process.channel === undefined) return;
    process.once('disconnect', () => void this.#end());
    // The channel must not keep a process alive that has nothing else to do.
    process.channel.unref();
  }

  async #end(): Promise<void> {
    if (this.#stoppingSince !== null) {
      if (performance.now() - this.#stoppingSince > SAME_PRESS_MS) process.exit(1);
      return;
    }
    this.#stoppingSince = performance.now();
    try {
      await this.stop();
      process.exit(0);
    } catch (error) {
      process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
      process.exit(1);
    }
  }
}
