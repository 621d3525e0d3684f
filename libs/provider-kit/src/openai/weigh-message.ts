import { Buffer } from 'node:buffer';
import { isObject, itemsOf, objectOf, valueAt, type JsonObject } from '../json.js';

/** Fields of a message or delta that show text. `content` may be a list of parts (Mistral's reasoning models). */
const TEXT_FIELDS = ['content', 'reasoning_content', 'reasoning', 'refusal'] as const;

/** Bytes of text in a message or delta, and whether it shows anything at all. */
export function weighMessage(message: JsonObject): { bytes: number; shows: boolean } {
  let bytes = 0;
  let shows = false;
  for (const field of TEXT_FIELDS) bytes += weighText(message[field]);
  for (const call of itemsOf(message.tool_calls)) {
    shows = true;
    bytes += weighText(valueAt(call, 'function.name')) + weighText(valueAt(call, 'function.arguments'));
  }
  if (isObject(message.function_call)) {
    shows = true;
    bytes += weighText(message.function_call.arguments);
  }
  if (isObject(message.audio) || itemsOf(message.images).length > 0 || itemsOf(message.reasoning_details).length > 0) {
    shows = true;
  }
  return { bytes, shows: shows || bytes > 0 };
}

function weighText(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  let bytes = 0;
  for (const part of itemsOf(value)) {
    const { text, thinking } = objectOf(part);
    bytes += weighText(text) + weighText(thinking);
  }
  return bytes;
}
