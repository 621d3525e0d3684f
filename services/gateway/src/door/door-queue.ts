/**
 * Who may come in when a gateway has as much under way as it can hold: a bounded queue by priority and, within one, by
 * tenant, the one with the least under way first. Who does not fit in is told when to come again, by the rate at which
 * places become free.
 */
import { SkeinError } from '@skein/contracts/errors';
import { priorities, type Priority } from '@skein/contracts/gateway';
import { DrainRate } from './drain-rate.js';

export interface DoorLimits {
  /** Requests under way at once. */
  readonly inFlight: number;
  /** Requests that may wait for a place. */
  readonly waiting: number;
  /** The longest a request waits, ms. */
  readonly waitMs: number;
  /** Bytes of request bodies that may be held at once, under way or waiting. */
  readonly bodyBytes: number;
}

export interface Arrival {
  readonly tenant: string;
  readonly priority: Priority;
  readonly bytes: number;
}

/** A place among those under way; `leave` gives it back, once. */
export interface Place {
  leave(): void;
}

interface Waiter extends Arrival {
  readonly take: (place: Place | SkeinError) => void;
}

const rankOf = Object.fromEntries(priorities.map((priority, rank) => [priority, rank])) as Record<Priority, number>;
/** Nothing has become free for a while: nobody knows when it will. */
const UNKNOWN_WAIT_MS = 5_000;
const LEAST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;

export class DoorQueue {
  readonly #waiting: Waiter[] = [];
  readonly #underWay = new Map<string, number>();
  readonly #drain = new DrainRate();
  #inFlight = 0;
  #bytes = 0;

  constructor(
    private readonly limits: DoorLimits,
    private readonly now: () => number,
  ) {}

  get inFlight(): number {
    return this.#inFlight;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** A place, now or once there is one. Throws `rate_limit_exceeded` with a time to come again. */
  async enter(arrival: Arrival): Promise<Place> {
    if (this.#bytes + arrival.bytes > this.limits.bodyBytes && this.#inFlight > 0) throw this.#full();
    if (this.#inFlight < this.limits.inFlight) return this.#admit(arrival);
    if (this.#waiting.length >= this.limits.waiting) this.#makeRoomFor(arrival);
    this.#bytes += arrival.bytes;
    const taken = await new Promise<Place | SkeinError>((resolve) => {
      const waiter: Waiter = { ...arrival, take: settle };
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        settle(this.#full());
      }, this.limits.waitMs).unref();
      function settle(outcome: Place | SkeinError): void {
        clearTimeout(timer);
        resolve(outcome);
      }
      this.#waiting.push(waiter);
    });
    this.#bytes -= arrival.bytes;
    if (taken instanceof SkeinError) throw taken;
    return taken;
  }

  #admit({ tenant, bytes }: Arrival): Place {
    this.#inFlight += 1;
    this.#bytes += bytes;
    this.#underWay.set(tenant, (this.#underWay.get(tenant) ?? 0) + 1);
    let isHeld = true;
    return {
      leave: () => {
        if (!isHeld) return;
        isHeld = false;
        this.#inFlight -= 1;
        this.#bytes -= bytes;
        const left = (this.#underWay.get(tenant) ?? 1) - 1;
        if (left === 0) this.#underWay.delete(tenant);
        else this.#underWay.set(tenant, left);
        this.#drain.note(this.now());
        this.#letNextIn();
      },
    };
  }

  #letNextIn(): void {
    if (this.#inFlight >= this.limits.inFlight) return;
    const next = firstOf(this.#waiting, (tenant) => this.#underWay.get(tenant) ?? 0);
    if (next === null) return;
    this.#waiting.splice(this.#waiting.indexOf(next), 1);
    next.take(this.#admit(next));
  }

  /** Turns away who is worth less than the newcomer: of lower priority, or of a tenant that waits with more. Or throws. */
  #makeRoomFor(arrival: Arrival): void {
    const victim = lastOf(this.#waiting, (tenant) => this.#shareOf(tenant));
    if (victim === null || !ranksBefore(arrival, victim, (tenant) => this.#shareOf(tenant))) throw this.#full();
    this.#waiting.splice(this.#waiting.indexOf(victim), 1);
    victim.take(this.#full());
  }

  #shareOf(tenant: string): number {
    const waits = this.#waiting.reduce((count, waiter) => count + (waiter.tenant === tenant ? 1 : 0), 0);
    return waits + (this.#underWay.get(tenant) ?? 0);
  }

  #full(): SkeinError {
    const ms = this.#drain.msFor(this.#waiting.length + 1, this.now()) ?? UNKNOWN_WAIT_MS;
    const retryAfterMs = Math.round(Math.min(LONGEST_WAIT_MS, Math.max(LEAST_WAIT_MS, ms)));
    return new SkeinError(
      'rate_limit_exceeded',
      `The gateway has as much under way as it can hold; try again in ${Math.ceil(retryAfterMs / 1000)} s`,
      { retryAfterMs },
    );
  }
}

type Count = (tenant: string) => number;

/** Who is let in first: the highest priority, then the tenant with the least under way, then who came first. */
export function firstOf<W extends Arrival>(waiting: readonly W[], underWay: Count): W | null {
  let best: W | null = null;
  for (const waiter of waiting) {
    if (best === null || compare(waiter, best, underWay) < 0) best = waiter;
  }
  return best;
}

/** Who is turned away first: the lowest priority, then the tenant with the largest share, then who came last. */
export function lastOf<W extends Arrival>(waiting: readonly W[], share: Count): W | null {
  let worst: W | null = null;
  for (const waiter of waiting) {
    if (worst === null || compare(waiter, worst, share) >= 0) worst = waiter;
  }
  return worst;
}

/** Would the newcomer, with its one request more, still stand before the other? */
function ranksBefore(arrival: Arrival, other: Arrival, share: Count): boolean {
  const byPriority = rankOf[arrival.priority] - rankOf[other.priority];
  return byPriority !== 0 ? byPriority < 0 : share(arrival.tenant) + 1 < share(other.tenant);
}

function compare(a: Arrival, b: Arrival, count: Count): number {
  return rankOf[a.priority] - rankOf[b.priority] || count(a.tenant) - count(b.tenant);
}
