/** What Cohere's complaints mean. */
import type { ErrorCode, SkeinError } from '@skein/contracts/errors';
import {
  codeOfStatus,
  headerOf,
  isObject,
  objectOf,
  readRetryAfter,
  textOf,
  tryParseJson,
  vendorError,
  type VendorHeaders,
} from '@skein/provider-kit';
import { finishOfReason } from './cohere.wire.js';

const VENDOR = 'cohere';
export const REQUEST_ID_HEADER = 'x-debug-trace-id';

/** Where Cohere means by a number what nobody else does. */
const byStatus: Readonly<Record<number, ErrorCode>> = { 498: 'content_refused' };

/** A trial key that is used up does not come back by waiting a little. */
const NO_MONEY = /trial key.*month|credit|billing/i;

function codeOf(status: number, message: string | null): ErrorCode {
  if ((status === 429 || status === 402) && message !== null && NO_MONEY.test(message)) return 'vendor_spend_limit';
  return byStatus[status] ?? codeOfStatus(status);
}

/** Reads a refusal. Never throws. */
export function readCohereError(status: number, headers: VendorHeaders, bytes: Uint8Array, now: number): SkeinError {
  const body = tryParseJson(bytes);
  const { message: told, error_type } = objectOf(body);
  const message = textOf(told);
  return vendorError(codeOf(status, message), {
    vendor: VENDOR,
    status,
    message,
    vendorCode: textOf(error_type),
    param: null,
    retryAfterMs: readRetryAfter(headers, body, now),
    requestId: headerOf(headers, REQUEST_ID_HEADER),
  });
}

/**
 * The failure an answer ended in, by its `finish_reason` and what is said of it; null where it ended well, or has not
 * ended.
 */
export function failureIn(reason: unknown, message: unknown): SkeinError | null {
  const finish = finishOfReason(reason);
  if (finish !== 'failed' && finish !== 'timed out') return null;
  return vendorError(finish === 'failed' ? 'vendor_failed' : 'vendor_timeout', {
    vendor: VENDOR,
    status: 200,
    message: textOf(message) ?? `${VENDOR} ended its answer with ${String(reason)}.`,
    vendorCode: String(reason),
    param: null,
    retryAfterMs: undefined,
    requestId: null,
  });
}

/** The complaint in a body that came with a good status; null where it is none. */
export function errorIn(body: unknown): SkeinError | null {
  if (!isObject(body) || body.message === undefined || isObject(body.message)) return null;
  return vendorError('vendor_failed', {
    vendor: VENDOR,
    status: 200,
    message: textOf(body.message),
    vendorCode: textOf(body.error_type),
    param: null,
    retryAfterMs: undefined,
    requestId: null,
  });
}
