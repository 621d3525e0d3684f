/** How much naming tasks may cost: a sum a day and a share of the requests, in UTC days. Time is passed in. */
import { parseUsd } from '@skein/catalog';

const DAY_MS = 86_400_000;
/** Requests that a day is taken to begin with, so that a share of few is not none. */
const HEAD_START = 20;

export interface NamingLimits {
  readonly max_usd_per_day: number | string;
  readonly max_usd_per_call: number | string;
  readonly max_share: number;
}

/** What is set aside for one call. */
export interface NamingHold {
  /** Puts what it cost in its place; null: nobody knows, and all that was set aside counts. */
  settle(costNanoUsd: number | null): void;
}

export class NamingBudget {
  #day = -1;
  #spent = 0;
  #seen = 0;
  #asked = 0;

  /** A request went by. */
  see(now: number): void {
    this.#turn(now);
    this.#seen += 1;
  }

  /** Sets aside what one call may cost; null where the day's sum or share would be passed. */
  hold(limits: NamingLimits, now: number): NamingHold | null {
    this.#turn(now);
    const most = parseUsd(limits.max_usd_per_call);
    if (this.#spent + most > parseUsd(limits.max_usd_per_day)) return null;
    if (this.#asked + 1 > limits.max_share * (this.#seen + HEAD_START)) return null;
    const day = this.#day;
    this.#asked += 1;
    this.#spent += most;
    return {
      settle: (cost) => {
        if (day === this.#day && cost !== null) this.#spent += cost - most;
      },
    };
  }

  #turn(now: number): void {
    const day = Math.floor(now / DAY_MS);
    if (day === this.#day) return;
    this.#day = day;
    this.#spent = 0;
    this.#seen = 0;
    this.#asked = 0;
  }
}
