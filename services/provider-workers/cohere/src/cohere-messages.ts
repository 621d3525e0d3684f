/** OpenAI messages as Cohere's. Their shapes are cousins: what differs is the thinking, the plans, and what a part may be. */
import { cannot, isObject, itemsOf, objectOf, textOf, type JsonObject } from '@skein/provider-kit';

const VENDOR = 'cohere';

/** Parts that Cohere reads as they are: its own, and those it shares with OpenAI. */
const knownParts: Readonly<Record<string, ReadonlySet<string>>> = {
  system: new Set(['text']),
  user: new Set(['text', 'image_url', 'document']),
  assistant: new Set(['text', 'thinking']),
  tool: new Set(['text', 'document']),
};

/** Translates messages. Throws `invalid_request` naming what cannot be said. */
export function toMessages(messages: readonly unknown[]): JsonObject[] {
  return messages.map((message, place) => toMessage(objectOf(message), `messages[${place}]`));
}

function toMessage(message: JsonObject, where: string): JsonObject {
  switch (message.role) {
    case 'system':
    case 'developer':
      return { role: 'system', content: toContent(message.content, 'system', where) };
    case 'user':
      return { role: 'user', content: toContent(message.content, 'user', where) };
    case 'assistant':
      return toAssistant(message, where);
    case 'tool':
      return {
        role: 'tool',
        tool_call_id: message.tool_call_id,
        content: toContent(message.content ?? '', 'tool', where),
      };
    default:
      throw cannot(VENDOR, `${where}.role`, `the role "${String(message.role)}" is not known to it`);
  }
}

/** Before calls of tools the thinking is the plan they follow from; else it stands before the text. */
function toAssistant(message: JsonObject, where: string): JsonObject {
  const calls = itemsOf(message.tool_calls).map((call, place) => toCall(call, `${where}.tool_calls[${place}]`));
  const thought = textOf(message.reasoning_content);
  const said = toContent(message.content ?? textOf(message.refusal) ?? '', 'assistant', where);
  const parts = typeof said === 'string' ? (said === '' ? [] : [{ type: 'text', text: said }]) : said;
  const content = thought !== null && calls.length === 0 ? [{ type: 'thinking', thinking: thought }, ...parts] : parts;
  return {
    role: 'assistant',
    ...((content.length > 0 || calls.length === 0) && { content: content.length > 0 ? content : '' }),
    ...(calls.length > 0 && { tool_calls: calls }),
    ...(thought !== null && calls.length > 0 && { tool_plan: thought }),
    ...(itemsOf(message.citations).length > 0 && { citations: message.citations }),
  };
}

function toCall(call: unknown, where: string): JsonObject {
  const { id, function: called } = objectOf(call);
  if (!isObject(called)) throw cannot(VENDOR, where, 'only calls of functions can be sent');
  const { name, arguments: args } = called;
  return { id, type: 'function', function: { name, arguments: textOf(args) ?? '{}' } };
}

function toContent(content: unknown, role: string, where: string): string | JsonObject[] {
  if (content === null || content === undefined) return '';
  if (typeof content === 'string') return content;
  return itemsOf(content).map((part, place) => toPart(objectOf(part), role, `${where}.content[${place}]`));
}

function toPart(part: JsonObject, role: string, where: string): JsonObject {
  if (part.type === 'refusal') return { type: 'text', text: String(part.refusal ?? '') };
  if (typeof part.type === 'string' && knownParts[role]?.has(part.type) === true) return part;
  throw cannot(VENDOR, where, `parts of type "${String(part.type)}" are not known to it in a message of ${role}`);
}
