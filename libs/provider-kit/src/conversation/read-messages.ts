/**
 * OpenAI's messages, read once for every vendor with a dialect of its own: roles, parts, calls and results in one typed
 * form. What belongs to a dialect the vendor does not speak is left out with a notice; what cannot be read is refused by name.
 */
import { Buffer } from 'node:buffer';
import type { Vendor } from '@skein/catalog';
import { SkeinError } from '@skein/contracts/errors';
import { unfoldMessage } from '@skein/contracts/openai';
import { readDataUrl, type InlineData } from '../data-url.js';
import { isForeign, saysNothing, type LeftOut, type Place } from '../foreign-fields.js';
import { isObject, itemsOf, objectOf, textOf, valueAt, type JsonObject } from '../json.js';
import { cannot } from '../screen-fields.js';

interface PartPlace {
  /** As the caller would write it: `messages[0].content[1]`. */
  readonly where: string;
  /** `cache_control`, where the vendor takes it. */
  readonly mark: JsonObject | null;
}
export type Part = PartPlace &
  (
    | { readonly kind: 'text'; readonly text: string; readonly citations: readonly unknown[] }
    | { readonly kind: 'image'; readonly url: string; readonly inline: InlineData | null }
    | { readonly kind: 'video'; readonly url: string; readonly inline: InlineData | null }
    | { readonly kind: 'audio'; readonly data: string; readonly format: string }
    | { readonly kind: 'file'; readonly name: string | null; readonly source: FileSource }
    /** Of a kind that OpenAI has not: some vendor's own. */
    | { readonly kind: 'other'; readonly type: string | null; readonly part: JsonObject }
  );
export type PartKind = Part['kind'];
export type PartOf<Kind extends PartKind> = Extract<Part, { kind: Kind }>;

export type FileSource =
  | { readonly from: 'id'; readonly id: string }
  | { readonly from: 'url'; readonly url: string }
  | ({ readonly from: 'data' } & InlineData);

export interface Call {
  readonly where: string;
  readonly id: unknown;
  readonly name: unknown;
  /** As sent. */
  readonly args: string;
  /** The arguments as an object. Throws `invalid_request` where they are none. */
  input(): JsonObject;
  readonly mark: JsonObject | null;
  /** Members beside OpenAI's that the vendor takes. */
  readonly extra: JsonObject;
}

export interface Said {
  readonly role: 'system' | 'user' | 'assistant' | 'tool';
  readonly where: string;
  readonly parts: readonly Part[];
  /** Was the content one string? */
  readonly isPlain: boolean;
  readonly mark: JsonObject | null;
  readonly calls: readonly Call[];
  /** Of a result: the call it is the result of. */
  readonly callId: unknown;
  readonly isError: boolean;
  /** Thinking as text, where the vendor takes that back. */
  readonly reasoning: string | null;
  /** Thinking of Anthropic's, signed. */
  readonly thoughts: readonly JsonObject[];
  /** Blocks of the vendor's own tools. */
  readonly vendorBlocks: readonly JsonObject[];
  readonly citations: readonly unknown[];
  /** Pictures a model drew. */
  readonly images: readonly JsonObject[];
  /** `extra_content`: what Google says beside. */
  readonly extraContent: unknown;
}

const roles: Readonly<Record<string, Said['role']>> = {
  system: 'system',
  developer: 'system',
  user: 'user',
  assistant: 'assistant',
  tool: 'tool',
};

/** Members of OpenAI's that are read here; any other is left out with a notice. */
const knownMembers = new Set(['role', 'content', 'tool_calls', 'tool_call_id', 'refusal', 'annotations']);
/** What cannot be taken from a message without changing what it says. */
const refusedMembers = new Set(['audio', 'function_call']);

/** Reads messages. Throws `invalid_request` naming what cannot be said to the vendor. */
export function readMessages(messages: readonly unknown[], vendor: Vendor, leftOut: LeftOut): Said[] {
  const reader = new MessageReader(vendor, leftOut);
  // Where it can be told in order, a message that says its order is told so.
  const isOrdered = !isForeign('message', 'block_order', vendor.quirks);
  return messages.flatMap((message, place) => {
    const said = objectOf(message);
    const parts = isOrdered ? unfoldMessage(said) : [said];
    return parts.map((part) => reader.read(part, `messages[${place}]`));
  });
}

class MessageReader {
  constructor(
    private readonly vendor: Vendor,
    private readonly leftOut: LeftOut,
  ) {}

  read(message: JsonObject, where: string): Said {
    const role = typeof message.role === 'string' && Object.hasOwn(roles, message.role) ? roles[message.role] : null;
    if (role == null) {
      throw cannot(this.vendor.id, `${where}.role`, `the role "${String(message.role)}" is not known to it`);
    }
    if (role !== 'assistant' && !saysNothing(message.response_items)) {
      throw cannot(this.vendor.id, `${where}.response_items`, 'only OpenAI’s Responses have such items');
    }
    const kept = this.#keep('message', message);
    this.#refuseStrangers(kept, role, where);
    const thoughts = itemsOf(kept.thinking_blocks).filter(isObject);
    return {
      role,
      where,
      parts: [...this.#parts(message.content, where), ...this.#refusal(message, where)],
      isPlain: typeof message.content === 'string',
      mark: markOf(kept),
      calls: itemsOf(message.tool_calls).map((call, at) => this.#call(objectOf(call), `${where}.tool_calls[${at}]`)),
      callId: message.tool_call_id,
      isError: kept.is_error === true,
      reasoning: textOf(kept.reasoning_content) ?? textOf(kept.reasoning),
      thoughts,
      vendorBlocks: itemsOf(kept.vendor_blocks).filter(isObject),
      citations: itemsOf(kept.citations),
      images: itemsOf(kept.images).filter(isObject),
      extraContent: kept.extra_content,
    };
  }

  /** What of the members this vendor takes; the rest is said to be left out. */
  #keep(place: Place, held: JsonObject): JsonObject {
    const { quirks } = this.vendor;
    const foreign = Object.keys(held).filter((field) => isForeign(place, field, quirks));
    if (foreign.length === 0) return held;
    // Thinking that goes along signed is not lost with its text.
    const isToldTwice = itemsOf(held.thinking_blocks).length > 0 && !isForeign('message', 'thinking_blocks', quirks);
    for (const field of foreign) {
      const isCopy = isToldTwice && (field === 'reasoning_content' || field === 'reasoning');
      if (!isCopy && !saysNothing(held[field])) this.leftOut.field(place, field);
    }
    return Object.fromEntries(Object.entries(held).filter(([field]) => !foreign.includes(field)));
  }

  #refuseStrangers(message: JsonObject, role: Said['role'], where: string): void {
    for (const [field, value] of Object.entries(message)) {
      if (knownMembers.has(field) || saysNothing(value) || isForeignName(field)) continue;
      if (refusedMembers.has(field)) throw cannot(this.vendor.id, `${where}.${field}`);
      // The name of a tool goes with its call.
      if (field !== 'name' || role !== 'tool') this.leftOut.field('message', field);
    }
  }

  #refusal(message: JsonObject, where: string): Part[] {
    const text = textOf(message.refusal);
    return text === null ? [] : [{ kind: 'text', text, citations: [], where, mark: null }];
  }

  #parts(content: unknown, where: string): Part[] {
    if (content === null || content === undefined) return [];
    if (typeof content === 'string') return [{ kind: 'text', text: content, citations: [], where, mark: null }];
    return itemsOf(content).map((part, place) => this.#part(objectOf(part), `${where}.content[${place}]`));
  }

  #part(sent: JsonObject, where: string): Part {
    const part = this.#keep('part', sent);
    const place: PartPlace = { where, mark: markOf(part) };
    switch (part.type) {
      case 'text':
        return { ...place, kind: 'text', text: String(part.text ?? ''), citations: itemsOf(part.citations) };
      case 'refusal':
        return { ...place, kind: 'text', text: String(part.refusal ?? ''), citations: [] };
      case 'image_url':
        return { ...place, kind: 'image', ...addressOf(part.image_url, `${where}.image_url.url`, where) };
      case 'video_url':
        return { ...place, kind: 'video', ...addressOf(part.video_url, `${where}.video_url.url`, where) };
      case 'input_audio': {
        const { data, format } = objectOf(part.input_audio);
        if (typeof data !== 'string') throw missing(`${where}.input_audio.data`, where);
        return { ...place, kind: 'audio', data, format: textOf(format) ?? 'wav' };
      }
      case 'file':
        return { ...place, kind: 'file', ...fileOf(objectOf(part.file), where) };
      default:
        return { ...place, kind: 'other', type: textOf(part.type), part };
    }
  }

  #call(sent: JsonObject, where: string): Call {
    const { id, type, function: called, index, ...rest } = this.#keep('call', sent);
    if (!isObject(called)) throw cannot(this.vendor.id, where, 'only calls of functions can be sent');
    const { name, arguments: args } = called;
    const { cache_control, ...extra } = rest;
    return {
      where,
      id,
      name,
      args: typeof args === 'string' ? args : args == null ? '' : JSON.stringify(args),
      input: () => parseArguments(args, `${where}.function.arguments`),
      mark: isObject(cache_control) ? cache_control : null,
      extra,
    };
  }
}

/** Names of other dialects that got past the screen are the vendor's own, and read. */
const ownNames = new Set([
  'cache_control',
  'thinking_blocks',
  'is_error',
  'reasoning_content',
  'reasoning',
  'citations',
  'vendor_blocks',
  'extra_content',
  'images',
]);
const isForeignName = (field: string) => ownNames.has(field);

const markOf = ({ cache_control }: JsonObject): JsonObject | null => (isObject(cache_control) ? cache_control : null);

const missing = (what: string, param: string) => new SkeinError('invalid_request', `${what} is missing.`, { param });

function addressOf(held: unknown, what: string, where: string): { url: string; inline: InlineData | null } {
  const url = typeof held === 'string' ? held : textOf(valueAt(held, 'url'));
  if (url === null) throw missing(what, where);
  return { url, inline: readDataUrl(url) };
}

function fileOf(file: JsonObject, where: string): { name: string | null; source: FileSource } {
  const name = textOf(file.filename);
  const id = textOf(file.file_id);
  if (id !== null) return { name, source: { from: 'id', id } };
  const data = textOf(file.file_data);
  if (data === null) {
    throw new SkeinError('invalid_request', `${where}.file holds no data.`, { param: where });
  }
  const inline = readDataUrl(data);
  if (inline !== null) return { name, source: { from: 'data', ...inline } };
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(data)) return { name, source: { from: 'url', url: data } };
  return { name, source: { from: 'data', mediaType: typeByName(name), base64: data } };
}

const textTypes: Readonly<Record<string, string>> = { txt: 'plain', md: 'markdown', csv: 'csv', html: 'html' };

/** Data that does not say what it is, is what its name says, and else the kind of document that is sent most. */
function typeByName(name: string | null): string {
  const ending = /\.([a-z0-9]+)$/i.exec(name ?? '')?.[1]?.toLowerCase() ?? 'pdf';
  const text = Object.hasOwn(textTypes, ending) ? textTypes[ending] : undefined;
  return text === undefined ? `application/${ending}` : `text/${text}`;
}

function parseArguments(args: unknown, param: string): JsonObject {
  if (args === undefined || args === null || args === '') return {};
  try {
    const input: unknown = typeof args === 'string' ? JSON.parse(args) : args;
    if (isObject(input)) return input;
  } catch {
    // Said below, with what is not an object.
  }
  throw new SkeinError('invalid_request', `${param} must be a JSON object.`, { param });
}

/** The text of inline data that is text; null for any other. */
export function inlineText(source: FileSource): string | null {
  if (source.from !== 'data' || !source.mediaType.startsWith('text/')) return null;
  return Buffer.from(source.base64, 'base64').toString('utf8');
}
