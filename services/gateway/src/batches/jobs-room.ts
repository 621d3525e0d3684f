import { newId } from '@skein/bus';
import type { KeyRecord } from '@skein/contracts/billing';
import { SkeinError, toSkeinError } from '@skein/contracts/errors';
import type { CallContext } from '@skein/contracts/wire';

const CALL_MS = 30_000;

/** One call to the room that keeps files and batches. */
export function callOf(key: KeyRecord, traceparent?: string): CallContext {
  return { requestId: newId('req'), tenant: key.tenant, deadline: performance.now() + CALL_MS, traceparent };
}

/** A room that is not running is told as what it is to a customer: unavailable. */
export async function askRoom<Reply>(call: Promise<Reply>): Promise<Reply> {
  return call.catch((thrown: unknown) => {
    const error = toSkeinError(thrown);
    if (error.code !== 'no_responders') throw error;
    throw new SkeinError('unavailable', 'The jobs room is not running at the moment', {
      retryAfterMs: 1_000,
      cause: error,
    });
  });
}

/** Seconds since 1970, as OpenAI tells time. */
export function unixSeconds(iso: string): number {
  return Math.floor(Date.parse(iso) / 1_000);
}
