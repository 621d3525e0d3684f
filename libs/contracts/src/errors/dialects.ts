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

/** The error in Anthropic's dialect. */
export function toAnthropicError(error: SkeinError, requestId: string) {
  return {
    type: 'error' as const,
    error: { type: error.row.anthropicType, message: publicMessage(error) },
    request_id: requestId,
  };
}
