// What is asked within one turn of the event loop goes to Redis in one call: under load a call each is what costs.

import type { Order } from './admission.js';

/** Redis holds up everyone while a script runs. */
const MOST_AT_ONCE = 100;

interface Waiting {
  readonly order: Order;
  readonly resolve: (reply: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Gathers orders and hands them to `send`: what is given back first, so that it is there for who comes, and otherwise in
 * their order. A call that fails, fails for all that were in it.
 */
export class GatheredOrders {
  #waiting: Waiting[] = [];

  constructor(private readonly send: (orders: readonly Order[]) => Promise<unknown>) {}

  /** Resolves with the script's reply to this order. */
  ask(order: Order): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length === 0) setImmediate(() => this.#turn());
      this.#waiting.push({ order, resolve, reject });
    });
  }

  #turn(): void {
    const releases = this.#waiting.filter(isRelease);
    const gathered = [...releases, ...this.#waiting.filter((waiting) => !isRelease(waiting))];
    this.#waiting = [];
    for (let from = 0; from < gathered.length; from += MOST_AT_ONCE) {
      void this.#settle(gathered.slice(from, from + MOST_AT_ONCE));
    }
  }

  async #settle(gathered: readonly Waiting[]): Promise<void> {
    try {
      const replies = await this.send(gathered.map(({ order }) => order));
      if (!Array.isArray(replies)) throw new TypeError('the limits script gave no list');
      gathered.forEach(({ resolve }, index) => resolve(replies[index]));
    } catch (error) {
      for (const { reject } of gathered) reject(error);
    }
  }
}

const isRelease = ({ order }: Waiting): boolean => order.is === 'release';
