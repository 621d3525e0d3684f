import { SkeinError } from '@skein/contracts/errors';
import type { Need } from '@skein/contracts/classifier';

/** What the classifier looks at, taken once from a chat body. */
export interface Prompt {
  /** Text of the last user message: what is asked now. */
  readonly ask: string;
  /** Text of the first user message. */
  readonly opening: string;
  /** The tool definitions as JSON; empty where there are none. */
  readonly tools: string;
  /** Text of the system and developer messages. */
  readonly instructions: string;
  /** Every text the model reads, in order: messages, tool calls and tool definitions. */
  readonly texts: readonly string[];
  /** Messages before the last one. */
  readonly turns: number;
  readonly messages: number;
  readonly needs: readonly Need[];
  readonly images: number;
  /** Base64 characters of inline audio and inline files. */
  readonly audioChars: number;
  readonly fileChars: number;
}

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const fieldsIn = (value: unknown): readonly Fields[] => (Array.isArray(value) ? value.filter(isFields) : []);
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Parts that are no text, by `type`, and what they ask of a model. Both dialects' names are known. */
const needOfPart: Readonly<Record<string, Need>> = {
  image_url: 'vision',
  input_image: 'vision',
  image: 'vision',
  input_audio: 'audio',
  file: 'documents',
  input_file: 'documents',
  document: 'documents',
};

/**
 * Reads a chat body (already checked at the door, so only its outline is looked at again).
 * Throws `invalid_request` when there are no messages.
 */
export function readPrompt(body: unknown): Prompt {
  const messages = isFields(body) ? fieldsIn(body.messages) : [];
  if (!isFields(body) || messages.length === 0) {
    throw new SkeinError('invalid_request', '"messages" must be a list with at least one message', {
      param: 'messages',
    });
  }
  const needs = new Set<Need>();
  const texts: string[] = [];
  const instructions: string[] = [];
  let ask = '';
  let opening: string | null = null;
  let tools = '';
  let images = 0;
  let audioChars = 0;
  let fileChars = 0;

  for (const message of messages) {
    const own: string[] = [];
    if (typeof message.content === 'string') own.push(message.content);
    for (const part of fieldsIn(message.content)) {
      if (typeof part.text === 'string') own.push(part.text);
      const need = needOfPart[textOf(part.type)];
      if (need === undefined) continue;
      needs.add(need);
      if (need === 'vision') images += 1;
      if (need === 'audio') audioChars += inlineChars(part.input_audio);
      if (need === 'documents') fileChars += inlineChars(part.file);
    }
    const text = own.join('\n');
    texts.push(text);
    if (message.role === 'user') {
      ask = text;
      opening ??= text;
    }
    if (message.role === 'system' || message.role === 'developer') instructions.push(text);
    if (message.tool_calls !== undefined) texts.push(JSON.stringify(message.tool_calls));
  }

  if (fieldsIn(body.tools).length > 0) {
    needs.add('tools');
    tools = JSON.stringify(body.tools);
    texts.push(tools);
  }
  if (isFields(body.response_format) && body.response_format.type === 'json_schema') {
    needs.add('schema');
    texts.push(JSON.stringify(body.response_format));
  }
  return {
    ask,
    opening: opening ?? '',
    tools,
    instructions: instructions.join('\n'),
    texts,
    turns: messages.length - 1,
    messages: messages.length,
    needs: [...needs],
    images,
    audioChars,
    fileChars,
  };
}

function inlineChars(holder: unknown): number {
  if (!isFields(holder)) return 0;
  return textOf(holder.data).length + textOf(holder.file_data).length;
}
