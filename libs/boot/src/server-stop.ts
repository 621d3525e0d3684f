const signals = ['SIGTERM', 'SIGINT'] as const;

/** Ends the process in order on the first signal, and at once on the second. */
export class ServerStop {
  #stopping = false;

  constructor(private readonly stop: () => Promise<void>) {}

  listen(): void {
    for (const signal of signals) process.on(signal, () => void this.#end());
  }

  async #end(): Promise<void> {
    if (this.#stopping) process.exit(1);
    this.#stopping = true;
    try {
      await this.stop();
      process.exit(0);
    } catch (error) {
      process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
      process.exit(1);
    }
  }
}
