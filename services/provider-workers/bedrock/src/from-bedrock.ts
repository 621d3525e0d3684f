/** A Converse answer as an OpenAI chat completion. */
import {
  isObject,
  itemsOf,
  malformed,
  nativeEnding,
  objectOf,
  parseJson,
  textOf,
  valueAt,
  weighMessage,
  writeCompletion,
  type AnswerIdentity,
  type JsonObject,
  type WholeAnswer,
} from '@skein/provider-kit';
import { finishOfStop, readBedrockUsage } from './bedrock.wire.js';

const VENDOR = 'bedrock';
const FORMAT_PREFIX = 'image/';
/** Where Claude tells which sequence stopped it, for callers that ask for that field. */
export const STOP_SEQUENCE_PATH = 'additionalModelResponseFields.stop_sequence';

/** The finish in OpenAI's words; null where none was given. Throws `vendor_malformed` for an answer that is of no use. */
export function finishOf(stopReason: unknown): string | null {
  const finish = finishOfStop(stopReason);
  if (finish === 'broken') throw malformed(VENDOR, `an answer that ended with ${String(stopReason)}`);
  return finish;
}

/** Thinking as Anthropic has it, so that a conversation may go on there; null for what is none. */
export function toThought(reasoning: JsonObject): JsonObject | null {
  const { text, signature } = objectOf(reasoning.reasoningText);
  if (typeof text === 'string') return { type: 'thinking', thinking: text, signature: textOf(signature) ?? '' };
  const { redactedContent } = reasoning;
  return typeof redactedContent === 'string' ? { type: 'redacted_thinking', data: redactedContent } : null;
}

/** Is it a call that the caller must answer? The vendor's own tools are called and answered by itself. */
export function isCall(toolUse: unknown): toolUse is JsonObject {
  return isObject(toolUse) && toolUse.type !== 'server_tool_use';
}

/**
 * The message in OpenAI's shape. What OpenAI has no field for is kept under names of its own: `reasoning_content` (the
 * thinking as text), `thinking_blocks` (to be sent back as they are), `citations`, `images`, and `vendor_blocks` for the
 * rest.
 */
function toMessage(blocks: readonly unknown[]): JsonObject {
  let content = '';
  let reasoning = '';
  const calls: JsonObject[] = [];
  const thoughts: JsonObject[] = [];
  const citations: unknown[] = [];
  const images: JsonObject[] = [];
  const others: JsonObject[] = [];
  for (const block of blocks) {
    if (!isObject(block)) throw malformed(VENDOR, 'a block that is not an object');
    if (typeof block.text === 'string') content += block.text;
    else if (isCall(block.toolUse)) calls.push(toCall(block.toolUse));
    else if (isObject(block.reasoningContent)) {
      const thought = toThought(block.reasoningContent);
      if (thought !== null) thoughts.push(thought);
      reasoning += textOf(thought?.thinking) ?? '';
    } else if (isObject(block.citationsContent)) {
      for (const piece of itemsOf(block.citationsContent.content)) content += textOf(valueAt(piece, 'text')) ?? '';
      citations.push(...itemsOf(block.citationsContent.citations));
    } else if (isObject(block.image)) images.push(toImage(block.image));
    else others.push(block);
  }
  return {
    content: content === '' && (calls.length > 0 || thoughts.length > 0) ? null : content,
    ...(calls.length > 0 && { tool_calls: calls }),
    ...(reasoning !== '' && { reasoning_content: reasoning }),
    ...(thoughts.length > 0 && { thinking_blocks: thoughts }),
    ...(citations.length > 0 && { citations }),
    ...(images.length > 0 && { images }),
    ...(others.length > 0 && { vendor_blocks: others }),
  };
}

function toCall({ toolUseId, name, input }: JsonObject): JsonObject {
  if (textOf(toolUseId) === null || textOf(name) === null) throw malformed(VENDOR, 'a tool call without a name');
  return { id: toolUseId, type: 'function', function: { name, arguments: JSON.stringify(input ?? {}) } };
}

function toImage(image: JsonObject): JsonObject {
  const url = `data:${FORMAT_PREFIX}${String(image.format)};base64,${String(valueAt(image, 'source.bytes'))}`;
  return { type: 'image_url', image_url: { url } };
}

/** Reads an unstreamed answer. Throws SkeinError. */
export function readBedrockWhole(bytes: Uint8Array, identity: AnswerIdentity): WholeAnswer {
  let body: unknown;
  try {
    body = parseJson(bytes);
  } catch (cause) {
    throw malformed(VENDOR, 'an answer that is not JSON', cause);
  }
  const blocks = valueAt(body, 'output.message.content');
  if (!isObject(body) || !Array.isArray(blocks)) throw malformed(VENDOR, 'an answer without content');
  const message = toMessage(blocks as unknown[]);
  const usage = readBedrockUsage(body.usage);
  const finishReason = finishOf(body.stopReason);
  return {
    answer: writeCompletion(
      identity,
      [{ message, finishReason, ending: nativeEnding(body.stopReason, valueAt(body, STOP_SEQUENCE_PATH)) }],
      usage,
    ),
    usage,
    usageIsFinal: true,
    finishReason,
    // Converse names neither its answers nor the model that wrote them.
    modelServed: null,
    answerId: null,
    outputBytes: weighMessage(message).bytes,
  };
}
