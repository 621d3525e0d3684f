/**
 * What a vendor's status means, for every vendor alike: one table of statuses, with the hundred as the floor, so that no
 * status is without a meaning. Vendors add a table of their own codes, which are more exact than a status.
 */
import { SkeinError, type ErrorCode } from '@skein/contracts/errors';
import { textOf, valueAt } from './json.js';
import type { VendorHeaders } from './vendor-adapter.js';

const byStatus: Readonly<Record<number, ErrorCode>> = {
  400: 'vendor_refused',
  401: 'vendor_unauthorized',
  402: 'vendor_spend_limit',
  403: 'vendor_unauthorized',
  404: 'vendor_refused',
  408: 'vendor_timeout',
  409: 'vendor_failed',
  413: 'vendor_refused',
  422: 'vendor_refused',
  424: 'vendor_failed',
  425: 'vendor_overloaded',
  429: 'vendor_rate_limited',
  498: 'vendor_overloaded',
  500: 'vendor_failed',
  502: 'vendor_failed',
  503: 'vendor_overloaded',
  504: 'vendor_timeout',
  529: 'vendor_overloaded',
};

const byHundred: Readonly<Record<1 | 2 | 3 | 4 | 5, ErrorCode>> = {
  1: 'vendor_failed',
  // An error told with a 200, of a kind no table knows.
  2: 'vendor_failed',
  3: 'vendor_failed',
  4: 'vendor_refused',
  5: 'vendor_failed',
};

const isHundred = (value: number): value is keyof typeof byHundred => value >= 1 && value <= 5;

/** The code of a status. Anything that is no HTTP status is `vendor_failed`. */
export function codeOfStatus(status: number): ErrorCode {
  const hundred = Math.floor(status / 100);
  return byStatus[status] ?? (isHundred(hundred) ? byHundred[hundred] : 'vendor_failed');
}

/** A header as one text; the first of several. */
export function headerOf(headers: VendorHeaders, name: string): string | null {
  const value = headers[name];
  return (Array.isArray(value) ? value[0] : value) ?? null;
}

/**
 * How long the vendor asks to wait, in ms: `retry-after-ms`, `retry-after` in seconds or as a date (against `now`, ms since
 * the epoch), or Gemini's `RetryInfo` in the body. Undefined where it says nothing readable.
 */
export function readRetryAfter(headers: VendorHeaders, body: unknown, now: number): number | undefined {
  const milliseconds = Number(headerOf(headers, 'retry-after-ms') ?? NaN);
  if (Number.isFinite(milliseconds) && milliseconds >= 0) return Math.round(milliseconds);
  const header = headerOf(headers, 'retry-after');
  if (header !== null && header.trim() !== '') {
    const seconds = Number(header);
    if (Number.isFinite(seconds)) return seconds >= 0 ? Math.round(seconds * 1000) : undefined;
    const date = Date.parse(header);
    if (!Number.isNaN(date)) return Math.max(0, date - now);
  }
  return readRetryInfo(body);
}

function readRetryInfo(body: unknown): number | undefined {
  const details = valueAt(body, 'error.details');
  if (!Array.isArray(details)) return undefined;
  for (const detail of details as unknown[]) {
    const seconds = /^(\d+(?:\.\d+)?)s$/.exec(textOf(valueAt(detail, 'retryDelay')) ?? '')?.[1];
    if (seconds !== undefined) return Math.round(Number(seconds) * 1000);
  }
  return undefined;
}

/** What a vendor said, after its own envelope is off. */
export interface VendorComplaint {
  readonly vendor: string;
  readonly status: number;
  readonly message: string | null;
  /** The vendor's own code or type, for the customer's dialect. */
  readonly vendorCode: string | null;
  readonly param: string | null;
  readonly retryAfterMs: number | undefined;
  readonly requestId: string | null;
}

/** Codes that end with the vendor's own status and words, because it is the caller's request that was refused. */
const keepsStatus = (code: ErrorCode) => code === 'vendor_refused' || code === 'content_refused';
const MAX_MESSAGE = 2_000;

/** Makes the error. What a vendor says of our key is not passed on: it may quote it. */
export function vendorError(code: ErrorCode, complaint: VendorComplaint): SkeinError {
  const { vendor, status, requestId } = complaint;
  const message =
    code === 'vendor_unauthorized'
      ? `${vendor} does not accept this worker's key (status ${status}).`
      : (complaint.message?.slice(0, MAX_MESSAGE) ?? `${vendor} answered with status ${status}.`);
  return new SkeinError(code, message, {
    source: 'vendor',
    vendor,
    status: keepsStatus(code) && status >= 400 && status < 500 ? status : undefined,
    param: complaint.param,
    vendorCode: complaint.vendorCode,
    retryAfterMs: complaint.retryAfterMs,
    detail: requestId === null ? undefined : { vendor_request_id: requestId },
  });
}

/** The error for an answer of which nothing can be made. `what` completes "openai sent …". */
export function malformed(vendor: string, what: string, cause?: unknown): SkeinError {
  return new SkeinError('vendor_malformed', `${vendor} sent ${what}.`, { source: 'vendor', vendor, cause });
}
