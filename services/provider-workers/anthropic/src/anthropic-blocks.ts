/** OpenAI messages as Anthropic turns of blocks. */
import { Buffer } from 'node:buffer';
import { SkeinError } from '@skein/contracts/errors';
import { cannot, isObject, itemsOf, objectOf, readDataUrl, textOf, type JsonObject } from '@skein/provider-kit';
import type { Block, Turn } from './anthropic.wire.js';

const VENDOR = 'anthropic';

/** Blocks of Anthropic's own that a caller may write as parts; they go on as they are. */
const ownBlocks = new Set(['image', 'document', 'search_result', 'thinking', 'redacted_thinking', 'container_upload']);

export interface Conversation {
  readonly system: Block[];
  readonly turns: Turn[];
  readonly notices: string[];
}

/** Sorts messages into the system text and turns that alternate. Throws `invalid_request` naming what cannot be said. */
export function toConversation(messages: readonly unknown[]): Conversation {
  const conversation: Conversation = { system: [], turns: [], notices: [] };
  messages.forEach((message, place) => addMessage(conversation, objectOf(message), `messages[${place}]`));
  return conversation;
}

function addMessage(conversation: Conversation, message: JsonObject, where: string): void {
  switch (message.role) {
    case 'system':
    case 'developer':
      if (conversation.turns.length > 0) {
        conversation.notices.push(`${VENDOR} reads system text first; ${where} was moved to the beginning`);
      }
      conversation.system.push(...withCacheMark(toBlocks(message.content, where), message));
      return;
    case 'user':
      return addTurn(conversation, 'user', withCacheMark(toBlocks(message.content, where), message));
    case 'assistant':
      return addTurn(conversation, 'assistant', withCacheMark(assistantBlocks(message, where), message));
    case 'tool':
      return addTurn(conversation, 'user', withCacheMark([toolResult(message, where)], message));
    default:
      throw cannot(VENDOR, `${where}.role`, `the role "${String(message.role)}" is not known to it`);
  }
}

/** Turns must alternate, and the results of parallel tool calls must share one. */
function addTurn({ turns }: Conversation, role: Turn['role'], blocks: Block[]): void {
  const last = turns.at(-1);
  if (last?.role === role) last.content.push(...blocks);
  else if (blocks.length > 0) turns.push({ role, content: blocks });
}

/** A mark on the message stands for a mark on its last block. */
function withCacheMark(blocks: Block[], { cache_control }: JsonObject): Block[] {
  const last = blocks.at(-1);
  if (cache_control === undefined || last === undefined) return blocks;
  return [...blocks.slice(0, -1), { ...last, cache_control }];
}

function assistantBlocks(message: JsonObject, where: string): Block[] {
  const thoughts = itemsOf(message.thinking_blocks).filter(isBlock);
  const said = toBlocks(message.content ?? '', where).filter(({ type, text }) => type !== 'text' || text !== '');
  const refused = textOf(message.refusal);
  const calls = itemsOf(message.tool_calls).map((call, place) =>
    toolUse(objectOf(call), `${where}.tool_calls[${place}]`),
  );
  return [...thoughts, ...said, ...(refused === null ? [] : [textBlock(refused)]), ...calls];
}

const isBlock = (value: unknown): value is Block => isObject(value) && typeof value.type === 'string';
const textBlock = (text: string): Block => ({ type: 'text', text });

function toolUse(call: JsonObject, where: string): Block {
  if (!isObject(call.function)) throw cannot(VENDOR, where, 'only calls of functions can be sent');
  const { name, arguments: args } = call.function;
  return { type: 'tool_use', id: call.id, name, input: parseArguments(args, `${where}.function.arguments`) };
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

function toolResult(message: JsonObject, where: string): Block {
  const blocks = toBlocks(message.content ?? '', where);
  const [only] = blocks;
  const isPlain = blocks.length === 1 && only?.type === 'text' && only.cache_control === undefined;
  return {
    type: 'tool_result',
    tool_use_id: message.tool_call_id,
    content: isPlain ? only.text : blocks,
    ...(message.is_error === true && { is_error: true }),
  };
}

function toBlocks(content: unknown, where: string): Block[] {
  if (content === null || content === undefined) return [];
  if (typeof content === 'string') return [textBlock(content)];
  return itemsOf(content).map((part, place) => toBlock(objectOf(part), `${where}.content[${place}]`));
}

function toBlock(part: JsonObject, where: string): Block {
  const mark = part.cache_control === undefined ? {} : { cache_control: part.cache_control };
  switch (part.type) {
    case 'text':
      return { ...textBlock(String(part.text ?? '')), ...mark };
    case 'refusal':
      return { ...textBlock(String(part.refusal ?? '')), ...mark };
    case 'image_url':
      return { type: 'image', source: imageSource(part.image_url, where), ...mark };
    case 'file':
      return { ...documentBlock(objectOf(part.file), where), ...mark };
    default:
      if (isBlock(part) && ownBlocks.has(part.type)) return part;
      throw cannot(VENDOR, where, `parts of type "${String(part.type)}" are not known to it`);
  }
}

function imageSource(image: unknown, where: string): JsonObject {
  const url = typeof image === 'string' ? image : textOf(objectOf(image).url);
  if (url === null) throw new SkeinError('invalid_request', `${where}.image_url.url is missing.`, { param: where });
  const inline = readDataUrl(url);
  return inline === null ? { type: 'url', url } : { type: 'base64', media_type: inline.mediaType, data: inline.base64 };
}

function documentBlock(file: JsonObject, where: string): Block {
  const title = textOf(file.filename);
  const named = title === null ? {} : { title };
  const fileId = textOf(file.file_id);
  if (fileId !== null) return { type: 'document', source: { type: 'file', file_id: fileId }, ...named };
  const data = textOf(file.file_data);
  if (data === null) throw new SkeinError('invalid_request', `${where}.file holds no data.`, { param: where });
  const inline = readDataUrl(data) ?? { mediaType: 'application/pdf', base64: data };
  if (inline.mediaType.startsWith('text/')) {
    const text = Buffer.from(inline.base64, 'base64').toString('utf8');
    return { type: 'document', source: { type: 'text', media_type: 'text/plain', data: text }, ...named };
  }
  return { type: 'document', source: { type: 'base64', media_type: inline.mediaType, data: inline.base64 }, ...named };
}
