/** What a vendor's answer says of its rate limits, whatever it calls them. Pure. */
import type { VendorQuota } from '@skein/contracts/attempt';
import type { VendorHeaders } from './vendor-adapter.js';

/** Headers of each figure, in order of trust. */
const names: Readonly<
  Record<'requestsLimit' | 'requestsLeft' | 'tokensLimit' | 'tokensLeft' | 'reset', readonly string[]>
> = {
  requestsLimit: ['x-ratelimit-limit-requests', 'anthropic-ratelimit-requests-limit', 'x-ratelimit-limit-req-minute'],
  requestsLeft: [
    'x-ratelimit-remaining-requests',
    'anthropic-ratelimit-requests-remaining',
    'x-ratelimit-remaining-req-minute',
  ],
  tokensLimit: ['x-ratelimit-limit-tokens', 'anthropic-ratelimit-tokens-limit', 'x-ratelimit-limit-tokens-minute'],
  tokensLeft: [
    'x-ratelimit-remaining-tokens',
    'anthropic-ratelimit-tokens-remaining',
    'x-ratelimit-remaining-tokens-minute',
  ],
  reset: [
    'x-ratelimit-reset-tokens',
    'x-ratelimit-reset-requests',
    'anthropic-ratelimit-tokens-reset',
    'anthropic-ratelimit-requests-reset',
  ],
};

/** Vendors count by the minute; whatever they say, nothing is believed for longer. */
const WINDOW_MS = 60_000;

/** The quota in an answer's headers, at `now` (ms since the epoch); null where the vendor does not say. */
export function readQuota(headers: VendorHeaders, now: number): VendorQuota | null {
  const requests_left = countIn(headers, names.requestsLeft);
  const tokens_left = countIn(headers, names.tokensLeft);
  if (requests_left === null && tokens_left === null) return null;
  return {
    requests_limit: countIn(headers, names.requestsLimit),
    requests_left,
    tokens_limit: countIn(headers, names.tokensLimit),
    tokens_left,
    resets_in_ms: resetIn(headers, now),
  };
}

function textIn(headers: VendorHeaders, wanted: readonly string[]): string | null {
  for (const name of wanted) {
    const value = headers[name];
    if (typeof value === 'string' && value !== '') return value;
  }
  return null;
}

function countIn(headers: VendorHeaders, wanted: readonly string[]): number | null {
  const text = textIn(headers, wanted);
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null;
}

const UNIT_MS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };

/** `1m2.5s` and `350ms` (OpenAI and its like), a moment (Anthropic), or plain seconds. */
function resetIn(headers: VendorHeaders, now: number): number {
  const text = textIn(headers, names.reset);
  if (text === null) return WINDOW_MS;
  const pieces = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g)];
  if (pieces.length > 0) {
    const total = pieces.reduce((sum, [, amount, unit = 's']) => sum + Number(amount) * (UNIT_MS[unit] ?? 0), 0);
    return Math.min(WINDOW_MS, total);
  }
  const moment = /^\d+(\.\d+)?$/.test(text) ? now + Number(text) * 1_000 : Date.parse(text);
  return Number.isNaN(moment) ? WINDOW_MS : Math.min(WINDOW_MS, Math.max(0, moment - now));
}
