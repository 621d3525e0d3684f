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
const keyOf = (scope: Scope, name: LimitName): string => `{skein-limits}:${scope.id}:${name}`;

/** Three keys a scope, in the order of `limitNames`. */
export function admitKeys(scopes: readonly Scope[]): string[] {
  return scopes.flatMap((scope) => limitNames.map((name) => keyOf(scope, name)));
}

/** Three limits a scope; -1: none. */
export function admitLimits(scopes: readonly Scope[]): number[] {
  return scopes.flatMap(({ limits }) => limitNames.map((name) => limits[name] ?? -1));
}

/** The keys of one kind, of the scopes that have that limit. */
export function keysLimiting(scopes: readonly Scope[], name: LimitName): string[] {
  return scopes.filter(({ limits }) => limits[name] !== null).map((scope) => keyOf(scope, name));
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
