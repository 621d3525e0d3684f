/** Embedding requests and answers in OpenAI's shape, for vendors that have another. */
import { Buffer } from 'node:buffer';
import { inputTokens, type UsageBuckets } from '@skein/contracts/attempt';
import { isObject, itemsOf, jsonBytes, type JsonObject } from '../json.js';
import { cannot } from '../screen-fields.js';
import { malformed } from '../vendor-errors.js';

/** The texts to embed, in order. Throws `invalid_request` for token arrays, which only OpenAI's tokenizer can read. */
export function textsOf({ input }: JsonObject, vendor: string): readonly string[] {
  const texts = typeof input === 'string' ? [input] : itemsOf(input);
  return texts.map((text) => {
    if (typeof text !== 'string') throw cannot(vendor, 'input', 'it reads text, not tokens');
    return text;
  });
}

/** All texts of a request; token arrays count as what they are elsewhere. */
export function textsIn({ input }: JsonObject): readonly string[] {
  return (typeof input === 'string' ? [input] : itemsOf(input)).filter((text) => typeof text === 'string');
}

/** Tokens that were sent as tokens. */
export function tokensIn({ input }: JsonObject): number {
  const items = itemsOf(input);
  if (typeof items[0] === 'number') return items.length;
  return items.reduce<number>((sum, item) => sum + itemsOf(item).length, 0);
}

export const wantsBase64 = (request: JsonObject): boolean => request.encoding_format === 'base64';

/** Numbers as little-endian float32 in base64, as OpenAI sends them. */
export function toBase64(vector: readonly number[]): string {
  const bytes = Buffer.allocUnsafe(vector.length * 4);
  vector.forEach((value, index) => bytes.writeFloatLE(value, index * 4));
  return bytes.toString('base64');
}

/** What `toBase64` wrote, as numbers. */
export function fromBase64(text: string): number[] {
  const bytes = Buffer.from(text, 'base64');
  return Array.from({ length: Math.floor(bytes.length / 4) }, (_, index) => bytes.readFloatLE(index * 4));
}

/** A vector of numbers. Throws `vendor_malformed`. */
export function vectorOf(value: unknown, vendor: string): readonly number[] {
  const vector = itemsOf(value);
  if (vector.length === 0 || vector.some((one) => typeof one !== 'number')) {
    throw malformed(vendor, 'an embedding that is not a list of numbers');
  }
  return vector as readonly number[];
}

/** The canonical answer. Throws `vendor_malformed` where there are not as many vectors as texts. */
export function writeEmbeddings(
  request: JsonObject,
  vectors: readonly (readonly number[])[],
  wanted: number,
  asked: { readonly vendor: string; readonly model: string },
  usage: UsageBuckets,
): Uint8Array {
  if (vectors.length !== wanted) throw malformed(asked.vendor, `${vectors.length} embeddings for ${wanted} inputs`);
  const tokens = inputTokens(usage);
  const asText = wantsBase64(request);
  return jsonBytes({
    object: 'list',
    data: vectors.map((vector, index) => ({
      object: 'embedding',
      index,
      embedding: asText ? toBase64(vector) : vector,
    })),
    model: asked.model,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  });
}

/**
 * The answer of an OpenAI-shaped vendor in the encoding that was asked for: its own bytes where it did as asked, which
 * some do not. Throws `vendor_malformed`.
 */
export function inAskedEncoding(bytes: Uint8Array, body: JsonObject, asText: boolean, vendor: string): Uint8Array {
  const data = itemsOf(body.data);
  if (data.length === 0) throw malformed(vendor, 'an answer without embeddings');
  let isAsAsked = true;
  const rewritten = data.map((item) => {
    if (!isObject(item)) throw malformed(vendor, 'an embedding that is not an object');
    const { embedding } = item;
    const isText = typeof embedding === 'string';
    if (!isText && !Array.isArray(embedding)) throw malformed(vendor, 'an embedding without numbers');
    if (isText === asText) return item;
    isAsAsked = false;
    return { ...item, embedding: isText ? fromBase64(embedding) : toBase64(vectorOf(embedding, vendor)) };
  });
  return isAsAsked ? bytes : jsonBytes({ ...body, data: rewritten });
}
