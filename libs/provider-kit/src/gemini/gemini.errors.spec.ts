import { describe, expect, it } from '@jest/globals';
import { errorIn, readGeminiError, refusalIn } from './gemini.errors.js';

const saying = (code: number, status: string, details: object[] = []) => ({
  error: { code, message: 'm', status, details },
});
const read = (status: number, body: unknown) =>
  readGeminiError('google', status, {}, new TextEncoder().encode(JSON.stringify(body)), 0);

describe('what Gemini’s refusal means', () => {
  it.each([
    [400, saying(400, 'INVALID_ARGUMENT'), 'vendor_refused'],
    [400, saying(400, 'INVALID_ARGUMENT', [{ reason: 'API_KEY_INVALID' }]), 'vendor_unauthorized'],
    [400, saying(400, 'FAILED_PRECONDITION'), 'vendor_failed'],
    [403, saying(403, 'PERMISSION_DENIED'), 'vendor_unauthorized'],
    [404, saying(404, 'NOT_FOUND'), 'vendor_refused'],
    [429, saying(429, 'RESOURCE_EXHAUSTED'), 'vendor_rate_limited'],
    [500, saying(500, 'INTERNAL'), 'vendor_failed'],
    [503, saying(503, 'UNAVAILABLE'), 'vendor_overloaded'],
    [504, saying(504, 'DEADLINE_EXCEEDED'), 'vendor_timeout'],
    [500, [saying(500, 'INTERNAL')], 'vendor_failed'],
    [500, 'nonsense', 'vendor_failed'],
  ])('%i %j is %s', (status, body, code) => {
    expect(read(status, body)).toMatchObject({ code, source: 'vendor', vendor: 'google' });
  });

  it('says how long to wait in its details', () => {
    expect(read(429, saying(429, 'RESOURCE_EXHAUSTED', [{ '@type': 'x' }, { retryDelay: '17.5s' }])).retryAfterMs).toBe(
      17_500,
    );
  });

  it('is the same when told within a stream', () => {
    expect(errorIn(saying(503, 'UNAVAILABLE'), 'google')).toMatchObject({ code: 'vendor_overloaded' });
    expect(errorIn({ candidates: [] }, 'google')).toBeNull();
  });

  it('is of content when the prompt was blocked', () => {
    expect(refusalIn({ promptFeedback: { blockReason: 'SAFETY' } }, 'google')).toMatchObject({
      code: 'content_refused',
      vendorCode: 'SAFETY',
    });
    expect(refusalIn({ promptFeedback: { blockReason: 'SAFETY' }, candidates: [{}] }, 'google')).toBeNull();
  });
});
