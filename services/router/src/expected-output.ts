import { expectedOutputTokens } from '@skein/catalog';

/** Each new answer's share in what is expected of the next: about the last twenty count. */
const SHARE = 0.05;

/** Tokens that answers to a task have had lately. Starts from the catalogue's figures; learned by each router by itself. */
export class ExpectedOutput {
  readonly #byTask = new Map<string, number>();

  hear(task: string, outputTokens: number): void {
    const before = this.of(task);
    this.#byTask.set(task, before + SHARE * (outputTokens - before));
  }

  readonly of = (task: string): number => this.#byTask.get(task) ?? expectedOutputTokens(task);
}
