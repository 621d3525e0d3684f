/** What Bedrock's complaints mean, as the status of an answer or as an exception within a stream. */
import type { ErrorCode, SkeinError } from '@skein/contracts/errors';
import {
  codeOfStatus,
  headerOf,
  objectOf,
  readRetryAfter,
  textOf,
  tryParseJson,
  vendorError,
  type VendorHeaders,
} from '@skein/provider-kit';

const VENDOR = 'bedrock';
export const REQUEST_ID_HEADER = 'x-amzn-requestid';

/** Status and meaning by the exception's name; within a stream it is all there is. */
const byException: Readonly<Record<string, readonly [status: number, code: ErrorCode]>> = {
  ValidationException: [400, 'vendor_refused'],
  ResourceNotFoundException: [404, 'vendor_refused'],
  AccessDeniedException: [403, 'vendor_unauthorized'],
  UnrecognizedClientException: [403, 'vendor_unauthorized'],
  InvalidSignatureException: [403, 'vendor_unauthorized'],
  IncompleteSignatureException: [403, 'vendor_unauthorized'],
  MissingAuthenticationTokenException: [403, 'vendor_unauthorized'],
  ExpiredTokenException: [403, 'vendor_unauthorized'],
  ThrottlingException: [429, 'vendor_rate_limited'],
  ServiceQuotaExceededException: [400, 'vendor_rate_limited'],
  ModelNotReadyException: [429, 'vendor_overloaded'],
  ModelTimeoutException: [408, 'vendor_timeout'],
  ModelErrorException: [424, 'vendor_failed'],
  ModelStreamErrorException: [424, 'vendor_failed'],
  InternalServerException: [500, 'vendor_failed'],
  ServiceUnavailableException: [503, 'vendor_overloaded'],
};

const known = (exception: string | null) =>
  exception !== null && Object.hasOwn(byException, exception) ? byException[exception] : undefined;

/** Reads a refusal. Never throws; where no exception is named the status speaks. */
export function readBedrockError(status: number, headers: VendorHeaders, bytes: Uint8Array, now: number): SkeinError {
  const body = tryParseJson(bytes);
  const { message, Message, __type } = objectOf(body);
  // `ValidationException:http://…`, or with a namespace before a hash.
  const exception = nameOf(headerOf(headers, 'x-amzn-errortype') ?? textOf(__type));
  const [, code] = known(exception) ?? [status, codeOfStatus(status)];
  return vendorError(code, {
    vendor: VENDOR,
    status,
    message: textOf(message) ?? textOf(Message),
    vendorCode: exception,
    param: null,
    retryAfterMs: readRetryAfter(headers, body, now),
    requestId: headerOf(headers, REQUEST_ID_HEADER),
  });
}

function nameOf(type: string | null): string | null {
  return type === null
    ? null
    : type
        .slice(type.indexOf('#') + 1)
        .split(':', 1)
        .join('');
}

/** The exception that a stream broke off with; null for an event that is none. */
export function exceptionIn(event: string, bytes: Uint8Array): SkeinError | null {
  if (event !== 'error' && !event.endsWith('Exception')) return null;
  const { code, message } = objectOf(tryParseJson(bytes));
  const name = event === 'error' ? textOf(code) : event.charAt(0).toUpperCase() + event.slice(1);
  const [status, meaning] = known(name) ?? [500, 'vendor_failed' as const];
  return vendorError(meaning, {
    vendor: VENDOR,
    status,
    message: textOf(message),
    vendorCode: name,
    param: null,
    retryAfterMs: undefined,
    requestId: null,
  });
}
