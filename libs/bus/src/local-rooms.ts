import type { Rpc } from '@skein/contracts/make';
import type { Handler } from './types.js';

interface LocalServer {
  readonly room: string;
  readonly contract: Rpc<never, unknown>;
  readonly handler: Handler<never, unknown>;
}

/** What this process serves, by subject: the short cut's address book. */
export class LocalRooms {
  readonly #servers = new Map<string, LocalServer>();

  add<Request, Reply>(room: string, contract: Rpc<Request, Reply>, handler: Handler<Request, Reply>): void {
    const taken = this.#servers.get(contract.subject);
    if (taken !== undefined) {
      throw new Error(`${contract.subject} is served twice in this process: by ${taken.room} and by ${room}`);
    }
    this.#servers.set(contract.subject, { room, contract: contract as never, handler: handler as never });
  }

  find<Request, Reply>(contract: Rpc<Request, Reply>): Handler<Request, Reply> | undefined {
    return this.#servers.get(contract.subject)?.handler as Handler<Request, Reply> | undefined;
  }

  all(): readonly LocalServer[] {
    return [...this.#servers.values()];
  }

  remove(subject: string): void {
    this.#servers.delete(subject);
  }
}
