import { newId } from '@skein/bus';
import type { KeyRecord } from '@skein/contracts/billing';
import type { CallContext } from '@skein/contracts/wire';

const CALL_MS = 30_000;

/** One call to the room that keeps files and batches. */
export function callOf(key: KeyRecord, traceparent?: string): CallContext {
  return { requestId: newId('req'), tenant: key.tenant, deadline: performance.now() + CALL_MS, traceparent };
}

/** Seconds since 1970, as OpenAI tells time. */
export function unixSeconds(iso: string): number {
  return Math.floor(Date.parse(iso) / 1_000);
}
