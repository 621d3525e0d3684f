/** The words of admission, and their translation to and from the scripts. Pure. */
import type { KeyLimits } from '@skein/contracts/billing';
import { WINDOW_SECONDS } from './scripts.js';

/** In the order the scripts know them. */
export const limitNames = [
  'requests_per_minute',
  'tokens_per_minute',
  'in_flight',
] as const satisfies (keyof KeyLimits)[];
export type LimitName = (typeof limitNames)[number];

/** Something that is limited: a key, a tenant. */
export interface Scope {
  /** Unique over all kinds of scopes, such as `key:k_123` or `tenant:acme`. */
  readonly id: string;
  readonly limits: KeyLimits;
}

export interface AdmissionRequest {
  /** All must admit, or nothing is taken from any. */
  readonly scopes: readonly Scope[];
  /** Unique; names the flight. */
  readonly requestId: string;
  /** What the request is expected to use, input and output. */
  readonly tokens: number;
}

/** What is left, over all scopes that limit it; null: no scope does, or nobody knows. */
export type Remaining = Readonly<Record<LimitName, number | null>>;

export interface Admitted {
  readonly admitted: true;
  readonly remaining: Remaining;
  /** True when Redis was away and the limits were not looked at. */
  readonly unchecked: boolean;
  /**
   * Ends the flight, and replaces the expected tokens by `actualTokens` where they are known. Call it once the request is
   * over; further calls do nothing. Never throws: what cannot be given back lapses.
   */
  release(actualTokens?: number): Promise<void>;
}

export interface Refused {
  readonly admitted: false;
  /** Id of the scope that refused. */
  readonly scope: string;
  readonly limit: LimitName;
  /** When the same request may be admitted, if nobody else comes. */
  readonly retryAfterMs: number;
  /** True when the request alone is over the limit: it never will be admitted. */
  readonly neverFits: boolean;
}

export type Admission = Admitted | Refused;

export const nothingKnown: Remaining = { requests_per_minute: null, tokens_per_minute: null, in_flight: null };

/** The scopes that limit anything. */
export function limitedScopes(scopes: readonly Scope[]): Scope[] {
  return scopes.filter(({ limits }) => limitNames.some((name) => limits[name] !== null));
}

// One hash tag: the keys of a call must lie together where Redis is a cluster.
const keyOf = (scope: string, name: LimitName): string => `{skein-limits}:${scope}:${name}`;

/** The ids of the scopes that have a limit. */
export function scopesLimiting(scopes: readonly Scope[], name: LimitName): string[] {
  return scopes.filter(({ limits }) => limits[name] !== null).map(({ id }) => id);
}

/** The key that counts a scope's flights. */
export const flightKey = (scope: string): string => keyOf(scope, 'in_flight');

export interface AdmitOrder extends AdmissionRequest {
  readonly is: 'admit';
}

export interface ReleaseOrder {
  readonly is: 'release';
  readonly requestId: string;
  /** Of its admission, by Redis's clock. */
  readonly second: number;
  /** Tokens to add to that second; negative where less was used than expected. */
  readonly difference: number;
  /** Scopes whose flight ends, and scopes whose tokens are corrected. */
  readonly ended: readonly string[];
  readonly corrected: readonly string[];
}

export type Order = AdmitOrder | ReleaseOrder;

/** Keys and arguments of the script for these orders: each scope's keys once, whatever the number of orders. */
export function settleCall(orders: readonly Order[]): { keys: string[]; args: (string | number)[] } {
  const places = new Map<string, number>();
  const keys: string[] = [];
  const placeOf = (scope: string): number => {
    let place = places.get(scope);
    if (place === undefined) {
      place = places.size;
      places.set(scope, place);
      for (const name of limitNames) keys.push(keyOf(scope, name));
    }
    return place;
  };
  const args: (string | number)[] = [];
  for (const order of orders) {
    if (order.is === 'admit') {
      args.push('admit', order.requestId, order.tokens, order.scopes.length);
      for (const { id, limits } of order.scopes) {
        args.push(placeOf(id));
        for (const name of limitNames) args.push(limits[name] ?? -1);
      }
    } else {
      const { requestId, second, difference, ended, corrected } = order;
      args.push('release', requestId, second, difference, ended.length, corrected.length);
      for (const scope of ended) args.push(placeOf(scope));
      for (const scope of corrected) args.push(placeOf(scope));
    }
  }
  return { keys, args };
}

export type Verdict = { readonly second: number; readonly remaining: Remaining } | Refused;

/** Reads the reply of the admission script. */
export function readVerdict(reply: unknown, { scopes, tokens }: { scopes: readonly Scope[]; tokens: number }): Verdict {
  if (!Array.isArray(reply)) throw new TypeError('the admission script gave no list');
  const [admitted, ...rest] = reply.map(Number);
  if (admitted === 1) {
    const [second = 0, ...left] = rest;
    const orNull = (index: number): number | null => (left[index] === -1 ? null : (left[index] ?? null));
    return {
      second,
      remaining: { requests_per_minute: orNull(0), tokens_per_minute: orNull(1), in_flight: orNull(2) },
    };
  }
  const [scopeIndex = 0, limitNumber = 1, retryAfterMs = WINDOW_SECONDS * 1_000] = rest;
  const scope = scopes[scopeIndex];
  const limit = limitNames[limitNumber - 1];
  if (scope === undefined || limit === undefined) throw new TypeError('the admission script named no known limit');
  const neverFits = limit === 'tokens_per_minute' && tokens > (scope.limits.tokens_per_minute ?? Infinity);
  return { admitted: false, scope: scope.id, limit, retryAfterMs, neverFits };
}
