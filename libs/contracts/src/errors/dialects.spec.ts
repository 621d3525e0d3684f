import { describe, expect, it } from '@jest/globals';
import { toAnthropicError } from './dialects.js';
import type { ErrorCode } from './error-table.js';
import { SkeinError } from './skein-error.js';

const typeOf = (code: ErrorCode, vendorCode: string | null, status?: number) =>
  toAnthropicError(new SkeinError(code, 'm', { source: 'vendor', vendor: 'anthropic', vendorCode, status }), 'r').error
    .type;

describe('a vendor’s error in Anthropic’s dialect', () => {
  it.each([
    ['vendor_refused', 'not_found_error', 404, 'not_found_error'],
    ['vendor_refused', 'request_too_large', 413, 'request_too_large'],
    ['vendor_overloaded', 'overloaded_error', undefined, 'overloaded_error'],
    ['vendor_refused', 'model_not_found', 404, 'not_found_error'],
    ['vendor_refused', 'unsupported_value', 400, 'invalid_request_error'],
    ['vendor_failed', 'server_error', undefined, 'api_error'],
  ] as const)('%s with %s (%s) is %s', (code, vendorCode, status, expected) => {
    expect(typeOf(code, vendorCode, status)).toBe(expected);
  });

  it('does not take what is said of our key or money for the caller’s', () => {
    expect(typeOf('vendor_unauthorized', 'authentication_error')).toBe('api_error');
    expect(typeOf('vendor_spend_limit', 'billing_error')).toBe('rate_limit_error');
  });
});
