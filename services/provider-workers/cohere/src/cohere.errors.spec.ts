import { describe, expect, it } from '@jest/globals';
import { failureIn, readCohereError } from './cohere.errors.js';
import { readCohereWhole } from './from-cohere.js';
import { readCohereUsage } from './cohere.wire.js';

const bytes = (body: unknown) => new TextEncoder().encode(JSON.stringify(body));
const read = (status: number, message: unknown, headers: Record<string, string> = {}) =>
  readCohereError(status, headers, bytes({ id: '1', message }), 0);

describe('what Cohere’s refusal means', () => {
  it.each([
    [400, 'invalid request: all elements in history must have a message', 'vendor_refused'],
    [401, 'invalid api token', 'vendor_unauthorized'],
    [402, 'Please add or update your payment method', 'vendor_spend_limit'],
    [404, "model 'x' not found", 'vendor_refused'],
    [422, 'unprocessable', 'vendor_refused'],
    [429, 'Please wait and try again later', 'vendor_rate_limited'],
    [429, 'You are using a Trial key, which is limited to 1000 API calls / month', 'vendor_spend_limit'],
    [498, 'blocked output', 'content_refused'],
    [500, 'internal server error', 'vendor_failed'],
    [503, 7, 'vendor_overloaded'],
  ])('%i %j is %s', (status, message, code) => {
    expect(read(status, message)).toMatchObject({ code, source: 'vendor', vendor: 'cohere' });
  });

  it('keeps the id of the request', () => {
    expect(read(500, 'x', { 'x-debug-trace-id': 't' }).detail).toEqual({ vendor_request_id: 't' });
  });

  it('is in the finish of an answer, too', () => {
    expect(failureIn('ERROR', 'oops')).toMatchObject({ code: 'vendor_failed', message: 'oops' });
    expect(failureIn('TIMEOUT', null)).toMatchObject({ code: 'vendor_timeout' });
    expect(failureIn('COMPLETE', null)).toBeNull();
    expect(() => readCohereWhole(bytes({ id: '1', message: 'not now' }), 'm', 0)).toThrow('not now');
  });
});

describe('usage of Cohere’s', () => {
  it('is what is billed, where that is told, with the thinking within', () => {
    const tokens = { input_tokens: 510, output_tokens: 99, reasoning_tokens: 29 };
    const billed_units = { input_tokens: 67, output_tokens: 66 };
    expect(readCohereUsage({ billed_units, tokens, cached_tokens: 144 })).toMatchObject({
      input_uncached: 67,
      cache_read: 0,
      output: 66,
      reasoning: 29,
    });
    expect(readCohereUsage({ tokens })).toMatchObject({ input_uncached: 510, output: 99, reasoning: 29 });
    expect(readCohereUsage({})).toBeNull();
  });
});
