/** What the pieces of a conversation are in Gemini's parts. The walk over them is the kit's. */
import type { Vendor } from '@skein/catalog';
import { SkeinError } from '@skein/contracts/errors';
import type { Call, FileSource, Said } from '../conversation/read-messages.js';
import { toTurns, unreadable, type Speaker } from '../conversation/to-turns.js';
import { readDataUrl, type InlineData } from '../data-url.js';
import type { LeftOut } from '../foreign-fields.js';
import { isObject, textOf, valueAt, type JsonObject } from '../json.js';
import type { GeminiContent } from './gemini.wire.js';

/** Gemini 3 refuses calls without the signature it gave them, unless told that they are not its own. */
const FOREIGN_CALL = 'skip_thought_signature_validator';
const SIGNATURE_PATH = 'google.thought_signature';
const CALL_SIGNATURE_PATH = 'extra_content.google.thought_signature';

export interface GeminiConversation {
  readonly system: JsonObject[];
  readonly contents: GeminiContent[];
}

/** Sorts messages into the system text and contents. Throws `invalid_request` naming what cannot be said. */
export function toContents(
  messages: readonly unknown[],
  model: string,
  vendor: Vendor,
  leftOut: LeftOut,
): GeminiConversation {
  const { system, turns } = toTurns(messages, vendor, leftOut, speakerOf(model, vendor.id, leftOut));
  return {
    system,
    contents: turns.map(({ role, blocks }) => ({ role: role === 'user' ? 'user' : 'model', parts: blocks })),
  };
}

function speakerOf(model: string, vendor: string, leftOut: LeftOut): Speaker<JsonObject> {
  /** Names of functions by the id of their call: results are told by name. */
  const names = new Map<unknown, unknown>();
  const takesLevel = isFromThird(model);
  return {
    parts: {
      text: ({ text }) => ({ text }),
      image: ({ url }) => mediaPart(url),
      video: ({ url }) => mediaPart(url),
      audio: ({ data, format }) => ({ inlineData: { mimeType: `audio/${format}`, data } }),
      file: ({ source }) => filePart(source),
      other: (part) => {
        throw unreadable(vendor, part);
      },
    },
    call(call, place) {
      names.set(call.id, call.name);
      return functionCall(call, takesLevel && place === 0);
    },
    result: (said, parts) => toolResult(said, parts, names.get(said.callId), takesLevel, leftOut, vendor),
    opening({ vendorBlocks }) {
      // Its own have no type; Anthropic's have.
      const own = vendorBlocks.filter(({ type }) => type === undefined);
      if (own.length < vendorBlocks.length) {
        leftOut.say(`${vendor} does not read what other vendors' own tools did; it was left out`);
      }
      return own;
    },
    closing(said, blocks) {
      const spoken = blocks.filter(({ text }) => text !== '');
      const drawn = said.images.flatMap((image) => {
        const url = textOf(valueAt(image, 'image_url.url'));
        return url === null ? [] : [mediaPart(url)];
      });
      const last = spoken.at(-1);
      if (last !== undefined) spoken[spoken.length - 1] = signed(last, valueAt(said.extraContent, SIGNATURE_PATH));
      return [...spoken, ...drawn];
    },
  };
}

/** Is it of the third generation or later? */
export const isFromThird = (model: string): boolean => /gemini-(?:[3-9]|\d\d)/.test(model);

function signed(part: JsonObject, signature: unknown): JsonObject {
  return textOf(signature) === null ? part : { ...part, thoughtSignature: signature };
}

/** Of parallel calls only the first is signed. */
function functionCall(call: Call, wantsSignature: boolean): JsonObject {
  const signature = valueAt(call.extra, CALL_SIGNATURE_PATH);
  const part = { functionCall: { id: call.id, name: call.name, args: call.input() } };
  return signed(part, wantsSignature && textOf(signature) === null ? FOREIGN_CALL : signature);
}

/** From the third generation on, pictures stand within a result; before, beside it. */
function toolResult(
  said: Said,
  parts: readonly JsonObject[],
  name: unknown,
  takesMedia: boolean,
  leftOut: LeftOut,
  vendor: string,
): JsonObject {
  if (name === undefined) {
    throw new SkeinError('invalid_request', `${said.where}.tool_call_id is of no call in the messages before it.`, {
      param: `${said.where}.tool_call_id`,
    });
  }
  const text = parts.map((part) => textOf(part.text) ?? '').join('');
  const media = parts.filter((part) => part.text === undefined);
  if (media.length > 0 && !takesMedia) {
    const [first] = said.parts.filter(({ kind }) => kind !== 'text');
    if (first !== undefined) throw unreadable(vendor, first, 'this model reads text alone in results of tools');
  }
  if (media.length > 0) leftOut.say(`${vendor} reads what a tool showed beside its result`);
  const response = said.isError ? { error: text } : resultObject(text);
  return {
    functionResponse: { id: said.callId, name, response, ...(media.length > 0 && { parts: media }) },
  };
}

/** Results must be objects; what is none is wrapped. */
function resultObject(text: string): JsonObject {
  try {
    const parsed: unknown = JSON.parse(text);
    return isObject(parsed) ? parsed : { result: parsed };
  } catch {
    return { result: text };
  }
}

/** The vendor fetches what is not inline itself, and wants to know what it will find. */
const typeByEnding: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  heic: 'image/heic',
  pdf: 'application/pdf',
  mp4: 'video/mp4',
  webm: 'video/webm',
  mp3: 'audio/mp3',
  wav: 'audio/wav',
};

const inlinePart = ({ mediaType, base64 }: InlineData): JsonObject => ({
  inlineData: { mimeType: mediaType, data: base64 },
});

function mediaPart(url: string): JsonObject {
  const inline = readDataUrl(url);
  if (inline !== null) return inlinePart(inline);
  const ending = /\.([a-z0-9]+)(?:[?#]|$)/i.exec(url)?.[1]?.toLowerCase() ?? '';
  const mimeType = Object.hasOwn(typeByEnding, ending) ? typeByEnding[ending] : undefined;
  return { fileData: { ...(mimeType !== undefined && { mimeType }), fileUri: url } };
}

function filePart(source: FileSource): JsonObject {
  if (source.from === 'data') return inlinePart(source);
  return mediaPart(source.from === 'id' ? source.id : source.url);
}
