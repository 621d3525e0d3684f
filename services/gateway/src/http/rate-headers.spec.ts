import { describe, expect, it } from '@jest/globals';
import type { AdmittedChat } from '../door/admitted-chat.js';
import { rateHeaders } from './rate-headers.js';

const chat = (limits: [requests: number | null, tokens: number | null], left: [number | null, number | null]) =>
  ({
    limits: { requests_per_minute: limits[0], tokens_per_minute: limits[1], in_flight: null },
    admission: {
      unchecked: false,
      remaining: { requests_per_minute: left[0], tokens_per_minute: left[1], in_flight: null },
    },
  }) as unknown as AdmittedChat;

describe('what is left of a caller’s limits', () => {
  it('is told as OpenAI’s clients read it', () => {
    expect(rateHeaders(chat([60, 1_200], [59, 600.7]), 'openai', 0)).toEqual({
      'x-ratelimit-limit-requests': '60',
      'x-ratelimit-remaining-requests': '59',
      'x-ratelimit-reset-requests': '1s',
      'x-ratelimit-limit-tokens': '1200',
      'x-ratelimit-remaining-tokens': '600',
      'x-ratelimit-reset-tokens': '30s',
    });
  });

  it('is told as Anthropic’s clients read it', () => {
    expect(rateHeaders(chat([60, null], [0, null]), 'anthropic', Date.parse('2026-11-21T12:00:00Z'))).toEqual({
      'anthropic-ratelimit-requests-limit': '60',
      'anthropic-ratelimit-requests-remaining': '0',
      'anthropic-ratelimit-requests-reset': '2026-11-21T12:01:00Z',
    });
  });

  it('is not told where nothing is limited, or nobody looked', () => {
    expect(rateHeaders(chat([null, null], [null, null]), 'openai', 0)).toEqual({});
    const asked = chat([60, null], [59, null]);
    expect(rateHeaders({ ...asked, admission: { ...asked.admission, unchecked: true } }, 'openai', 0)).toEqual({});
  });
});
