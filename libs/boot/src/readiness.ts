import type { Readiness } from './room.js';

/** Collects the checks of all rooms of a process. Ready when all hold and the process is not on its way out. */
export class ReadinessBoard implements Readiness {
  readonly #checks = new Map<string, () => boolean | string>();
  #closing = false;

  add(name: string, check: () => boolean | string): void {
    this.#checks.set(name, check);
  }

  /** Names of the checks that do not hold, with the reason where one is known; empty when ready. */
  missing(): string[] {
    const missing = [...this.#checks].flatMap(([name, check]) => {
      const holds = check();
      if (holds === true) return [];
      return holds === false ? [name] : [`${name}: ${holds}`];
    });
    return this.#closing ? [...missing, 'stopping'] : missing;
  }

  close(): void {
    this.#closing = true;
  }
}
