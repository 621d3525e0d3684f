// What a caller may wish of any synchronous call, beside the call itself. Pure.
import { createHash } from 'node:crypto';
import { SkeinError } from '@skein/contracts/errors';
import { jobEndpoints, type JobEndpoint, type JobSubmission } from '@skein/contracts/jobs';
import type { DoorHeaders } from '../door/read-chat.js';

const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;

/** Headers under which a job can be told more than the body of its call holds. */
const jobHeaders = { deadline: 'x-skein-deadline', delay: 'x-skein-delay', webhook: 'x-skein-webhook' } as const;

/** The endpoint of a path, where it can be had as a job. */
export function jobEndpointOf(path: string): JobEndpoint | null {
  return jobEndpoints.find((endpoint) => endpoint === path) ?? null;
}

/** `Prefer: respond-async` (RFC 7240). */
export function prefersAsync(headers: DoorHeaders): boolean {
  return (headers['prefer'] ?? '').split(',').some((wish) => /^\s*respond-async\s*(;|$)/i.test(wish));
}

/** `x-skein-on-exhausted: job`: with no vendor left, answer 202 and go on trying. Throws for anything but `job` and `fail`. */
export function becomesJobWhenExhausted(headers: DoorHeaders): boolean {
  const wish = headers['x-skein-on-exhausted'];
  if (wish === undefined || wish === 'fail') return false;
  if (wish === 'job') return true;
  throw new SkeinError('invalid_request', 'x-skein-on-exhausted: use "job" or "fail"', {
    param: 'x-skein-on-exhausted',
  });
}

/** The `Idempotency-Key`, checked; null when there is none. Throws `invalid_request`. */
export function readIdempotencyKey(headers: DoorHeaders): string | null {
  const key = headers['idempotency-key'];
  if (key === undefined) return null;
  if (IDEMPOTENCY_KEY.test(key)) return key;
  throw new SkeinError('invalid_request', 'An Idempotency-Key is 1 to 255 visible ASCII characters.', {
    param: 'Idempotency-Key',
  });
}

/** Tells a request from another under one key: the call and its bytes. */
export function fingerprintOf(call: string, body: Uint8Array): string {
  return createHash('sha256').update(call).update('\n').update(body).digest('hex');
}

/** The call as a job. */
export function toSubmission(
  endpoint: JobEndpoint,
  body: unknown,
  headers: DoorHeaders,
  more: Partial<JobSubmission> = {},
): unknown {
  const said = Object.entries(jobHeaders).flatMap(([field, header]) => {
    const value = headers[header];
    return value === undefined ? [] : [[field, value] as const];
  });
  return { endpoint, body, ...Object.fromEntries(said), ...more };
}

/** Was every vendor tried in vain, or is none there to try? Then a later try may do better. */
export function isExhausted(status: number, error: unknown): boolean {
  if (status === 502 || status === 503 || status === 504 || status === 529) return true;
  const { source } = (error ?? {}) as { source?: unknown };
  return status === 429 && source === 'vendor';
}

/** Is this answer one to repeat? A failure is not: the same key then tries again. */
export function isWorthKeeping(status: number): boolean {
  return status < 500 && status !== 401 && status !== 408 && status !== 409 && status !== 429;
}
