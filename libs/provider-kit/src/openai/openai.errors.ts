/** What an OpenAI-shaped vendor's complaint means. Their codes and types are more exact than the status. */
import type { ErrorCode, SkeinError } from '@skein/contracts/errors';
import type { Vendor } from '@skein/catalog';
import { isObject, textOf, tryParseJson, type JsonObject } from '../json.js';
import { codeOfStatus, headerOf, readRetryAfter, vendorError } from '../vendor-errors.js';
import type { VendorHeaders } from '../vendor-adapter.js';

/** By `code` first, by `type` second. Only what the status alone would get wrong. */
const byVendorCode: Readonly<Record<string, ErrorCode>> = {
  insufficient_quota: 'vendor_spend_limit',
  billing_hard_limit_reached: 'vendor_spend_limit',
  billing_not_active: 'vendor_spend_limit',
  content_policy_violation: 'content_refused',
  content_filter: 'content_refused',
  moderation_blocked: 'content_refused',
  data_inspection_failed: 'content_refused',
  invalid_api_key: 'vendor_unauthorized',
  authentication_error: 'vendor_unauthorized',
  rate_limit_exceeded: 'vendor_rate_limited',
  rate_limit_error: 'vendor_rate_limited',
  overloaded_error: 'vendor_overloaded',
};

/** In a 200 there is no status; these types stand for one. */
const statusByType: Readonly<Record<string, number>> = {
  server_error: 500,
  api_error: 500,
  internal_error: 500,
  invalid_request_error: 400,
  authentication_error: 401,
  rate_limit_error: 429,
  overloaded_error: 503,
};

// xAI says it with status 400 and no code of its own.
const REJECTED_KEY = /incorrect api key/i;
const NO_MONEY = /insufficient (?:balance|credits|funds)/i;

const wordOf = (value: unknown): string | null => (typeof value === 'number' ? String(value) : textOf(value));

/** The part of a body that complains, wherever the vendor puts it; null where there is none. */
export function complaintIn(body: unknown): JsonObject | null {
  if (!isObject(body)) return null;
  if (isObject(body.error)) return body.error;
  if (textOf(body.error) !== null) return { message: body.error, code: body.code };
  if (body.object === 'error') return body;
  if (textOf(body.detail) !== null) return { message: body.detail };
  if (Array.isArray(body.detail)) return { message: JSON.stringify(body.detail) };
  return null;
}

function statusTold(complaint: JsonObject): number | null {
  for (const told of [complaint.status_code, complaint.code, complaint.status, complaint.raw_status_code]) {
    const status = typeof told === 'string' ? Number(told) : told;
    if (typeof status === 'number' && status >= 400 && status < 600) return status;
  }
  const type = textOf(complaint.type);
  return (type !== null && Object.hasOwn(statusByType, type) ? statusByType[type] : undefined) ?? null;
}

function codeOf(status: number, complaint: JsonObject): ErrorCode {
  for (const word of [textOf(complaint.code), textOf(complaint.type)]) {
    const code = word !== null && Object.hasOwn(byVendorCode, word) ? byVendorCode[word] : undefined;
    if (code !== undefined) return code;
  }
  const message = textOf(complaint.message) ?? '';
  if (status === 400 && REJECTED_KEY.test(message)) return 'vendor_unauthorized';
  if (NO_MONEY.test(message)) return 'vendor_spend_limit';
  return codeOfStatus(status);
}

/** Reads a refusal. Never throws; a body that is no JSON leaves the status to speak. */
export function readOpenAiError(
  { id, quirks }: Vendor,
  status: number,
  headers: VendorHeaders,
  bytes: Uint8Array,
  now: number,
): SkeinError {
  const body = tryParseJson(bytes);
  return errorOfComplaint(id, status, complaintIn(body) ?? {}, {
    retryAfterMs: readRetryAfter(headers, body, now),
    requestId: headerOf(headers, quirks.requestIdHeader),
  });
}

/** The error of a complaint; with status 200 (in an answer or a stream) the status is looked for in the complaint. */
export function errorOfComplaint(
  vendor: string,
  status: number,
  complaint: JsonObject,
  rest: { retryAfterMs?: number; requestId?: string | null } = {},
): SkeinError {
  const meant = status >= 400 ? status : (statusTold(complaint) ?? status);
  return vendorError(codeOf(meant, complaint), {
    vendor,
    status: meant,
    message: textOf(complaint.message),
    vendorCode: wordOf(complaint.code) ?? textOf(complaint.type),
    param: textOf(complaint.param),
    retryAfterMs: rest.retryAfterMs,
    requestId: rest.requestId ?? null,
  });
}
