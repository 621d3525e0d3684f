/** A Messages answer as an OpenAI chat completion. */
import {
  AnswerOrder,
  isObject,
  itemsOf,
  malformed,
  nativeEnding,
  parseJson,
  textOf,
  weighMessage,
  writeCompletion,
  type JsonObject,
  type WholeAnswer,
} from '@skein/provider-kit';
import { errorIn } from './anthropic.errors.js';
import { finishOfStop, readAnthropicUsage } from './anthropic.wire.js';

const VENDOR = 'anthropic';

/**
 * The message in OpenAI's shape. What OpenAI has no field for is kept under names of its own: `reasoning_content` (the
 * thinking as text), `thinking_blocks` (with signatures, to be sent back as they are), `vendor_blocks` (the vendor's own
 * tools and their results), `citations`, and `block_order` where these follow one another in another order than one message
 * can show.
 */
export function toMessage(blocks: readonly unknown[]): JsonObject {
  let content = '';
  let reasoning = '';
  const calls: JsonObject[] = [];
  const thoughts: JsonObject[] = [];
  const others: JsonObject[] = [];
  const citations: unknown[] = [];
  const order = new AnswerOrder();
  for (const block of blocks) {
    if (!isObject(block)) throw malformed(VENDOR, 'a block that is not an object');
    switch (block.type) {
      case 'text': {
        const text = textOf(block.text) ?? '';
        const cited = itemsOf(block.citations);
        content += text;
        citations.push(...cited);
        order.beginText();
        order.note({ length: text.length, citations: cited.length });
        break;
      }
      case 'thinking':
        order.add('thought');
        reasoning += textOf(block.thinking) ?? '';
        thoughts.push(block);
        break;
      case 'redacted_thinking':
        order.add('thought');
        thoughts.push(block);
        break;
      case 'tool_use':
        order.add('call');
        calls.push(toToolCall(block));
        break;
      default:
        order.add('block');
        others.push(block);
    }
  }
  const { unusual } = order;
  return {
    content: content === '' && (calls.length > 0 || thoughts.length > 0) ? null : content,
    ...(calls.length > 0 && { tool_calls: calls }),
    ...(reasoning !== '' && { reasoning_content: reasoning }),
    ...(thoughts.length > 0 && { thinking_blocks: thoughts }),
    ...(others.length > 0 && { vendor_blocks: others }),
    ...(citations.length > 0 && { citations }),
    ...(unusual !== undefined && { block_order: unusual }),
  };
}

function toToolCall({ id, name, input }: JsonObject): JsonObject {
  if (textOf(id) === null || textOf(name) === null) throw malformed(VENDOR, 'a tool call without a name');
  return { id, type: 'function', function: { name, arguments: JSON.stringify(input ?? {}) } };
}

/** Reads an unstreamed answer, received at a moment (ms since the epoch). Throws SkeinError. */
export function readAnthropicWhole(bytes: Uint8Array, at: number): WholeAnswer {
  let body: unknown;
  try {
    body = parseJson(bytes);
  } catch (cause) {
    throw malformed(VENDOR, 'an answer that is not JSON', cause);
  }
  const error = errorIn(body);
  if (error !== null) throw error;
  if (!isObject(body) || !Array.isArray(body.content)) throw malformed(VENDOR, 'an answer without content');
  const id = textOf(body.id);
  const model = textOf(body.model);
  if (id === null || model === null) throw malformed(VENDOR, 'an answer without id and model');
  const message = toMessage(body.content);
  const usage = readAnthropicUsage(body.usage);
  const finishReason = finishOfStop(body.stop_reason);
  return {
    answer: writeCompletion(
      { id, model, at },
      [{ message, finishReason, ending: nativeEnding(body.stop_reason, body.stop_sequence) }],
      usage,
    ),
    usage,
    usageIsFinal: true,
    finishReason,
    modelServed: model,
    answerId: id,
    outputBytes: weighMessage(message).bytes,
  };
}
