/** OpenAI messages as Gemini contents of parts. */
import { SkeinError } from '@skein/contracts/errors';
import { readDataUrl } from '../data-url.js';
import { isObject, itemsOf, objectOf, textOf, valueAt, type JsonObject } from '../json.js';
import { cannot } from '../screen-fields.js';
import type { GeminiContent } from './gemini.wire.js';

/** Gemini 3 refuses calls without the signature it gave them, unless told that they are not its own. */
const FOREIGN_CALL = 'skip_thought_signature_validator';
const SIGNATURE_PATH = 'extra_content.google.thought_signature';

export interface GeminiConversation {
  readonly system: JsonObject[];
  readonly contents: GeminiContent[];
  readonly notices: string[];
}

interface Draft extends GeminiConversation {
  readonly vendor: string;
  /** Names of functions by the id of their call: results are told by name. */
  readonly calls: Map<unknown, unknown>;
  readonly wantsSignatures: boolean;
}

/** Sorts messages into the system text and contents. Throws `invalid_request` naming what cannot be said. */
export function toContents(messages: readonly unknown[], model: string, vendor: string): GeminiConversation {
  const draft: Draft = {
    vendor,
    system: [],
    contents: [],
    notices: [],
    calls: new Map(),
    wantsSignatures: /gemini-(?:[3-9]|\d\d)/.test(model),
  };
  messages.forEach((message, place) => addMessage(draft, objectOf(message), `messages[${place}]`));
  return draft;
}

function addMessage(draft: Draft, message: JsonObject, where: string): void {
  switch (message.role) {
    case 'system':
    case 'developer':
      if (draft.contents.length > 0) {
        draft.notices.push(`${draft.vendor} reads system text first; ${where} was moved to the beginning`);
      }
      draft.system.push(...toParts(draft, message.content, where));
      return;
    case 'user':
      return addContent(draft, 'user', toParts(draft, message.content, where));
    case 'assistant':
      return addContent(draft, 'model', assistantParts(draft, message, where));
    case 'tool':
      return addContent(draft, 'user', [toolResult(draft, message, where)]);
    default:
      throw cannot(draft.vendor, `${where}.role`, `the role "${String(message.role)}" is not known to it`);
  }
}

/** Results of parallel calls must share one content. */
function addContent({ contents }: Draft, role: GeminiContent['role'], parts: JsonObject[]): void {
  const last = contents.at(-1);
  if (last?.role === role) last.parts.push(...parts);
  else if (parts.length > 0) contents.push({ role, parts });
}

function signed(part: JsonObject, signature: unknown): JsonObject {
  return textOf(signature) === null ? part : { ...part, thoughtSignature: signature };
}

function assistantParts(draft: Draft, message: JsonObject, where: string): JsonObject[] {
  const said = toParts(draft, message.content ?? '', where).filter(({ text }) => text !== '');
  const lastSaid = said.at(-1);
  if (lastSaid !== undefined) said[said.length - 1] = signed(lastSaid, valueAt(message, SIGNATURE_PATH));
  const calls = itemsOf(message.tool_calls).map((call, place) => {
    const part = functionCall(draft, objectOf(call), `${where}.tool_calls[${place}]`);
    const signature = valueAt(call, SIGNATURE_PATH);
    // Of parallel calls only the first is signed.
    const missing = draft.wantsSignatures && place === 0 && textOf(signature) === null;
    return signed(part, missing ? FOREIGN_CALL : signature);
  });
  return [...said, ...calls];
}

function functionCall(draft: Draft, call: JsonObject, where: string): JsonObject {
  if (!isObject(call.function)) throw cannot(draft.vendor, where, 'only calls of functions can be sent');
  const { name, arguments: args } = call.function;
  draft.calls.set(call.id, name);
  return { functionCall: { id: call.id, name, args: parseArguments(args, `${where}.function.arguments`) } };
}

function parseArguments(args: unknown, param: string): JsonObject {
  if (args === undefined || args === null || args === '') return {};
  try {
    const parsed: unknown = typeof args === 'string' ? JSON.parse(args) : args;
    if (isObject(parsed)) return parsed;
  } catch {
    // Said below, with what is not an object.
  }
  throw new SkeinError('invalid_request', `${param} must be a JSON object.`, { param });
}

function toolResult(draft: Draft, message: JsonObject, where: string): JsonObject {
  const name = draft.calls.get(message.tool_call_id);
  if (name === undefined) {
    throw new SkeinError('invalid_request', `${where}.tool_call_id is of no call in the messages before it.`, {
      param: `${where}.tool_call_id`,
    });
  }
  const text = toParts(draft, message.content ?? '', where)
    .map((part) => textOf(part.text) ?? '')
    .join('');
  return { functionResponse: { id: message.tool_call_id, name, response: resultObject(text) } };
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

function toParts({ vendor }: Draft, content: unknown, where: string): JsonObject[] {
  if (content === null || content === undefined) return [];
  if (typeof content === 'string') return [{ text: content }];
  return itemsOf(content).map((part, place) => toPart(vendor, objectOf(part), `${where}.content[${place}]`));
}

function toPart(vendor: string, part: JsonObject, where: string): JsonObject {
  switch (part.type) {
    case 'text':
      return { text: String(part.text ?? '') };
    case 'refusal':
      return { text: String(part.refusal ?? '') };
    case 'image_url':
      return mediaPart(typeof part.image_url === 'string' ? part.image_url : valueAt(part, 'image_url.url'), where);
    case 'video_url':
      return mediaPart(valueAt(part, 'video_url.url'), where);
    case 'input_audio': {
      const { data, format } = objectOf(part.input_audio);
      return { inlineData: { mimeType: `audio/${String(format ?? 'wav')}`, data } };
    }
    case 'file': {
      const { file_data, file_id } = objectOf(part.file);
      return mediaPart(file_id ?? file_data, where);
    }
    default:
      throw cannot(vendor, where, `parts of type "${String(part.type)}" are not known to it`);
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

function mediaPart(url: unknown, where: string): JsonObject {
  if (typeof url !== 'string')
    throw new SkeinError('invalid_request', `${where} has no URL and no data.`, { param: where });
  const inline = readDataUrl(url);
  if (inline !== null) return { inlineData: { mimeType: inline.mediaType, data: inline.base64 } };
  const ending = /\.([a-z0-9]+)(?:[?#]|$)/i.exec(url)?.[1]?.toLowerCase() ?? '';
  const mimeType = Object.hasOwn(typeByEnding, ending) ? typeByEnding[ending] : undefined;
  return { fileData: { ...(mimeType !== undefined && { mimeType }), fileUri: url } };
}
