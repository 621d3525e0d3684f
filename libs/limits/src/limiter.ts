/**
 * Limits over any number of gateways. One call to Redis admits a request to all its scopes or to none; what is in flight is
 * held by leases that this process renews, so that a dead gateway's flights end by themselves.
 */
import { SkeinError } from '@skein/contracts/errors';
import type { Logger } from '@skein/telemetry';
import {
  flightKey,
  limitNames,
  limitedScopes,
  nothingKnown,
  readVerdict,
  scopesLimiting,
  settleCall,
  type Admission,
  type AdmissionRequest,
  type Admitted,
  type Order,
  type Scope,
} from './admission.js';
import { GatheredOrders } from './gathered-orders.js';
import { LocalShare } from './local-share.js';
import { connectFailFast, runScript, script, settled, type Script } from './redis.js';
import { RENEW, SETTLE } from './scripts.js';
import { storeDownForAll, type StoreDown, type StoreDownWord } from './store-down.js';

const LEASE_MS = 30_000;
const GIVE_BACK_WITHIN_MS = 10;
/** Three chances to renew a lease before it lapses. */
const RENEWALS_PER_LEASE = 3;
/** What a customer is told when a flight must end first: nobody knows when it will. */
const FULL_FLIGHT_PAUSE_MS = 1_000;
/** After a failure Redis is left alone this long, so that a frozen one does not cost each request its whole time-out. */
const PAUSE_AFTER_FAILURE_MS = 1_000;

const scripts = { settle: script(SETTLE), renew: script(RENEW) };

export interface LimiterOptions {
  readonly url: string;
  /** What happens to limited requests while Redis is away, for all limits or for each. */
  readonly onStoreDown: StoreDownWord | StoreDown;
  /** How many gateways there are, for a local share. Default: this one alone. */
  readonly gateways?: () => number;
  readonly logger: Logger;
  /** How long a flight outlives a dead gateway, ms. Default 30,000. */
  readonly leaseMs?: number;
  /** How long the only gateway may keep what it gives back, for want of an admission to send it with, ms. Default 10. */
  readonly giveBackWithinMs?: number;
}

export interface Limiter {
  /**
   * Admits a request or says which limit refuses it. Without any limit Redis is not asked. With Redis away, a request
   * with a limit that is `closed` then throws `SkeinError` `unavailable`; either way within half a second.
   */
  admit(request: AdmissionRequest): Promise<Admission>;
  /** False while Redis is away. */
  readonly isChecking: boolean;
  /** Gives back what is still to be given back, and leaves. Never throws. */
  close(): Promise<void>;
}

interface Flight {
  readonly requestId: string;
  readonly scopes: readonly string[];
}

/** Opens the limiter; resolves when Redis has answered, or has not within two seconds. Never throws. */
export async function openLimiter(options: LimiterOptions): Promise<Limiter> {
  const limiter = new RedisLimiter(options);
  await limiter.settled();
  return limiter;
}

class RedisLimiter implements Limiter {
  readonly #options: LimiterOptions;
  readonly #leaseMs: number;
  readonly #client;
  readonly #orders: GatheredOrders;
  readonly #flights = new Set<Flight>();
  readonly #renewal: NodeJS.Timeout;
  readonly #share = new LocalShare();
  readonly #storeDown: StoreDown;
  #isAway = false;
  #leftAloneUntil = 0;

  constructor(options: LimiterOptions) {
    this.#options = options;
    const { onStoreDown } = options;
    this.#storeDown = typeof onStoreDown === 'string' ? storeDownForAll(onStoreDown) : onStoreDown;
    this.#leaseMs = options.leaseMs ?? LEASE_MS;
    this.#orders = new GatheredOrders(
      (orders) => this.#settle(orders),
      options.giveBackWithinMs ?? GIVE_BACK_WITHIN_MS,
    );
    this.#client = connectFailFast(options.url, (error) => this.#noteAway(error));
    this.#client.on('ready', () => this.#noteBack());
    this.#renewal = setInterval(() => void this.#renew(), this.#leaseMs / RENEWALS_PER_LEASE);
    this.#renewal.unref();
  }

  get isChecking(): boolean {
    return this.#client.status === 'ready' && !this.#isAway;
  }

  settled(): Promise<void> {
    return settled(this.#client);
  }

  async admit({ scopes: asked, requestId, tokens }: AdmissionRequest): Promise<Admission> {
    const scopes = limitedScopes(asked);
    if (scopes.length === 0)
      return { admitted: true, remaining: nothingKnown, unchecked: false, release: async () => {} };
    let reply: unknown;
    try {
      reply = await this.#ask({ is: 'admit', scopes, requestId, tokens });
    } catch (error) {
      return this.#admitAlone(scopes, tokens, error);
    }
    const verdict = readVerdict(reply, { scopes, tokens });
    if ('admitted' in verdict) return verdict;
    const release = this.#fly(scopes, { requestId, tokens, second: verdict.second });
    return { admitted: true, remaining: verdict.remaining, unchecked: false, release };
  }

  async close(): Promise<void> {
    clearInterval(this.#renewal);
    await this.#orders.flush();
    this.#client.disconnect();
  }

  #admitAlone(scopes: readonly Scope[], tokens: number, cause: unknown): Admission {
    const whose = (word: StoreDownWord) => limitNames.filter((name) => this.#storeDown[name] === word);
    if (whose('closed').some((name) => scopes.some(({ limits }) => limits[name] !== null))) {
      const retryAfterMs = PAUSE_AFTER_FAILURE_MS;
      throw new SkeinError('unavailable', 'limits cannot be checked at the moment', { retryAfterMs, cause });
    }
    const shared = whose('local_share');
    const gateways = this.#options.gateways?.() ?? 1;
    const place = this.#share.admit({ scopes, tokens }, shared, gateways, performance.now());
    if ('admitted' in place) return place;
    const release = async () => place.leave();
    return { admitted: true, remaining: nothingKnown, unchecked: true, release };
  }

  /** Keeps the flight's lease alive until the function it returns is called. */
  #fly(
    scopes: readonly Scope[],
    { requestId, tokens, second }: { requestId: string; tokens: number; second: number },
  ): Admitted['release'] {
    const flight: Flight = { requestId, scopes: scopesLimiting(scopes, 'in_flight') };
    let isOver = false;
    if (flight.scopes.length > 0) this.#flights.add(flight);

    return async (actualTokens = tokens) => {
      if (isOver) return;
      isOver = true;
      this.#flights.delete(flight);
      const difference = actualTokens - tokens;
      const corrected = difference === 0 ? [] : scopesLimiting(scopes, 'tokens_per_minute');
      if (flight.scopes.length === 0 && corrected.length === 0) return;
      const order: Order = { is: 'release', requestId, second, difference, ended: flight.scopes, corrected };
      await this.#giveBack(order).catch(() => undefined);
    };
  }

  /** Where nobody else admits, it is soon enough in front of the next admission; another gateway has to be told at once. */
  #giveBack(order: Order): Promise<unknown> {
    const isAlone = (this.#options.gateways?.() ?? 1) <= 1;
    return isAlone ? this.#ask(order, 'later') : this.#ask(order);
  }

  async #renew(): Promise<void> {
    if (this.#flights.size === 0) return;
    const leases = [...this.#flights].flatMap(({ requestId, scopes }) =>
      scopes.map((scope) => ({ requestId, key: flightKey(scope) })),
    );
    const keys = leases.map(({ key }) => key);
    const args = [this.#leaseMs, ...leases.map(({ requestId }) => requestId)];
    // A lease that could not be renewed has two more chances; one that has lapsed is taken again.
    await this.#run(scripts.renew, keys, args).catch(() => undefined);
  }

  #ask(order: Order, when: 'now' | 'later' = 'now'): Promise<unknown> {
    if (performance.now() < this.#leftAloneUntil) return Promise.reject(leftAlone());
    return when === 'now' ? this.#orders.ask(order) : this.#orders.askLater(order);
  }

  #settle(orders: readonly Order[]): Promise<unknown> {
    const { keys, args } = settleCall(orders);
    return this.#run(scripts.settle, keys, [this.#leaseMs, FULL_FLIGHT_PAUSE_MS, ...args]);
  }

  async #run(which: Script, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    if (performance.now() < this.#leftAloneUntil) throw leftAlone();
    try {
      const reply = await runScript(this.#client, which, keys, args);
      this.#noteBack();
      return reply;
    } catch (error) {
      if (this.#client.status === 'ready') this.#leftAloneUntil = performance.now() + PAUSE_AFTER_FAILURE_MS;
      this.#noteAway(error);
      throw error;
    }
  }

  #noteAway(error: unknown): void {
    if (this.#isAway) return;
    this.#isAway = true;
    const { logger, onStoreDown } = this.#options;
    logger.warn({ err: error, on_store_down: onStoreDown }, 'Redis is away: limits are not checked');
  }

  #noteBack(): void {
    this.#leftAloneUntil = 0;
    if (!this.#isAway) return;
    this.#isAway = false;
    this.#share.forget();
    this.#options.logger.info('Redis is back: limits are checked');
  }
}

const leftAlone = () => new Error('Redis has just failed and is left alone');
