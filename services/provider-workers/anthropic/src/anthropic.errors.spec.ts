import { describe, expect, it } from '@jest/globals';
import { errorIn, readAnthropicError } from './anthropic.errors.js';

const saying = (type: string, message: string) => ({ type: 'error', error: { type, message }, request_id: 'req_1' });
const read = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  readAnthropicError(status, headers, new TextEncoder().encode(JSON.stringify(body)), 0);

describe('what Anthropic’s refusal means', () => {
  it.each([
    [400, saying('invalid_request_error', 'bad'), 'vendor_refused'],
    [400, saying('invalid_request_error', 'Your credit balance is too low'), 'vendor_spend_limit'],
    [401, saying('authentication_error', 'no'), 'vendor_unauthorized'],
    [402, saying('billing_error', 'no'), 'vendor_spend_limit'],
    [403, saying('permission_error', 'no'), 'vendor_unauthorized'],
    [404, saying('not_found_error', 'model'), 'vendor_refused'],
    [413, saying('request_too_large', 'big'), 'vendor_refused'],
    [
      429,
      saying('rate_limit_error', 'Number of request tokens has exceeded your per-minute rate limit'),
      'vendor_rate_limited',
    ],
    [429, saying('rate_limit_error', 'This workspace has reached its spend limit for the month'), 'vendor_spend_limit'],
    [500, saying('api_error', 'oops'), 'vendor_failed'],
    [504, saying('timeout_error', 'slow'), 'vendor_timeout'],
    [529, saying('overloaded_error', 'busy'), 'vendor_overloaded'],
    [503, 'nonsense', 'vendor_overloaded'],
  ])('%i %j is %s', (status, body, code) => {
    expect(read(status, body)).toMatchObject({ code, source: 'vendor', vendor: 'anthropic' });
  });

  it('is the same when told within a stream, where there is no status', () => {
    expect(errorIn(saying('overloaded_error', 'busy'))).toMatchObject({ code: 'vendor_overloaded' });
    expect(errorIn(saying('rate_limit_error', 'slow'))).toMatchObject({ code: 'vendor_rate_limited' });
    expect(errorIn(saying('unheard_of', 'hm'))).toMatchObject({ code: 'vendor_failed' });
    expect(errorIn({ type: 'message' })).toBeNull();
  });

  it('keeps retry-after and the request’s id', () => {
    const error = read(429, saying('rate_limit_error', 'slow'), { 'retry-after': '12' });
    expect(error.retryAfterMs).toBe(12_000);
    expect(error.detail).toEqual({ vendor_request_id: 'req_1' });
  });
});
