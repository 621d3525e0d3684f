/** Moderation at OpenAI-shaped vendors: bytes through. */
import type { Vendor } from '@skein/catalog';
import { isObject, itemsOf, textOf } from '../../json.js';
import { estimateTextTokens, inputOf, ownBytes, plainAnswer, readBody, requestOf } from '../../plain/plain-request.js';
import type { PreparePlain } from '../../vendor-adapter.js';
import { malformed } from '../../vendor-errors.js';
import { readOpenAiUsage } from '../read-openai-usage.js';
import { JSON_HEADERS, refuseComplaint } from './plain-json.js';

export function openAiModeration(vendor: Vendor, path: string): PreparePlain {
  return (question) => {
    const texts = textsIn(requestOf(question).input);
    return {
      path,
      headers: JSON_HEADERS,
      body: ownBytes(question),
      notices: [],
      readWhole(bytes) {
        const body = refuseComplaint(readBody(bytes, vendor.id), vendor);
        if (!Array.isArray(body.results)) throw malformed(vendor.id, 'an answer without results');
        const estimate = () => inputOf(estimateTextTokens(texts, vendor.quirks.tokenFactor));
        return plainAnswer(bytes, readOpenAiUsage(body.usage, vendor.quirks), estimate, body);
      },
    };
  };
}

/** The texts among what is to be judged; images count for nothing. */
function textsIn(input: unknown): readonly string[] {
  return (typeof input === 'string' ? [input] : itemsOf(input)).flatMap((item) => {
    const text = isObject(item) ? textOf(item.text) : item;
    return typeof text === 'string' ? [text] : [];
  });
}
