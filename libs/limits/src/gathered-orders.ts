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
  #isTurnExpected = false;
  #later: NodeJS.Timeout | undefined;

  /** An order that may wait finds others to go with within so many ms, or goes alone. */
  constructor(
    private readonly send: (orders: readonly Order[]) => Promise<unknown>,
    private readonly longestWaitMs: number,
  ) {}

  /** Resolves with the script's reply to this order. */
  ask(order: Order): Promise<unknown> {
    if (!this.#isTurnExpected) {
      this.#isTurnExpected = true;
      setImmediate(() => void this.#turn());
    }
    return this.#gather(order);
  }

  /** The same of an order that nobody waits for: it goes with the next that is asked, or by itself a moment later. */
  askLater(order: Order): Promise<unknown> {
    // Left running when its orders have gone with others: to stop and start it for each would cost more than to find none.
    this.#later ??= setTimeout(() => {
      this.#later = undefined;
      void this.#turn();
    }, this.longestWaitMs);
    return this.#gather(order);
  }

  /** Sends what waits; resolves when it has its replies. Never throws. */
  async flush(): Promise<void> {
    clearTimeout(this.#later);
    this.#later = undefined;
    await this.#turn();
  }

  #gather(order: Order): Promise<unknown> {
    return new Promise((resolve, reject) => void this.#waiting.push({ order, resolve, reject }));
  }

  async #turn(): Promise<void> {
    this.#isTurnExpected = false;
    const releases = this.#waiting.filter(isRelease);
    const gathered = [...releases, ...this.#waiting.filter((waiting) => !isRelease(waiting))];
    this.#waiting = [];
    const calls: Promise<void>[] = [];
    for (let from = 0; from < gathered.length; from += MOST_AT_ONCE) {
      calls.push(this.#settle(gathered.slice(from, from + MOST_AT_ONCE)));
    }
    await Promise.all(calls);
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
