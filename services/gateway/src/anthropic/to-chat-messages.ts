/**
 * Anthropic's turns of blocks as OpenAI's messages. What OpenAI has no field for keeps its own name (`cache_control`,
 * `thinking_blocks`, `is_error`, blocks of Anthropic's own), so that an Anthropic vendor gets it back as it was said.
 */
import { Buffer } from 'node:buffer';
import { readThoughts } from '@skein/contracts/responses';
import type { JsonObject } from '@skein/contracts/openai';
import {
  blockSchemas,
  readBlock,
  type AnyBlock,
  type Block,
  type CountRequest,
  type Turn,
} from './messages-request.js';

/** The conversation, the system text first. Throws `invalid_request` naming the block that cannot be read. */
export function toChatMessages({ system, messages }: Pick<CountRequest, 'system' | 'messages'>): JsonObject[] {
  const instructions = system === undefined || system.length === 0 ? [] : [plainMessage('system', system, 'system')];
  return [...instructions, ...messages.flatMap((turn, place) => turnMessages(turn, `messages.${place}.content`))];
}

function turnMessages({ role, content }: Turn, where: string): JsonObject[] {
  if (typeof content === 'string' || content.length === 0) return [plainMessage(role, content, where)];
  const write: Record<Turn['role'], () => JsonObject[]> = {
    system: () => [plainMessage('system', content, where)],
    user: () => userMessages(content, where),
    assistant: () => assistantMessages(content, where),
  };
  return write[role]();
}

function plainMessage(role: Turn['role'], content: string | readonly AnyBlock[], where: string): JsonObject {
  return { role, content: toContent(content, where) };
}

/** Results of tools are messages of their own; what stands between them is the user's. */
function userMessages(blocks: readonly AnyBlock[], where: string): JsonObject[] {
  const messages: JsonObject[] = [];
  let said: JsonObject[] = [];
  const say = () => {
    if (said.length > 0) messages.push({ role: 'user', content: simplest(said) });
    said = [];
  };
  blocks.forEach((block, place) => {
    const here = `${where}.${place}`;
    if (block.type !== 'tool_result') {
      said.push(toPart(block, here));
      return;
    }
    say();
    messages.push(toolMessage(readBlock(blockSchemas.tool_result, block, here), here));
  });
  say();
  return messages;
}

function toolMessage(
  { type, tool_use_id, content, is_error, ...rest }: Block<'tool_result'>,
  where: string,
): JsonObject {
  return {
    role: 'tool',
    tool_call_id: tool_use_id,
    content: toContent(content ?? '', `${where}.content`),
    ...(is_error === true && { is_error }),
    ...rest,
  };
}

/** The order within one message of OpenAI's: thoughts, then words, then calls. */
const THOUGHT = 0;
const WORD = 1;
const CALL = 2;
const stages: Readonly<Record<string, number>> = { thinking: THOUGHT, redacted_thinking: THOUGHT, tool_use: CALL };

interface AssistantDraft {
  stage: number;
  reasoning: string;
  readonly thoughts: JsonObject[];
  /** Thoughts of OpenAI's, which went by as signatures. */
  readonly items: JsonObject[];
  readonly parts: JsonObject[];
  readonly calls: JsonObject[];
  /** A mark on the last call stands for the message's, which has a place for it. */
  mark: JsonObject | null;
}

const emptyDraft = (): AssistantDraft => ({
  stage: THOUGHT,
  reasoning: '',
  thoughts: [],
  items: [],
  parts: [],
  calls: [],
  mark: null,
});

/** A turn that goes back (words after a call, thoughts after words) is several messages, so that its order is kept. */
function assistantMessages(blocks: readonly AnyBlock[], where: string): JsonObject[] {
  const messages: JsonObject[] = [];
  let draft = emptyDraft();
  blocks.forEach((block, place) => {
    const stage = stages[block.type] ?? WORD;
    if (stage < draft.stage) {
      messages.push(writeAssistant(draft));
      draft = emptyDraft();
    }
    draft.stage = stage;
    addToDraft(draft, block, `${where}.${place}`);
  });
  return [...messages, writeAssistant(draft)];
}

function addToDraft(draft: AssistantDraft, block: AnyBlock, where: string): void {
  switch (block.type) {
    case 'thinking': {
      const thought = readBlock(blockSchemas.thinking, block, where);
      const items = readThoughts(thought.signature);
      // Unsigned thoughts are another vendor's: Anthropic takes back only its own.
      if (items.length > 0) draft.items.push(...items);
      else if (thought.signature) draft.thoughts.push(thought);
      else draft.reasoning += thought.thinking;
      return;
    }
    case 'redacted_thinking':
      draft.thoughts.push(readBlock(blockSchemas.redacted_thinking, block, where));
      return;
    case 'tool_use': {
      const { type, id, name, input, cache_control, ...rest } = readBlock(blockSchemas.tool_use, block, where);
      draft.calls.push({ id, type: 'function', function: { name, arguments: JSON.stringify(input) }, ...rest });
      draft.mark = cache_control ?? null;
      return;
    }
    default:
      draft.parts.push(toPart(block, where));
  }
}

function writeAssistant({ reasoning, thoughts, items, parts, calls, mark }: AssistantDraft): JsonObject {
  return {
    role: 'assistant',
    content: parts.length === 0 ? null : simplest(parts),
    ...(reasoning !== '' && { reasoning_content: reasoning }),
    ...(thoughts.length > 0 && { thinking_blocks: thoughts }),
    ...(items.length > 0 && { response_items: items }),
    ...(calls.length > 0 && { tool_calls: calls }),
    ...(mark !== null && { cache_control: mark }),
  };
}

function toContent(content: string | readonly AnyBlock[], where: string): string | JsonObject[] {
  if (typeof content === 'string') return content;
  return simplest(content.map((block, place) => toPart(block, `${where}.${place}`)));
}

/** One plain text is a string, which every vendor takes. */
function simplest(parts: JsonObject[]): string | JsonObject[] {
  const [only] = parts;
  if (only === undefined) return '';
  const isPlain = parts.length === 1 && only.type === 'text' && Object.keys(only).length === 2;
  return isPlain && typeof only.text === 'string' ? only.text : parts;
}

function toPart(block: AnyBlock, where: string): JsonObject {
  switch (block.type) {
    case 'text':
      return readBlock(blockSchemas.text, block, where);
    case 'image':
      return imagePart(readBlock(blockSchemas.image, block, where));
    case 'document':
      return documentPart(readBlock(blockSchemas.document, block, where));
    default:
      return block;
  }
}

function imagePart(block: Block<'image'>): JsonObject {
  const { type, source, ...rest } = block;
  const url = urlOf(source);
  return url === null ? block : { type: 'image_url', image_url: { url }, ...rest };
}

function urlOf(source: AnyBlock): string | null {
  const { type, url, media_type, data } = source;
  if (type === 'url' && typeof url === 'string') return url;
  if (type !== 'base64' || typeof media_type !== 'string' || typeof data !== 'string') return null;
  return `data:${media_type};base64,${data}`;
}

/** A file that OpenAI's part can hold whole is one; a document with options (citations, context) stays Anthropic's. */
function documentPart(block: Block<'document'>): JsonObject {
  const { type, source, title, cache_control, ...options } = block;
  const data = inlineDocument(source);
  if (data === null || Object.keys(options).length > 0) return block;
  const named = typeof title === 'string' ? { filename: title } : {};
  return { type: 'file', file: { ...named, file_data: data }, ...(cache_control && { cache_control }) };
}

function inlineDocument(source: AnyBlock): string | null {
  if (source.type === 'base64') return urlOf(source);
  if (source.type !== 'text' || typeof source.data !== 'string') return null;
  return `data:text/plain;base64,${Buffer.from(source.data).toString('base64')}`;
}
