/** What a message, or a delta of one, says in OpenAI's shape and its dialects: the one reading of both whole and stream. */
import { isObject, itemsOf, textOf, type JsonObject } from './json.js';

export interface Said {
  /** Thinking as text. */
  readonly reasoning: string;
  /** Thoughts of Anthropic's, whole and signed. */
  readonly thoughts: readonly JsonObject[];
  /** Thoughts in OpenAI's cipher, and what its own tools did: items of a Response. */
  readonly items: readonly JsonObject[];
  /** Blocks only Anthropic has: its own tools, and what came of them. */
  readonly vendorBlocks: readonly JsonObject[];
  readonly text: string;
  readonly refusal: string;
  readonly citations: readonly unknown[];
  readonly calls: readonly JsonObject[];
}

export function readSaid(message: JsonObject): Said {
  // Some vendors name their reasoning twice; once is enough.
  const reasoning = textOf(message.reasoning_content) || textOf(message.reasoning) || partsText(message, 'thinking');
  return {
    reasoning,
    thoughts: itemsOf(message.thinking_blocks).filter(isObject),
    items: itemsOf(message.response_items).filter(isObject),
    vendorBlocks: itemsOf(message.vendor_blocks).filter(isObject),
    text: textOf(message.content) || partsText(message, 'text'),
    refusal: textOf(message.refusal),
    citations: itemsOf(message.citations),
    calls: itemsOf(message.tool_calls).filter(isObject),
  };
}

/** Content may be a list of parts, and a part of thinking a list of texts (Mistral's reasoning models). */
function partsText({ content }: JsonObject, kind: 'text' | 'thinking'): string {
  return itemsOf(content)
    .filter(isObject)
    .filter(({ type }) => type === kind)
    .map(
      (part) =>
        textOf(part[kind]) ||
        itemsOf(part[kind])
          .filter(isObject)
          .map(({ text }) => textOf(text))
          .join(''),
    )
    .join('');
}

export const isThoughtItem = ({ type }: JsonObject): boolean => type === 'reasoning';

/** What a thought of OpenAI's tells: its summary, or itself. */
export function thoughtText({ summary, content }: JsonObject): string {
  return [...itemsOf(summary), ...itemsOf(content)]
    .filter(isObject)
    .map(({ text }) => textOf(text))
    .filter((text) => text !== '')
    .join('\n\n');
}
