/** An answer of Cohere's as an OpenAI chat completion. */
import {
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
import { errorIn, failureIn } from './cohere.errors.js';
import { finishOfReason, readCohereUsage } from './cohere.wire.js';

const VENDOR = 'cohere';

/**
 * The message in OpenAI's shape. What OpenAI has no field for is kept under names of its own: `reasoning_content` (the
 * thinking, or the plan before calls of tools), `citations`, and `vendor_blocks` for parts of other kinds.
 */
export function toOpenAiMessage(message: JsonObject): JsonObject {
  let content = '';
  let reasoning = textOf(message.tool_plan) ?? '';
  const others: JsonObject[] = [];
  for (const part of itemsOf(message.content)) {
    if (!isObject(part)) throw malformed(VENDOR, 'a part that is not an object');
    if (part.type === 'text') content += textOf(part.text) ?? '';
    else if (part.type === 'thinking') reasoning += textOf(part.thinking) ?? '';
    else others.push(part);
  }
  const calls = itemsOf(message.tool_calls).map(toCall);
  const citations = itemsOf(message.citations);
  return {
    content: content === '' && calls.length > 0 ? null : content,
    ...(calls.length > 0 && { tool_calls: calls }),
    ...(reasoning !== '' && { reasoning_content: reasoning }),
    ...(others.length > 0 && { vendor_blocks: others }),
    ...(citations.length > 0 && { citations }),
  };
}

function toCall(call: unknown): JsonObject {
  if (!isObject(call) || !isObject(call.function)) throw malformed(VENDOR, 'a tool call that is none');
  const { name, arguments: args } = call.function;
  if (textOf(call.id) === null || textOf(name) === null) throw malformed(VENDOR, 'a tool call without a name');
  return { id: call.id, type: 'function', function: { name, arguments: textOf(args) ?? '{}' } };
}

/** Reads an unstreamed answer to a model, asked at a moment (ms since the epoch). Throws SkeinError. */
export function readCohereWhole(bytes: Uint8Array, model: string, at: number): WholeAnswer {
  let body: unknown;
  try {
    body = parseJson(bytes);
  } catch (cause) {
    throw malformed(VENDOR, 'an answer that is not JSON', cause);
  }
  const error = errorIn(body);
  if (error !== null) throw error;
  if (!isObject(body) || !isObject(body.message)) throw malformed(VENDOR, 'an answer without a message');
  const failure = failureIn(body.finish_reason, undefined);
  if (failure !== null) throw failure;
  const id = textOf(body.id) ?? `cohere-${at}`;
  const message = toOpenAiMessage(body.message);
  const usage = readCohereUsage(body.usage);
  const finishReason = finishOfReason(body.finish_reason);
  return {
    answer: writeCompletion(
      { id, model, at },
      [{ message, finishReason, ending: nativeEnding(body.finish_reason) }],
      usage,
    ),
    usage,
    usageIsFinal: true,
    finishReason,
    // Its answers do not say which model wrote them.
    modelServed: null,
    answerId: textOf(body.id),
    outputBytes: weighMessage(message).bytes,
  };
}
