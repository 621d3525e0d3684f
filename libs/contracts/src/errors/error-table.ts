/**
 * Every way Skein can say no, in one total table. A code without a row does not compile; nothing falls through to a default.
 * Codes cross processes; classes do not. `status` is what an HTTP customer gets when the error ends a request and no
 * vendor status is carried (see `SkeinError.status`).
 */
export type RetryAdvice =
  /** The same request will fail again wherever it is sent. */
  | 'never'
  /** The same deployment may answer if asked again. */
  | 'same'
  /** Another deployment may answer. */
  | 'other';

export interface ErrorRow {
  readonly status: number;
  readonly openaiType: string;
  readonly anthropicType: string;
  readonly retry: RetryAdvice;
  /** May a customer read the message? When false the customer gets `publicMessage` of the code instead. */
  readonly expose: boolean;
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  /** Does a failed attempt with this code speak against the vendor's health? */
  readonly blamesVendor: boolean;
  /** May the same deployment answer a moment later, so that it is worth asking again when nobody else is left? */
  readonly passes: boolean;
}

const row = (
  status: number,
  openaiType: string,
  anthropicType: string,
  retry: RetryAdvice,
  level: ErrorRow['level'],
  rest: { expose?: boolean; blamesVendor?: boolean; passes?: boolean } = {},
): ErrorRow => ({
  status,
  openaiType,
  anthropicType,
  retry,
  level,
  expose: rest.expose ?? true,
  blamesVendor: rest.blamesVendor ?? false,
  passes: rest.passes ?? false,
});

const INVALID = 'invalid_request_error';
const API = 'api_error';

export const errorTable = {
  // What the caller can mend.
  invalid_api_key: row(401, INVALID, 'authentication_error', 'never', 'info'),
  forbidden: row(403, INVALID, 'permission_error', 'never', 'info'),
  invalid_request: row(400, INVALID, INVALID, 'never', 'info'),
  not_found: row(404, INVALID, 'not_found_error', 'never', 'info'),
  conflict: row(409, INVALID, INVALID, 'never', 'info'),
  idempotency_mismatch: row(422, INVALID, INVALID, 'never', 'info'),
  request_too_large: row(413, INVALID, 'request_too_large', 'never', 'info'),
  rate_limit_exceeded: row(429, 'rate_limit_error', 'rate_limit_error', 'same', 'info'),
  no_admissible_model: row(422, INVALID, INVALID, 'never', 'info'),
  budget_exceeded: row(402, INVALID, INVALID, 'never', 'info'),
  check_failed: row(422, INVALID, INVALID, 'never', 'info'),
  cancelled: row(499, INVALID, INVALID, 'never', 'debug'),
  // What the mesh could not do.
  all_attempts_failed: row(502, API, API, 'same', 'warn'),
  unavailable: row(503, API, 'overloaded_error', 'same', 'warn'),
  deadline_exceeded: row(504, API, API, 'same', 'warn'),
  internal: row(500, API, API, 'never', 'error', { expose: false }),
  worker_busy: row(503, API, 'overloaded_error', 'other', 'debug'),
  worker_lost: row(502, API, API, 'other', 'warn'),
  no_responders: row(503, API, 'overloaded_error', 'other', 'warn'),
  frame_gap: row(502, API, API, 'other', 'error'),
  answer_too_large: row(502, API, API, 'never', 'warn'),
  // What a vendor did.
  vendor_refused: row(400, INVALID, INVALID, 'never', 'info'),
  content_refused: row(400, INVALID, INVALID, 'never', 'info'),
  vendor_unauthorized: row(502, API, API, 'other', 'error', { blamesVendor: true }),
  vendor_rate_limited: row(429, 'rate_limit_error', 'rate_limit_error', 'other', 'info', { blamesVendor: true }),
  vendor_spend_limit: row(429, 'rate_limit_error', 'rate_limit_error', 'other', 'error', { blamesVendor: true }),
  vendor_overloaded: row(503, API, 'overloaded_error', 'other', 'warn', { blamesVendor: true, passes: true }),
  vendor_failed: row(502, API, API, 'other', 'warn', { blamesVendor: true, passes: true }),
  vendor_timeout: row(504, API, API, 'other', 'warn', { blamesVendor: true }),
  vendor_unreachable: row(502, API, API, 'other', 'warn', { blamesVendor: true, passes: true }),
  vendor_connection_lost: row(502, API, API, 'other', 'warn', { blamesVendor: true, passes: true }),
  vendor_malformed: row(502, API, API, 'other', 'warn', { blamesVendor: true, passes: true }),
  vendor_stream_cut: row(502, API, API, 'other', 'warn', { blamesVendor: true, passes: true }),
  vendor_empty: row(502, API, API, 'other', 'warn', { blamesVendor: true, passes: true }),
  // An answer that came, was paid for, and is not what was asked for. It says nothing of the vendor's health.
  answer_truncated: row(502, API, API, 'other', 'info'),
  answer_invalid: row(502, API, API, 'other', 'info', { passes: true }),
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof errorTable;

export const errorCodes = Object.keys(errorTable) as readonly ErrorCode[];

/** Narrows a string from the wire to a code of the table. */
export function isErrorCode(value: string): value is ErrorCode {
  return Object.hasOwn(errorTable, value);
}
