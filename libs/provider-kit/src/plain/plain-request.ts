/** What every plain operation does with the customer's body before its vendor sees it, and with what came back. */
import { Buffer } from 'node:buffer';
import { SkeinError } from '@skein/contracts/errors';
import { noUsage, type UsageBuckets } from '@skein/contracts/attempt';
import { editMembers, type MemberEdits } from '../edit-json.js';
import { isObject, parseJson, textOf, type JsonObject } from '../json.js';
import { foreignMetadata } from '../openai/to-openai.js';
import type { Question, WholeAnswer } from '../vendor-adapter.js';
import { malformed } from '../vendor-errors.js';

/** The request as parsed. Throws `invalid_request` when it is no JSON object. */
export function requestOf({ body }: Question): JsonObject {
  if (!isObject(body.json)) throw new SkeinError('invalid_request', 'The request body must be a JSON object.');
  return body.json;
}

/** What of `metadata` is the vendor's to know; null where nothing is. */
function vendorMetadata({ metadata }: JsonObject): JsonObject | null {
  return isObject(metadata) ? foreignMetadata(metadata) : null;
}

/** The customer's bytes with the vendor's name of the model and without what is Skein's; else as they came. */
export function ownBytes(question: Question, edits: MemberEdits = {}): Uint8Array {
  const request = requestOf(question);
  const foreign = vendorMetadata(request);
  return editMembers(question.body.bytes, {
    ...edits,
    set: { model: question.model, ...(foreign !== null && { metadata: foreign }), ...edits.set },
    remove: [...(foreign === null ? ['metadata'] : []), ...(edits.remove ?? [])],
  });
}

/** Every field of a request but those that are named here and Skein's own: what goes on to a vendor as it is. */
export function otherFields(request: JsonObject, ...known: readonly string[]): JsonObject {
  const left = Object.entries(request).filter(([field]) => field !== 'metadata' && !known.includes(field));
  const foreign = vendorMetadata(request);
  return { ...Object.fromEntries(left), ...(foreign !== null && { metadata: foreign }) };
}

/** The parsed answer. Throws `vendor_malformed`. */
export function readBody(bytes: Uint8Array, vendor: string): JsonObject {
  let body: unknown;
  try {
    body = parseJson(bytes);
  } catch (cause) {
    throw malformed(vendor, 'an answer that is not JSON', cause);
  }
  if (!isObject(body)) throw malformed(vendor, 'an answer that is not an object');
  return body;
}

/** Tokens of text, roughly: UTF-8 bytes over four, times the vendor's factor. */
export function estimateTextTokens(texts: readonly string[], tokenFactor: number): number {
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  return Math.ceil((bytes / 4) * tokenFactor);
}

/** An answer with what its vendor told of its use; where it told none, what is estimated, and marked so. */
export function plainAnswer(
  answer: Uint8Array,
  told: UsageBuckets | null,
  estimate: () => UsageBuckets | null,
  body: JsonObject = {},
): WholeAnswer {
  return {
    answer,
    usage: told ?? estimate(),
    usageIsFinal: told !== null,
    finishReason: null,
    modelServed: textOf(body.model),
    answerId: textOf(body.id),
    outputBytes: 0,
  };
}

/** Usage of so many tokens read, and nothing written. */
export const inputOf = (tokens: number): UsageBuckets => ({ ...noUsage, input_uncached: tokens });
