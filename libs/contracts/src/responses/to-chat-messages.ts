/**
 * Items of a Responses conversation as chat messages. A model's words, thoughts and calls are items of their own there and
 * one message here, as long as nobody else speaks in between.
 */
import { itemsOf, objectOf, textOf, isObject, type JsonObject } from '../openai/json.js';
import { isThoughtItem, thoughtText } from '../openai/said.js';
import { readThoughts } from './thoughts.js';
import { refuse } from './request.js';

interface Turn {
  content: JsonObject[];
  reasoning: string;
  thoughts: JsonObject[];
  /** As OpenAI told them: thoughts in its cipher, and what its own tools did. */
  items: JsonObject[];
  /** What the words are for, where their vendor said it. */
  phase: string;
  calls: JsonObject[];
  refusal: string;
}

const emptyTurn = (): Turn => ({
  content: [],
  reasoning: '',
  thoughts: [],
  items: [],
  phase: '',
  calls: [],
  refusal: '',
});

/** Throws `invalid_request` naming the item, by its place after `where`. */
export function toChatMessages(items: readonly unknown[], where: string): JsonObject[] {
  const messages: JsonObject[] = [];
  let turn: Turn | null = null;
  const speak = (): Turn => (turn ??= emptyTurn());
  const endTurn = () => {
    if (turn !== null) messages.push(assistantMessage(turn));
    turn = null;
  };
  /** Thoughts and what the vendor's own tools did come before the words of a message. */
  const beforeWords = () => {
    if (turn !== null && (turn.calls.length > 0 || turn.content.length > 0)) endTurn();
  };
  const readers: Readonly<Record<string, (item: JsonObject, here: string) => void>> = {
    message: (item, here) => {
      if (item.role === 'assistant') {
        // Words after calls are another message: chat has them the other way round.
        const phase = textOf(item.phase);
        const isOther = turn !== null && turn.content.length > 0 && turn.phase !== phase;
        if (turn !== null && (turn.calls.length > 0 || isOther)) endTurn();
        speak().phase = phase;
        addWords(speak(), item, here);
        return;
      }
      endTurn();
      messages.push({ role: item.role, content: toContent(item.content, `${here}.content`) });
    },
    reasoning: (item) => {
      beforeWords();
      const said = speak();
      said.reasoning += thoughtText(item);
      const kept = readThoughts(item.encrypted_content);
      said.thoughts.push(...kept.filter((thought) => !isThoughtItem(thought)));
      said.items.push(...kept.filter(isThoughtItem));
      // In a cipher that is not ours: the vendor's own, from a conversation that began there.
      if (kept.length === 0 && textOf(item.encrypted_content) !== '') said.items.push(item);
    },
    function_call: ({ call_id, name, arguments: args }) => {
      speak().calls.push({ id: call_id, type: 'function', function: { name, arguments: args } });
    },
    custom_tool_call: ({ call_id, name, input }) => {
      speak().calls.push({ id: call_id, type: 'custom', custom: { name, input } });
    },
    function_call_output: (item, here) => {
      endTurn();
      messages.push(toolMessage(item, here));
    },
    custom_tool_call_output: (item, here) => {
      endTurn();
      messages.push(toolMessage(item, here));
    },
  };
  items.forEach((given, place) => {
    const item = objectOf(given);
    const type = textOf(item.type) || 'message';
    const read = readers[type];
    const here = `${where}${place}`;
    if (read !== undefined) read(item, here);
    else if (type === 'item_reference') throw refuse(here, 'there is no such item, or it is no longer kept');
    else if (isModels(type)) {
      beforeWords();
      speak().items.push(item);
    } else {
      endTurn();
      messages.push({ role: 'user', content: '', response_items: [item] });
    }
  });
  endTurn();
  return messages;
}

/** Items of OpenAI's own that a model said; others are what its caller hands to its tools. */
const isModels = (type: string) =>
  /_call$|^(?:mcp_list_tools|mcp_approval_request|compaction|tool_search_output)$/.test(type);

function assistantMessage({ content, reasoning, thoughts, items, phase, calls, refusal }: Turn): JsonObject {
  const text = content.map((part) => textOf(part.text)).join('');
  return {
    role: 'assistant',
    content: text === '' && (calls.length > 0 || items.length > 0 || refusal !== '') ? null : text,
    ...(refusal !== '' && { refusal }),
    ...(reasoning !== '' && { reasoning_content: reasoning }),
    ...(thoughts.length > 0 && { thinking_blocks: thoughts }),
    ...(items.length > 0 && { response_items: items }),
    ...(phase !== '' && { phase }),
    ...(calls.length > 0 && { tool_calls: calls }),
  };
}

function addWords(turn: Turn, { content }: JsonObject, where: string): void {
  if (typeof content === 'string') {
    turn.content.push({ type: 'text', text: content });
    return;
  }
  itemsOf(content).forEach((given, place) => {
    const part = objectOf(given);
    if (part.type === 'refusal') turn.refusal += textOf(part.refusal);
    else if (typeof part.text === 'string') turn.content.push({ type: 'text', text: part.text });
    else throw refuse(`${where}.content.${place}`, 'an assistant says text, or refuses');
  });
}

function toolMessage({ call_id, output }: JsonObject, where: string): JsonObject {
  if (typeof call_id !== 'string' || call_id === '') throw refuse(`${where}.call_id`, 'must be the id of a call');
  return { role: 'tool', tool_call_id: call_id, content: toContent(output, `${where}.output`) };
}

function toContent(content: unknown, where: string): unknown {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) throw refuse(where, 'must be a text or a list of parts');
  const parts = (content as unknown[]).map((part, place) => toPart(objectOf(part), `${where}.${place}`));
  const [only] = parts;
  return parts.length === 1 && only?.type === 'text' && Object.keys(only).length === 2 ? only.text : parts;
}

function toPart(part: JsonObject, where: string): JsonObject {
  const { type, ...rest } = part;
  const write = partWriters[textOf(type)];
  if (write === undefined) throw refuse(where, `parts of type "${textOf(type)}" are not taken here`);
  return write(rest, where);
}

const partWriters: Readonly<Record<string, (part: JsonObject, where: string) => JsonObject>> = {
  input_text: (part) => ({ type: 'text', ...part }),
  output_text: ({ text }) => ({ type: 'text', text }),
  text: (part) => ({ type: 'text', ...part }),
  input_image: ({ image_url, detail }, where) => {
    const url = isObject(image_url) ? image_url.url : image_url;
    if (typeof url !== 'string')
      throw refuse(`${where}.image_url`, 'must be a URL: files are kept at OpenAI, and not here');
    return { type: 'image_url', image_url: { url, ...(detail != null && { detail }) } };
  },
  input_file: ({ file_data, filename, file_id }, where) => {
    if (typeof file_data !== 'string' && typeof file_id !== 'string')
      throw refuse(`${where}.file_data`, 'must be the file itself, as a data URL');
    return {
      type: 'file',
      file: {
        ...(file_data != null && { file_data }),
        ...(filename != null && { filename }),
        ...(file_id != null && { file_id }),
      },
    };
  },
  input_audio: ({ input_audio }) => ({ type: 'input_audio', input_audio }),
};
