/** One candidate of Gemini's, whole or a piece of a stream, as a message or delta of OpenAI's. */
import { Buffer } from 'node:buffer';
import { isObject, itemsOf, objectOf, textOf, type JsonObject } from '../json.js';
import { malformed } from '../vendor-errors.js';

/** What the vendor says beside its parts; kept under a name of its own. */
const extraFields = ['groundingMetadata', 'citationMetadata', 'urlContextMetadata', 'safetyRatings'] as const;

export interface CandidatePiece {
  readonly content: string;
  readonly reasoning: string;
  readonly calls: readonly JsonObject[];
  /** What OpenAI has no field for: signatures, the vendor's own tools, grounding, pictures. */
  readonly rest: JsonObject;
}

/** Reads the parts of a candidate. `firstCall` is how many calls came before; `answerId` makes their ids. */
export function readCandidate(
  candidate: JsonObject,
  vendor: string,
  answerId: string,
  firstCall: number,
): CandidatePiece {
  let content = '';
  let reasoning = '';
  let signature: string | null = null;
  const calls: JsonObject[] = [];
  const others: JsonObject[] = [];
  const images: JsonObject[] = [];
  for (const part of itemsOf(objectOf(candidate.content).parts)) {
    if (!isObject(part)) throw malformed(vendor, 'a part that is not an object');
    if (isObject(part.functionCall)) {
      const id = `call_${answerId}_${firstCall + calls.length}`;
      calls.push(toCall(part.functionCall, textOf(part.thoughtSignature), id, vendor));
    } else if (isObject(part.inlineData)) images.push(toImage(part.inlineData));
    else if (typeof part.text === 'string') {
      if (part.thought === true) reasoning += part.text;
      else content += part.text;
      signature = textOf(part.thoughtSignature) ?? signature;
    } else if (Object.keys(part).length > 0) others.push(part);
  }
  const extras = Object.fromEntries(
    extraFields.filter((field) => candidate[field] !== undefined).map((field) => [field, candidate[field]]),
  );
  const google = { ...(signature !== null && { thought_signature: signature }), ...extras };
  return {
    content,
    reasoning,
    calls,
    rest: {
      ...(images.length > 0 && { images }),
      ...(others.length > 0 && { vendor_blocks: others }),
      ...(Object.keys(google).length > 0 && { extra_content: { google } }),
    },
  };
}

function toCall(call: JsonObject, signature: string | null, id: string, vendor: string): JsonObject {
  if (textOf(call.name) === null) throw malformed(vendor, 'a function call without a name');
  return {
    id: textOf(call.id) ?? id,
    type: 'function',
    function: { name: call.name, arguments: JSON.stringify(call.args ?? {}) },
    ...(signature !== null && { extra_content: { google: { thought_signature: signature } } }),
  };
}

function toImage({ mimeType, data }: JsonObject): JsonObject {
  return { type: 'image_url', image_url: { url: `data:${String(mimeType)};base64,${String(data)}` } };
}

/** `logprobsResult` as OpenAI's `logprobs`; undefined where there is none. */
export function readLogprobs(candidate: JsonObject): unknown {
  const { chosenCandidates, topCandidates } = objectOf(candidate.logprobsResult);
  const chosen = itemsOf(chosenCandidates);
  if (chosen.length === 0) return undefined;
  const tops = itemsOf(topCandidates);
  return {
    content: chosen.map((token, place) => ({
      ...toLogprob(token),
      top_logprobs: itemsOf(objectOf(tops[place]).candidates).map(toLogprob),
    })),
    refusal: null,
  };
}

function toLogprob(value: unknown) {
  const { token, logProbability } = objectOf(value);
  const text = typeof token === 'string' ? token : '';
  return { token: text, logprob: logProbability ?? null, bytes: [...Buffer.from(text)] };
}
