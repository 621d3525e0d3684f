import type { CancelReason } from '@skein/contracts/wire';

/** A call that can be told to stop. */
export interface Stoppable {
  abort(reason: CancelReason): void;
}

/**
 * The long calls this process is serving, by the request or attempt id they are cancelled by. The same id may be served
 * more than once at a time (a conductor asks again after a doubt), so each id holds a set.
 */
export class ServedCalls {
  readonly #byId = new Map<string, Set<Stoppable>>();
  #open = 0;
  #idle: (() => void)[] = [];

  get size(): number {
    return this.#open;
  }

  /** Registers a call; the returned function ends it. */
  begin(id: string | undefined, controller: Stoppable): () => void {
    this.#open += 1;
    if (id !== undefined) {
      const controllers = this.#byId.get(id) ?? new Set();
      controllers.add(controller);
      this.#byId.set(id, controllers);
    }
    return () => {
      this.#open -= 1;
      if (id !== undefined) {
        const controllers = this.#byId.get(id);
        controllers?.delete(controller);
        if (controllers?.size === 0) this.#byId.delete(id);
      }
      if (this.#open === 0) for (const wake of this.#idle.splice(0)) wake();
    };
  }

  cancel(id: string, reason: CancelReason): void {
    for (const controller of this.#byId.get(id) ?? []) controller.abort(reason);
  }

  cancelAll(reason: CancelReason): void {
    for (const id of this.#byId.keys()) this.cancel(id, reason);
  }

  /** Resolves when nothing is being served. */
  whenIdle(): Promise<void> {
    return this.#open === 0 ? Promise.resolve() : new Promise((resolve) => this.#idle.push(resolve));
  }
}
