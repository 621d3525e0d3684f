/**
 * Messages as the items of a Response. What a model said, thought and called are items of their own there; what chat has no
 * place for stands in `response_items` as the vendor told it, and goes back as it is.
 */
import { unfoldMessage } from '@skein/contracts/openai';
import { isForeign } from '../../foreign-fields.js';
import { isObject, itemsOf, objectOf, textOf, type JsonObject } from '../../json.js';
import { cannot } from '../../screen-fields.js';
import { screenMessages, type MessageScreen } from '../openai-messages.js';

/** Writes items. Throws `invalid_request` naming what cannot be said to the vendor. */
export function toResponseItems(messages: readonly unknown[], screen: MessageScreen): JsonObject[] {
  const told = messages.map((message) => (isObject(message) ? withoutCopies(message) : message));
  const custom = new Set<unknown>();
  return screenMessages(told, screen).flatMap((message, place) =>
    unfoldMessage(objectOf(message)).flatMap((part) => itemsOfMessage(part, `messages[${place}]`, screen, custom)),
  );
}

const isThought = (item: unknown) => isObject(item) && item.type === 'reasoning';

/** Thinking as text is a copy, where the thought itself goes back. */
function withoutCopies(message: JsonObject): JsonObject {
  if (!itemsOf(message.response_items).some(isThought)) return message;
  const { reasoning_content, reasoning, ...rest } = message;
  return rest;
}

function itemsOfMessage(message: JsonObject, where: string, screen: MessageScreen, custom: Set<unknown>): JsonObject[] {
  const { role, content, tool_calls, tool_call_id, refusal, response_items, ...others } = message;
  const rest = memberless(others, where, screen);
  const items = itemsOf(response_items).filter(isObject);
  if (role === 'tool') {
    const type = custom.has(tool_call_id) ? 'custom_tool_call_output' : 'function_call_output';
    return [{ type, call_id: tool_call_id, output: toContent(content, where, 'user', screen) }];
  }
  if (role === 'function') throw cannot(screen.vendor, `${where}.role`, 'results are those of tools');
  if (role !== 'assistant') {
    const isSilent = items.length > 0 && (content === '' || content === null || content === undefined);
    const said = { type: 'message', role, content: toContent(content, where, 'user', screen), ...rest };
    return isSilent ? items : [...items, said];
  }
  const calls = itemsOf(tool_calls).map((call, place) => toCall(call, `${where}.tool_calls[${place}]`, screen, custom));
  const words = toContent(content, where, 'assistant', screen);
  const refused = textOf(refusal);
  const parts = [
    ...(typeof words === 'string' ? (words === '' ? [] : [{ type: 'output_text', text: words }]) : words),
    ...(refused === null ? [] : [{ type: 'refusal', refusal: refused }]),
  ];
  const isSilent = parts.length === 0 && (items.length > 0 || calls.length > 0);
  const said = { type: 'message', role, content: refused === null ? words : parts, ...rest };
  return [...items, ...thinking(message, screen), ...(isSilent ? [] : [said]), ...calls];
}

/** What is neither said here nor a member of an item. */
const spoken = new Set(['reasoning_content', 'reasoning', 'annotations', 'block_order']);

/** The members that go on as they are. Throws for those that would change what is said. */
function memberless(message: JsonObject, where: string, { vendor, leftOut }: MessageScreen): JsonObject {
  const kept: [string, unknown][] = [];
  for (const [name, value] of Object.entries(message)) {
    if (spoken.has(name) || value === null || value === undefined) continue;
    if (name === 'audio' || name === 'function_call') throw cannot(vendor, `${where}.${name}`);
    if (name === 'name') leftOut.field('message', name);
    else kept.push([name, value]);
  }
  return Object.fromEntries(kept);
}

/** Thinking as text goes back to vendors that take it so. */
function thinking({ reasoning_content, reasoning }: JsonObject, { quirks }: MessageScreen): JsonObject[] {
  const text = textOf(reasoning_content) ?? textOf(reasoning);
  if (text === null || isForeign('message', 'reasoning_content', quirks)) return [];
  return [{ type: 'reasoning', summary: [], content: [{ type: 'reasoning_text', text }] }];
}

function toCall(call: unknown, where: string, { vendor }: MessageScreen, custom: Set<unknown>): JsonObject {
  const { id, type, index, function: called, custom: tool, ...rest } = objectOf(call);
  if (isObject(tool)) {
    custom.add(id);
    return { type: 'custom_tool_call', call_id: id, name: tool.name, input: tool.input ?? '', ...rest };
  }
  if (!isObject(called)) throw cannot(vendor, where, 'only calls of functions and of custom tools can be sent');
  const { name, arguments: args } = called;
  const written = typeof args === 'string' ? args : JSON.stringify(args ?? {});
  return { type: 'function_call', call_id: id, name, arguments: written, ...rest };
}

/** Whose words they are decides what a text is called. */
type Speaker = 'user' | 'assistant';

function toContent(content: unknown, where: string, speaker: Speaker, screen: MessageScreen): string | JsonObject[] {
  if (!Array.isArray(content)) return typeof content === 'string' ? content : '';
  const parts = itemsOf(content).map(objectOf);
  const isPlain = parts.every((part) => part.type === 'text' && Object.keys(part).length === 2);
  if (isPlain && (parts.length === 1 || speaker === 'assistant'))
    return parts.map(({ text }) => textOf(text) ?? '').join('');
  return parts.map((part, place) => {
    const write = partWriters[textOf(part.type) ?? ''];
    return write === undefined ? part : write(part, `${where}.content[${place}]`, speaker, screen);
  });
}

type PartWriter = (part: JsonObject, where: string, speaker: Speaker, screen: MessageScreen) => JsonObject;
const isUrl = (text: string) => /^https?:\/\//i.test(text);

/** Parts of any other kind are some vendor's own, and go on as they are. */
const partWriters: Readonly<Record<string, PartWriter>> = {
  text: ({ type, ...part }, _where, speaker) => ({
    type: speaker === 'assistant' ? 'output_text' : 'input_text',
    ...part,
  }),
  refusal: (part, where, speaker, { vendor }) => {
    if (speaker === 'assistant') return part;
    throw cannot(vendor, where, 'only an assistant refuses');
  },
  image_url: ({ type, image_url: image, ...part }) => {
    const { url, ...options } = isObject(image) ? image : { url: image };
    return { type: 'input_image', image_url: url, detail: 'auto', ...options, ...part };
  },
  file: ({ type, file, ...part }) => {
    const { file_data, ...named } = objectOf(file);
    const data = textOf(file_data);
    const isAddress = data !== null && isUrl(data);
    return {
      type: 'input_file',
      ...named,
      ...(data !== null && (isAddress ? { file_url: data } : { file_data: data })),
      ...part,
    };
  },
};
