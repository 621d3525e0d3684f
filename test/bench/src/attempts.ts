import type { Missing } from './results.ts';

/** Keeps what could not be measured from taking the rest with it. */
export class Attempts {
  readonly #missing: Missing[] = [];

  readonly #say: (line: string) => void;

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  get missing(): readonly Missing[] {
    return this.#missing;
  }

  leaveOut(what: string, why: string): void {
    this.#missing.push({ what, why });
    this.#say(`${what} is left out: ${why}`);
  }

  /** What the work gives, or null when it fails; then `what` is missing, and why. */
  async try<Result>(what: string, work: () => Promise<Result>): Promise<Result | null> {
    try {
      return await work();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.leaveOut(what, why.split('\n')[0] ?? why);
      return null;
    }
  }
}
