// Headers of answers as each OpenAI-shaped vendor sends them.
import { dialectOf } from './openai-dialects.js';
import type { Moment } from './wire.js';

export function headersFor(vendor: string, { requestId, quota }: Moment, contentType: string): Record<string, string> {
  const dialect = dialectOf(vendor);
  const headers: Record<string, string> = { 'content-type': contentType, [dialect.requestIdHeader]: requestId };
  if (vendor === 'openai') Object.assign(headers, { 'openai-version': '2020-10-01', 'openai-processing-ms': '1' });
  if (dialect.rateHeaders === 'plain') {
    headers['x-ratelimit-limit-requests'] = String(quota.requestLimit);
    headers['x-ratelimit-limit-tokens'] = String(quota.tokenLimit);
    headers['x-ratelimit-remaining-requests'] = String(quota.requestsLeft);
    headers['x-ratelimit-remaining-tokens'] = String(quota.tokensLeft);
    const reset = quota.resetMs < 1000 ? `${quota.resetMs}ms` : `${quota.resetMs / 1000}s`;
    headers['x-ratelimit-reset-requests'] = reset;
    headers['x-ratelimit-reset-tokens'] = reset;
  }
  if (dialect.rateHeaders === 'mistral') {
    headers['x-ratelimit-limit-req-minute'] = String(quota.requestLimit);
    headers['x-ratelimit-remaining-req-minute'] = String(quota.requestsLeft);
    headers['x-ratelimit-limit-tokens-minute'] = String(quota.tokenLimit);
    headers['x-ratelimit-remaining-tokens-minute'] = String(quota.tokensLeft);
  }
  return headers;
}
