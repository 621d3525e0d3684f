/**
 * Messages for an OpenAI-shaped vendor: as sent, but for what belongs to another dialect and this vendor does not take.
 * What can be said in its own words is; what can not is left out with a notice, or refused by name where it is content.
 */
import type { VendorQuirks } from '@skein/catalog';
import { isForeign, saysNothing, type LeftOut } from '../foreign-fields.js';
import { isObject, itemsOf, objectOf, textOf, type JsonObject } from '../json.js';
import { cannot } from '../screen-fields.js';

export interface MessageScreen {
  readonly vendor: string;
  readonly quirks: VendorQuirks;
  readonly leftOut: LeftOut;
}

/** Kinds of parts some vendor knows. Of others nothing is known, and they go on. */
const knownParts = new Set([
  'text',
  'refusal',
  'image_url',
  'input_audio',
  'file',
  'video_url',
  'video',
  'audio_url',
  'file_url',
  'pdf_url',
  'document_url',
  'reference',
  'image',
  'document',
  'search_result',
  'thinking',
  'redacted_thinking',
  'container_upload',
]);
/** What Anthropic's own tools were called with and found out: history that no other vendor can read. */
const SERVER_BLOCK = /^(?:server_tool_use|mcp_tool_use|[a-z_]+_tool_result|compaction)$/;

/** Members of messages with which OpenAI's clients say that there is none. */
const emptyMembers = new Set(['refusal', 'audio', 'function_call', 'tool_calls', 'annotations', 'name']);

/** Screens messages. The very same list comes back where nothing has to change. Throws `invalid_request`. */
export function screenMessages(messages: readonly unknown[], screen: MessageScreen): readonly unknown[] {
  const written = messages.map((message, place) =>
    isObject(message) ? screenMessage(message, `messages[${place}]`, screen) : message,
  );
  const placed = screen.quirks.toolMedia ? written : moveToolMedia(written, screen);
  return placed.length === messages.length && placed.every((message, place) => message === messages[place])
    ? messages
    : placed;
}

function screenMessage(message: JsonObject, where: string, screen: MessageScreen): JsonObject {
  refuseItems(message, where, screen);
  const kept = dropForeign('message', message, screen);
  const content = screenContent(message.content, where, screen);
  const calls = screenList(message.tool_calls, (call) => dropForeign('call', call, screen));
  const refusal = refusalText(message, screen.quirks);
  if (kept === message && content === message.content && calls === message.tool_calls && refusal === null) {
    return message;
  }
  const said = saysNothing(content) ? refusal : content;
  return {
    ...kept,
    ...(message.content !== undefined && { content: said ?? content }),
    ...(message.tool_calls !== undefined && kept.tool_calls !== undefined && { tool_calls: calls }),
  };
}

/** What a caller hands to tools of OpenAI's own cannot be left out, as what these tools did can. */
function refuseItems(
  { role, response_items: items }: JsonObject,
  where: string,
  { vendor, quirks }: MessageScreen,
): void {
  if (role === 'assistant' || saysNothing(items) || !isForeign('message', 'response_items', quirks)) return;
  throw cannot(vendor, `${where}.response_items`, 'only OpenAI’s Responses have such items');
}

/** Vendors that have no refusals read them as what was said. */
function refusalText(message: JsonObject, { parts }: VendorQuirks): string | null {
  return parts === null || parts.includes('refusal') ? null : textOf(message.refusal);
}

/** Thinking goes by two names; where the vendor takes but the other one, it is that. */
const otherName: Readonly<Record<string, string>> = {
  reasoning_content: 'reasoning',
  reasoning: 'reasoning_content',
};

function dropForeign(place: 'message' | 'part' | 'tool' | 'call', held: JsonObject, screen: MessageScreen): JsonObject {
  const { quirks, leftOut } = screen;
  const entries: [string, unknown][] = [];
  for (const [field, value] of Object.entries(held)) {
    if (place === 'message' && isBlankMember(field, value, quirks)) continue;
    if (!isForeign(place, field, quirks)) {
      entries.push([field, value]);
      continue;
    }
    const renamed = place === 'message' ? otherName[field] : undefined;
    if (renamed !== undefined && !isForeign(place, renamed, quirks)) {
      if (held[renamed] === undefined) entries.push([renamed, value]);
    } else if (!saysNothing(value)) leftOut.field(place, field);
  }
  const isSame = entries.length === Object.keys(held).length && entries.every(([field]) => field in held);
  return isSame ? held : Object.fromEntries(entries);
}

/** OpenAI's own clients send these back empty; strict vendors know no such fields. */
function isBlankMember(field: string, value: unknown, { parts }: VendorQuirks): boolean {
  const isStrict = parts !== null && !parts.includes('refusal');
  return isStrict && emptyMembers.has(field) && (saysNothing(value) || field === 'refusal');
}

function screenList(list: unknown, screen: (item: JsonObject) => JsonObject | null): unknown {
  if (!Array.isArray(list)) return list;
  const items = list as unknown[];
  const written = items.map((item) => (isObject(item) ? screen(item) : item)).filter((item) => item !== null);
  return written.length === items.length && written.every((item, place) => item === items[place]) ? list : written;
}

function screenContent(content: unknown, where: string, screen: MessageScreen): unknown {
  let place = 0;
  return screenList(content, (part) => screenPart(part, `${where}.content[${place++}]`, screen));
}

/** Null where the part is left out. */
function screenPart(part: JsonObject, where: string, screen: MessageScreen): JsonObject | null {
  const { vendor, quirks, leftOut } = screen;
  const kept = dropForeign('part', part, screen);
  const type = textOf(part.type) ?? '';
  if (quirks.parts === null || quirks.parts.includes(type)) return kept;
  if (SERVER_BLOCK.test(type)) {
    leftOut.say(`${vendor} has no tools of Anthropic's; what they were asked and answered was left out`);
    return null;
  }
  if (type === 'refusal') return { type: 'text', text: String(part.refusal ?? '') };
  const own = inOwnWords(kept, screen);
  if (own !== null) return own;
  if (knownParts.has(type)) throw cannot(vendor, where, `parts of type "${type}" are not known to it`);
  return kept;
}

/** Pictures and documents of Anthropic's as OpenAI has them; null where they cannot be. */
function inOwnWords(part: JsonObject, { vendor, quirks, leftOut }: MessageScreen): JsonObject | null {
  const { type, url, media_type, data } = objectOf(part.source);
  const reads = (kind: string) => quirks.parts?.includes(kind) ?? true;
  const inline = type === 'base64' ? `data:${String(media_type)};base64,${String(data)}` : null;
  if (part.type === 'image' && reads('image_url')) {
    const address = inline ?? (type === 'url' ? textOf(url) : null);
    return address === null ? null : { type: 'image_url', image_url: { url: address } };
  }
  if (part.type !== 'document') return null;
  if (type === 'text') return { type: 'text', text: [textOf(part.title), textOf(data)].filter(Boolean).join('\n\n') };
  if (inline === null || !reads('file')) return null;
  if (part.citations !== undefined || part.context !== undefined) {
    leftOut.say(`${vendor} does not cite documents; they were sent as files`);
  }
  return { type: 'file', file: { filename: textOf(part.title) ?? 'document.pdf', file_data: inline } };
}

const SEE_BELOW = '(The result holds pictures or files; they follow in the next message of the user.)';
const isText = (part: unknown) => isObject(part) && part.type === 'text';

/** Results of tools are text to these vendors: what else they hold follows, once the results of a turn are all told. */
function moveToolMedia(messages: readonly unknown[], { vendor, leftOut }: MessageScreen): readonly unknown[] {
  const placed: unknown[] = [];
  let media: unknown[] = [];
  const follow = () => {
    if (media.length > 0) placed.push({ role: 'user', content: media });
    media = [];
  };
  for (const message of messages) {
    const { role, content, tool_call_id } = objectOf(message);
    if (role !== 'tool') follow();
    const others = role === 'tool' ? itemsOf(content).filter((part) => !isText(part)) : [];
    if (others.length === 0) placed.push(message);
    else {
      leftOut.say(`${vendor} reads text alone in results of tools; the rest follows in a message of the user's`);
      const texts = itemsOf(content).filter(isText);
      placed.push({ ...objectOf(message), content: [...texts, { type: 'text', text: SEE_BELOW }] });
      media.push({ type: 'text', text: `From the result of ${String(tool_call_id)}:` }, ...others);
    }
  }
  follow();
  return placed;
}

/** Tools of Anthropic's are named by a dated type, Gemini's by these. */
const FOREIGN_TOOL = /_\d{8}$|^(?:mcp_toolset|google_search|url_context|code_execution)$/;

/** Screens tools. Throws `invalid_request` for those that only another vendor runs. */
export function screenTools(tools: unknown, screen: MessageScreen): unknown {
  let place = 0;
  return screenList(tools, (tool) => {
    const where = `tools[${place++}]`;
    const type = textOf(tool.type) ?? 'function';
    if (screen.quirks.takes.includes('*')) return tool;
    if (FOREIGN_TOOL.test(type) && !isObject(tool.function)) {
      throw cannot(screen.vendor, where, `tools of type "${type}" are run by another vendor`);
    }
    const kept = dropForeign('tool', tool, screen);
    if (!isObject(kept.function)) return kept;
    const declared = dropForeign('tool', kept.function, screen);
    return declared === kept.function ? kept : { ...kept, function: declared };
  });
}
