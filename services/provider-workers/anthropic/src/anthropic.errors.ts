/** What Anthropic's complaints mean. */
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
  type JsonObject,
  type VendorHeaders,
} from '@skein/provider-kit';

const VENDOR = 'anthropic';

/** The status each error type stands for, for errors told where there is none: within a stream. */
const statusByType: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  authentication_error: 401,
  billing_error: 402,
  permission_error: 403,
  not_found_error: 404,
  request_too_large: 413,
  rate_limit_error: 429,
  api_error: 500,
  timeout_error: 504,
  overloaded_error: 529,
};

/** A spent budget comes as 429 or 400, and does not come back by waiting a little. */
const NO_MONEY = /spend(?:ing)? limit|usage limits?\b|credit balance/i;
const moneyTypes = new Set(['rate_limit_error', 'invalid_request_error', 'billing_error']);

function codeOf(status: number, type: string | null, message: string | null): ErrorCode {
  const mayBeMoney = type === null || moneyTypes.has(type);
  if (mayBeMoney && message !== null && NO_MONEY.test(message)) return 'vendor_spend_limit';
  return codeOfStatus(status);
}

function errorOf(
  status: number,
  complaint: JsonObject,
  rest: { retryAfterMs?: number; requestId: string | null },
): SkeinError {
  const type = textOf(complaint.type);
  const message = textOf(complaint.message);
  const told = type !== null && Object.hasOwn(statusByType, type) ? statusByType[type] : undefined;
  const meant = status >= 400 ? status : (told ?? status);
  return vendorError(codeOf(meant, type, message), {
    vendor: VENDOR,
    status: meant,
    message,
    vendorCode: type,
    param: null,
    retryAfterMs: rest.retryAfterMs,
    requestId: rest.requestId,
  });
}

/** Reads a refusal. Never throws. */
export function readAnthropicError(status: number, headers: VendorHeaders, bytes: Uint8Array, now: number): SkeinError {
  const body = tryParseJson(bytes);
  return errorOf(status, objectOf(objectOf(body).error), {
    retryAfterMs: readRetryAfter(headers, body, now),
    requestId: headerOf(headers, 'request-id') ?? textOf(objectOf(body).request_id),
  });
}

/** The error in a body or event that came with a good status; null where it is none. */
export function errorIn(body: unknown): SkeinError | null {
  if (!isObject(body) || !isObject(body.error)) return null;
  return errorOf(200, body.error, { requestId: textOf(body.request_id) });
}
