import { describe, expect, it } from '@jest/globals';
import type { VendorQuota } from '@skein/contracts/attempt';
import { readQuota } from './read-quota.js';

const NOW = Date.parse('2026-11-21T12:00:00Z');

describe('the quota in an answer', () => {
  it.each<[string, Record<string, string>, VendorQuota | null]>([
    [
      'OpenAI and its like',
      {
        'x-ratelimit-limit-requests': '500',
        'x-ratelimit-remaining-requests': '499',
        'x-ratelimit-limit-tokens': '200000',
        'x-ratelimit-remaining-tokens': '199000',
        'x-ratelimit-reset-requests': '120ms',
        'x-ratelimit-reset-tokens': '1.5s',
      },
      { requests_limit: 500, requests_left: 499, tokens_limit: 200_000, tokens_left: 199_000, resets_in_ms: 1_500 },
    ],
    [
      'Anthropic',
      {
        'anthropic-ratelimit-requests-limit': '50',
        'anthropic-ratelimit-requests-remaining': '0',
        'anthropic-ratelimit-tokens-limit': '10000',
        'anthropic-ratelimit-tokens-remaining': '9000',
        'anthropic-ratelimit-tokens-reset': '2026-11-21T12:00:20Z',
      },
      { requests_limit: 50, requests_left: 0, tokens_limit: 10_000, tokens_left: 9_000, resets_in_ms: 20_000 },
    ],
    [
      'Mistral, which names no reset: its minute',
      { 'x-ratelimit-remaining-req-minute': '3', 'x-ratelimit-remaining-tokens-minute': '700' },
      { requests_limit: null, requests_left: 3, tokens_limit: null, tokens_left: 700, resets_in_ms: 60_000 },
    ],
    ['a vendor that says nothing', { 'content-type': 'application/json' }, null],
    ['a vendor that says something else', { 'x-ratelimit-remaining-requests': 'plenty' }, null],
  ])('of %s', (_who, headers, quota) => {
    expect(readQuota(headers, NOW)).toEqual(quota);
  });

  it('is believed for a minute at most', () => {
    const headers = { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '6m0s' };
    expect(readQuota(headers, NOW)?.resets_in_ms).toBe(60_000);
  });
});
