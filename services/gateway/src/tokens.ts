/** Injection tokens of the gateway's own parts. */
export const LIMITER = Symbol('LIMITER');
export const METRICS = Symbol('METRICS');
export const IDEMPOTENCY_BOOK = Symbol('IDEMPOTENCY_BOOK');
