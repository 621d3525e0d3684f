import { describe, expect, it } from '@jest/globals';
import { vendorById } from '@skein/catalog';
import { readOpenAiError } from './openai.errors.js';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const read = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  readOpenAiError(
    vendorById('openai'),
    status,
    headers,
    new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body)),
    NOW,
  );
const saying = (message: string, code: string | null = null, type = 'invalid_request_error') => ({
  error: { message, type, code },
});

describe('what an OpenAI-shaped vendor’s refusal means', () => {
  it.each([
    [400, saying('bad'), 'vendor_refused'],
    [404, saying('no such model', 'model_not_found'), 'vendor_refused'],
    [413, 'too large', 'vendor_refused'],
    [422, { detail: [{ loc: ['body'], msg: 'extra' }] }, 'vendor_refused'],
    [400, saying('no', 'content_policy_violation'), 'content_refused'],
    [401, saying('Incorrect API key'), 'vendor_unauthorized'],
    [400, saying('Incorrect API key provided: xa***'), 'vendor_unauthorized'],
    [403, saying('country'), 'vendor_unauthorized'],
    [402, saying('Insufficient Balance'), 'vendor_spend_limit'],
    [429, saying('quota', 'insufficient_quota'), 'vendor_spend_limit'],
    [429, saying('slow'), 'vendor_rate_limited'],
    [408, '', 'vendor_timeout'],
    [409, '', 'vendor_failed'],
    [500, '<html>', 'vendor_failed'],
    [502, '', 'vendor_failed'],
    [503, '', 'vendor_overloaded'],
    [504, '', 'vendor_timeout'],
    [529, '', 'vendor_overloaded'],
    [418, '', 'vendor_refused'],
    [599, '', 'vendor_failed'],
    [302, '', 'vendor_failed'],
  ])('%i %j is %s', (status, body, code) => {
    expect(read(status, body)).toMatchObject({ code, source: 'vendor', vendor: 'openai' });
  });

  it.each([
    [{ 'retry-after': '7' }, 7_000],
    [{ 'retry-after': '0' }, 0],
    [{ 'retry-after': 'Thu, 01 Jan 2026 00:00:05 GMT' }, 5_000],
    [{ 'retry-after': '7', 'retry-after-ms': '250' }, 250],
    [{ 'retry-after': 'soon' }, undefined],
    [{}, undefined],
  ])('reads %j as a wait of %s ms', (headers, expected) => {
    expect(read(429, saying('slow'), headers as Record<string, string>).retryAfterMs).toBe(expected);
  });

  it('keeps the vendor’s words, parameter, code and request id', () => {
    const error = read(400, { error: { message: 'm', param: 'p', code: 'c', type: 't' } }, { 'x-request-id': 'r' });
    expect(error.toWire()).toEqual({
      code: 'vendor_refused',
      message: 'm',
      source: 'vendor',
      vendor: 'openai',
      status: 400,
      param: 'p',
      vendor_code: 'c',
      detail: { vendor_request_id: 'r' },
    });
  });
});
