/** What Gemini's complaints mean. */
import { SkeinError, type ErrorCode } from '@skein/contracts/errors';
import { countOf, isObject, itemsOf, objectOf, textOf, tryParseJson, valueAt, type JsonObject } from '../json.js';
import type { VendorHeaders } from '../vendor-adapter.js';
import { codeOfStatus, readRetryAfter, vendorError } from '../vendor-errors.js';

/** By `details[].reason` or by `status`: what the number alone would get wrong. */
const byWord: Readonly<Record<string, ErrorCode>> = {
  API_KEY_INVALID: 'vendor_unauthorized',
  API_KEY_SERVICE_BLOCKED: 'vendor_unauthorized',
  UNAUTHENTICATED: 'vendor_unauthorized',
  // The project is not paid for, or not served where it is.
  FAILED_PRECONDITION: 'vendor_failed',
  BILLING_DISABLED: 'vendor_spend_limit',
};

/** Some errors come in an array, as the stream they stand for would have. */
const complaintOf = (body: unknown): unknown => (Array.isArray(body) ? (body as unknown[])[0] : body);

function codeOf(status: number, error: JsonObject): ErrorCode {
  const reasons = itemsOf(error.details).map((detail) => textOf(objectOf(detail).reason));
  for (const word of [...reasons, textOf(error.status)]) {
    const code = word !== null && Object.hasOwn(byWord, word) ? byWord[word] : undefined;
    if (code !== undefined) return code;
  }
  return codeOfStatus(status);
}

function errorOf(vendor: string, status: number, error: JsonObject, retryAfterMs?: number): SkeinError {
  const meant = status >= 400 ? status : (countOf(error.code) ?? status);
  return vendorError(codeOf(meant, error), {
    vendor,
    status: meant,
    message: textOf(error.message),
    vendorCode: textOf(error.status),
    param: null,
    retryAfterMs,
    requestId: null,
  });
}

/** Reads a refusal. Never throws. */
export function readGeminiError(
  vendor: string,
  status: number,
  headers: VendorHeaders,
  bytes: Uint8Array,
  now: number,
): SkeinError {
  const body = complaintOf(tryParseJson(bytes));
  return errorOf(vendor, status, objectOf(objectOf(body).error), readRetryAfter(headers, body, now));
}

/** The error in a body that came with a good status; null where it is none. */
export function errorIn(body: unknown, vendor: string): SkeinError | null {
  const told = complaintOf(body);
  if (!isObject(told) || !isObject(told.error)) return null;
  return errorOf(vendor, 200, told.error, readRetryAfter({}, told, 0));
}

/** A prompt that was not let through; null where it was. */
export function refusalIn(body: unknown, vendor: string): SkeinError | null {
  const reason = textOf(valueAt(body, 'promptFeedback.blockReason'));
  if (reason === null || itemsOf(valueAt(body, 'candidates')).length > 0) return null;
  return new SkeinError('content_refused', `${vendor} did not let the prompt through (${reason}).`, {
    source: 'vendor',
    vendor,
    vendorCode: reason,
  });
}
