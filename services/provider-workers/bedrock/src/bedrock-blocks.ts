/** OpenAI messages as Converse's turns of blocks. */
import { SkeinError } from '@skein/contracts/errors';
import { cannot, isObject, itemsOf, objectOf, textOf, valueAt, type JsonObject } from '@skein/provider-kit';
import type { Turn } from './bedrock.wire.js';
import { toDocument, toMedia } from './bedrock-media.js';

const VENDOR = 'bedrock';

/** Blocks of Converse's own that a caller may write as parts, by the name of their one field. */
const ownBlocks = new Set(['guardContent', 'image', 'document', 'video', 'cachePoint', 'searchResult']);

export interface Conversation {
  readonly system: JsonObject[];
  readonly turns: Turn[];
  readonly notices: string[];
}

/** Sorts messages into the system text and turns that alternate. Throws `invalid_request` naming what cannot be said. */
export function toConversation(messages: readonly unknown[]): Conversation {
  const conversation: Conversation = { system: [], turns: [], notices: [] };
  messages.forEach((message, place) => addMessage(conversation, objectOf(message), `messages[${place}]`));
  return conversation;
}

/** Does anything in the conversation speak of tools? Then they must be declared. */
export function speaksOfTools(turns: readonly Turn[]): boolean {
  return turns.some(({ content }) => content.some((block) => 'toolUse' in block || 'toolResult' in block));
}

function addMessage(conversation: Conversation, message: JsonObject, where: string): void {
  switch (message.role) {
    case 'system':
    case 'developer':
      if (conversation.turns.length > 0) {
        conversation.notices.push(`${VENDOR} reads system text first; ${where} was moved to the beginning`);
      }
      conversation.system.push(...withCachePoint(toBlocks(message.content, where), message));
      return;
    case 'user':
      return addTurn(conversation, 'user', withCachePoint(toBlocks(message.content, where), message));
    case 'assistant':
      return addTurn(conversation, 'assistant', withCachePoint(assistantBlocks(message, where), message));
    case 'tool':
      return addTurn(conversation, 'user', withCachePoint([toolResult(message, where)], message));
    default:
      throw cannot(VENDOR, `${where}.role`, `the role "${String(message.role)}" is not known to it`);
  }
}

/** Turns must alternate, and the results of parallel calls must share one. */
function addTurn({ turns }: Conversation, role: Turn['role'], blocks: JsonObject[]): void {
  const last = turns.at(-1);
  if (last?.role === role) last.content.push(...blocks);
  else if (blocks.length > 0) turns.push({ role, content: blocks });
}

/** A mark on a part, message or tool (as Anthropic has it) is a point after it here. */
export function withCachePoint(blocks: JsonObject[], { cache_control }: JsonObject): JsonObject[] {
  if (!isObject(cache_control)) return blocks;
  const ttl = textOf(cache_control.ttl);
  return [...blocks, { cachePoint: { type: 'default', ...(ttl !== null && { ttl }) } }];
}

function assistantBlocks(message: JsonObject, where: string): JsonObject[] {
  const thoughts = itemsOf(message.thinking_blocks).map(objectOf).map(toReasoning);
  const refused = textOf(message.refusal);
  const calls = itemsOf(message.tool_calls).map((call, place) =>
    toolUse(objectOf(call), `${where}.tool_calls[${place}]`),
  );
  return [...thoughts, ...toBlocks(message.content, where), ...(refused === null ? [] : [{ text: refused }]), ...calls];
}

function toReasoning({ type, thinking, signature, data }: JsonObject): JsonObject {
  if (type === 'redacted_thinking') return { reasoningContent: { redactedContent: data } };
  return { reasoningContent: { reasoningText: { text: thinking, ...(textOf(signature) !== null && { signature }) } } };
}

function toolUse(call: JsonObject, where: string): JsonObject {
  if (!isObject(call.function)) throw cannot(VENDOR, where, 'only calls of functions can be sent');
  const { name, arguments: args } = call.function;
  return { toolUse: { toolUseId: call.id, name, input: parseArguments(args, `${where}.function.arguments`) } };
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

function toolResult(message: JsonObject, where: string): JsonObject {
  const blocks = toBlocks(message.content, where);
  return {
    toolResult: {
      toolUseId: message.tool_call_id,
      content: blocks.length > 0 ? blocks : [{ text: '(no result)' }],
      ...(message.is_error === true && { status: 'error' }),
    },
  };
}

/** Blank text is refused by the vendor, and says nothing: it is left out. */
function toBlocks(content: unknown, where: string): JsonObject[] {
  if (content === null || content === undefined) return [];
  if (typeof content === 'string') return content.trim() === '' ? [] : [{ text: content }];
  return itemsOf(content).flatMap((part, place) => {
    const block = toBlock(objectOf(part), `${where}.content[${place}]`);
    return typeof block.text === 'string' && block.text.trim() === '' ? [] : withCachePoint([block], objectOf(part));
  });
}

function toBlock(part: JsonObject, where: string): JsonObject {
  switch (part.type) {
    case 'text':
      return { text: String(part.text ?? '') };
    case 'refusal':
      return { text: String(part.refusal ?? '') };
    case 'image_url':
      return toMedia(
        'image',
        typeof part.image_url === 'string' ? part.image_url : valueAt(part, 'image_url.url'),
        where,
      );
    case 'video_url':
      return toMedia('video', valueAt(part, 'video_url.url'), where);
    case 'file':
      return toDocument(objectOf(part.file), where);
    default: {
      const [name] = Object.keys(part);
      if (part.type === undefined && name !== undefined && ownBlocks.has(name)) return part;
      throw cannot(VENDOR, where, `parts of type "${String(part.type)}" are not known to it`);
    }
  }
}
