/** What both doors do for a wish, whichever way they then say it. */
import { SkeinError } from '@skein/contracts/errors';
import type { KeyRecord } from '@skein/contracts/billing';
import type { JobEndpoint } from '@skein/contracts/jobs';
import type { IdempotencyBook } from '@skein/limits';
import type { JobsDesk } from '../door/jobs-desk.js';
import type { DoorHeaders } from '../door/read-chat.js';
import { toSubmission } from './wishes.js';

type Claim = Awaited<ReturnType<IdempotencyBook['claim']>>;

/**
 * Claims an `Idempotency-Key` for a request: it is the caller's to answer, or was answered before. Throws
 * `idempotency_mismatch` where the key was another request's, and `conflict` while the request is still being answered.
 */
export async function claimOnce(
  book: IdempotencyBook,
  tenant: string,
  key: string,
  fingerprint: string,
): Promise<Extract<Claim, { is: 'answered' | 'yours' }>> {
  const found = await book.claim(tenant, key, fingerprint);
  if (found.is === 'other') {
    throw new SkeinError(
      'idempotency_mismatch',
      'This Idempotency-Key was used for another request within the last 24 hours.',
      { param: 'Idempotency-Key' },
    );
  }
  if (found.is === 'busy') {
    throw new SkeinError('conflict', 'The request with this Idempotency-Key is still being answered.', {
      param: 'Idempotency-Key',
      retryAfterMs: 1_000,
    });
  }
  return found;
}

/** Makes a call with no vendor left a job that goes on trying. Its key is not the job's: the answer was a failure. */
export async function goOnAsJob(
  jobs: JobsDesk,
  endpoint: JobEndpoint,
  body: unknown,
  key: KeyRecord,
  { 'idempotency-key': _key, ...headers }: DoorHeaders,
) {
  const asked = toSubmission(endpoint, body, headers, { on_exhausted: 'job' });
  return (await jobs.submit(asked, key, headers, headers['traceparent'])).job;
}

/** The error in an answer's body; null where there is none to read. */
export function errorIn(body: unknown): unknown {
  const text = body instanceof Uint8Array ? new TextDecoder().decode(body) : body;
  if (typeof text !== 'string') return null;
  try {
    return (JSON.parse(text) as { error?: unknown }).error;
  } catch {
    return null;
  }
}
