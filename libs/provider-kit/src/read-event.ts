import { isObject, parseJson, type JsonObject } from './json.js';
import type { SseEvent } from './sse-reader.js';
import { malformed } from './vendor-errors.js';

/** The object that an event of a stream holds; null for OpenAI's mark of the end. Throws `vendor_malformed`. */
export function readEvent({ data }: SseEvent, vendor: string): JsonObject | null {
  if (data.length < 16 && data.toString('latin1').trim() === '[DONE]') return null;
  let event: unknown;
  try {
    event = parseJson(data);
  } catch (cause) {
    throw malformed(vendor, 'an event that is not JSON', cause);
  }
  if (!isObject(event)) throw malformed(vendor, 'an event that is not an object');
  return event;
}
