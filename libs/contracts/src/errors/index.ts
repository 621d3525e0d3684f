export { errorTable, errorCodes, isErrorCode, type ErrorCode, type ErrorRow, type RetryAdvice } from './error-table.js';
export {
  SkeinError,
  wireError,
  fromWireError,
  toSkeinError,
  type SkeinErrorOptions,
  type WireError,
} from './skein-error.js';
export { toOpenAiError, toAnthropicError, type OpenAiErrorBody } from './dialects.js';
export { invalidField } from './invalid-field.js';
