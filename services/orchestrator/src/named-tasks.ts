/** What models named lately, so that the same words are asked about once. Bounded; the oldest goes first. */
import type { Task } from '@skein/contracts/gateway';

const MOST = 2_000;

export interface NamedTask {
  readonly task: Task;
  readonly by: { readonly model: string; readonly request_id: string };
}

export class NamedTasks {
  readonly #kept = new Map<string, { readonly named: NamedTask; readonly until: number }>();

  /** Null where nothing is known any more. */
  get(key: string, now: number): NamedTask | null {
    const entry = this.#kept.get(key);
    if (entry === undefined) return null;
    if (entry.until > now) return entry.named;
    this.#kept.delete(key);
    return null;
  }

  keep(key: string, named: NamedTask, until: number): void {
    this.#kept.delete(key);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size >= MOST && oldest !== undefined) this.#kept.delete(oldest);
    this.#kept.set(key, { named, until });
  }
}
