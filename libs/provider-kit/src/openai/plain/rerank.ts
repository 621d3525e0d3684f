/** Reranking at OpenAI-shaped vendors, which all took Cohere's request and answer: bytes through. */
import type { Vendor } from '@skein/catalog';
import { noUsage, type UsageBuckets } from '@skein/contracts/attempt';
import { countOf, isObject, valueAt } from '../../json.js';
import { ownBytes, plainAnswer, readBody } from '../../plain/plain-request.js';
import type { PreparePlain } from '../../vendor-adapter.js';
import { malformed } from '../../vendor-errors.js';
import { JSON_HEADERS, refuseComplaint } from './plain-json.js';

export function openAiRerank(vendor: Vendor, path: string): PreparePlain {
  return (question) => ({
    path,
    headers: JSON_HEADERS,
    body: ownBytes(question),
    notices: [],
    readWhole(bytes) {
      const body = refuseComplaint(readBody(bytes, vendor.id), vendor);
      if (!Array.isArray(body.results)) throw malformed(vendor.id, 'an answer without results');
      return plainAnswer(bytes, readRerankUsage(body), () => null, body);
    },
  });
}

/** Searches where the vendor counts them, else tokens; null where it tells neither. */
export function readRerankUsage(body: unknown): UsageBuckets | null {
  const searches = countOf(valueAt(body, 'meta.billed_units.search_units'));
  if (searches !== null) return { ...noUsage, units: { searches } };
  const usage = valueAt(body, 'usage');
  if (!isObject(usage)) return null;
  const tokens = countOf(usage.prompt_tokens) ?? countOf(usage.total_tokens);
  return tokens === null ? null : { ...noUsage, input_uncached: tokens };
}
