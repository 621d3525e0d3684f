import type { ErrorCode } from './error-table.js';
import type { SkeinError } from './skein-error.js';

const HIDDEN_MESSAGE =
  'Skein failed to handle this request; the operator finds the cause in the log under its request id.';

const publicMessage = (error: SkeinError): string => (error.row.expose ? error.message : HIDDEN_MESSAGE);

export interface OpenAiErrorBody {
  error: { message: string; type: string; param: string | null; code: string | null; [extra: string]: unknown };
}

/** The error in OpenAI's dialect: `message`, `type`, `param`, `code`, all four always; `source` and `attempts` beside them. */
export function toOpenAiError(error: SkeinError): OpenAiErrorBody {
  const vendorsOwn = error.source === 'vendor' && error.row.retry === 'never';
  return {
    error: {
      message: publicMessage(error),
      type: error.row.openaiType,
      param: error.param,
      code: vendorsOwn && error.vendorCode !== null ? error.vendorCode : error.code,
      ...(error.source === 'vendor' && { source: 'vendor', vendor: error.vendor }),
      ...(error.detail !== undefined && error.row.expose && { detail: error.detail }),
    },
  };
}

/** Anthropic's own types of errors, for which its clients have classes. */
const anthropicTypes: ReadonlySet<string> = new Set([
  'invalid_request_error',
  'permission_error',
  'not_found_error',
  'request_too_large',
  'rate_limit_error',
  'timeout_error',
  'api_error',
  'overloaded_error',
]);
const typeByStatus: Readonly<Record<number, string>> = { 404: 'not_found_error', 413: 'request_too_large' };
/** What a vendor says of our own keys and money is not said of the caller's. */
const ofOurs: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['vendor_unauthorized', 'vendor_spend_limit']);

/** The vendor's own type where it is one of Anthropic's; else by the status it gave; else the table's. */
function anthropicTypeOf(error: SkeinError): string {
  const { source, vendorCode, code, row, status } = error;
  if (source !== 'vendor' || ofOurs.has(code)) return row.anthropicType;
  if (vendorCode !== null && anthropicTypes.has(vendorCode)) return vendorCode;
  return (row.retry === 'never' ? typeByStatus[status] : undefined) ?? row.anthropicType;
}

/** The error in Anthropic's dialect. */
export function toAnthropicError(error: SkeinError, requestId: string) {
  return {
    type: 'error' as const,
    error: { type: anthropicTypeOf(error), message: publicMessage(error) },
    request_id: requestId,
  };
}
