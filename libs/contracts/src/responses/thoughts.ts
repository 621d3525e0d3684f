/**
 * Thoughts as their vendor signed or enciphered them, where a client hands something back unread: `encrypted_content` of a
 * Response's reasoning, the signature of an Anthropic thought. So the vendor that thought gets its thoughts as it told them,
 * whatever dialect the client speaks. What another gateway or a vendor itself wrote there is not ours to read.
 */
import { Buffer } from 'node:buffer';
import { isObject, type JsonObject } from '../openai/json.js';

const PREFIX = 'skein1.';

export function writeThoughts(thoughts: readonly JsonObject[]): string | null {
  return thoughts.length === 0 ? null : PREFIX + Buffer.from(JSON.stringify(thoughts)).toString('base64url');
}

/** What `writeThoughts` wrote; nothing for anything else. */
export function readThoughts(content: unknown): JsonObject[] {
  if (typeof content !== 'string' || !content.startsWith(PREFIX)) return [];
  try {
    const read: unknown = JSON.parse(Buffer.from(content.slice(PREFIX.length), 'base64url').toString('utf8'));
    return Array.isArray(read) ? (read as unknown[]).filter(isObject) : [];
  } catch {
    return [];
  }
}
