import type { SkeinError } from '@skein/contracts/errors';

/** `retry-after`, rounded up. */
export function errorHeaders(error: SkeinError): Record<string, string> {
  return error.retryAfterMs === undefined
    ? {}
    : { 'retry-after': String(Math.max(1, Math.ceil(error.retryAfterMs / 1000))) };
}
