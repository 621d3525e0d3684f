import type { Readiness } from './room.js';

/** Collects the checks of all rooms of a process. Ready when all hold and the process is not on its way out. */
export class ReadinessBoard implements Readiness {
  readonly #checks = new Map<string, () => boolean>();
  #closing = false;

  add(name: string, check: () => boolean): void {
    this.#checks.set(name, check);
  }

  /** Names of the checks that do not hold; empty when ready. */
  missing(): string[] {
    const missing = [...this.#checks].filter(([, check]) => !check()).map(([name]) => name);
    return this.#closing ? [...missing, 'stopping'] : missing;
  }

  close(): void {
    this.#closing = true;
  }
}
