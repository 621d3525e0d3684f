import type { CancelReason } from '@skein/contracts/wire';

/** A call that can be told to stop. */
export interface Stoppable {
  abort(reason: CancelReason): void;
}

/**
 * The long calls this process is serving, by the request or attempt id they are cancelled by. The same id may be served
 * more than once at a time (a conductor asks again after a doubt): then it holds a set.
 */
export class ServedCalls {
  readonly #byId = new Map<string, Stoppable | Set<Stoppable>>();
  #open = 0;
  #idle: (() => void)[] = [];

  get size(): number {
    return this.#open;
  }

  /** Registers a call; the returned function ends it. */
  begin(id: string | undefined, call: Stoppable): () => void {
    this.#open += 1;
    if (id !== undefined) this.#add(id, call);
    return () => {
      this.#open -= 1;
      if (id !== undefined) this.#remove(id, call);
      if (this.#open === 0) for (const wake of this.#idle.splice(0)) wake();
    };
  }

  cancel(id: string, reason: CancelReason): void {
    const held = this.#byId.get(id);
    if (held instanceof Set) for (const call of held) call.abort(reason);
    else held?.abort(reason);
  }

  cancelAll(reason: CancelReason): void {
    for (const id of this.#byId.keys()) this.cancel(id, reason);
  }

  /** Resolves when nothing is being served. */
  whenIdle(): Promise<void> {
    return this.#open === 0 ? Promise.resolve() : new Promise((resolve) => this.#idle.push(resolve));
  }

  #add(id: string, call: Stoppable): void {
    const held = this.#byId.get(id);
    if (held === undefined) this.#byId.set(id, call);
    else if (held instanceof Set) held.add(call);
    else this.#byId.set(id, new Set([held, call]));
  }

  #remove(id: string, call: Stoppable): void {
    const held = this.#byId.get(id);
    if (held instanceof Set) held.delete(call);
    if (held === call || (held instanceof Set && held.size === 0)) this.#byId.delete(id);
  }
}
