/** A whole Response as an OpenAI chat completion. */
import type { Vendor } from '@skein/catalog';
import { AnswerOrder } from '../../answer-order.js';
import { writeCompletion } from '../../chat-writer.js';
import { isObject, itemsOf, objectOf, parseJson, textOf, type JsonObject } from '../../json.js';
import type { WholeAnswer } from '../../vendor-adapter.js';
import { malformed } from '../../vendor-errors.js';
import { complaintIn, errorOfComplaint } from '../openai.errors.js';
import { weighMessage } from '../weigh-message.js';
import {
  annotationOf,
  callOfItem,
  finishOfResponse,
  isThoughtToKeep,
  likelihoods,
  readResponseUsage,
  THOUGHT_GAP,
  thoughtText,
} from './response-words.js';

/** Of an answer that is whole; any other is still being made, or was given up. */
const endings: ReadonlySet<unknown> = new Set([undefined, null, 'completed', 'incomplete']);

/** Reads an unstreamed answer, asked for at a moment (ms since the epoch). Throws SkeinError. */
export function readResponseWhole(bytes: Uint8Array, vendor: Vendor, at: number): WholeAnswer {
  let body: unknown;
  try {
    body = parseJson(bytes);
  } catch (cause) {
    throw malformed(vendor.id, 'an answer that is not JSON', cause);
  }
  const complaint = complaintIn(body);
  if (complaint !== null) throw errorOfComplaint(vendor.id, 200, complaint);
  if (!isObject(body) || !Array.isArray(body.output)) throw malformed(vendor.id, 'an answer without output');
  if (!endings.has(body.status)) throw malformed(vendor.id, `an answer that is ${String(body.status)}`);
  const id = textOf(body.id);
  const model = textOf(body.model);
  if (id === null || model === null) throw malformed(vendor.id, 'an answer without id and model');
  const { message, logprobs } = toMessage(body.output, vendor);
  const usage = readResponseUsage(body.usage);
  const finishReason = finishOfResponse(body, itemsOf(message.tool_calls).length > 0);
  const tier = textOf(body.service_tier);
  return {
    answer: writeCompletion(
      { id, model, at },
      [{ message, finishReason, logprobs: likelihoods(logprobs) }],
      usage,
      tier === null ? {} : { service_tier: tier },
    ),
    usage,
    usageIsFinal: true,
    finishReason,
    modelServed: model,
    answerId: id,
    outputBytes: weighMessage(message).bytes,
  };
}

/**
 * The message in chat's shape. What chat has no field for keeps names of its own: `reasoning_content` (thinking, or its
 * summary), `response_items` (thoughts in the vendor's cipher and what its own tools did, to be sent back as they are) and
 * `block_order` where the items come in another order than one message can show.
 */
function toMessage(output: readonly unknown[], vendor: Vendor): { message: JsonObject; logprobs: unknown[] } {
  const order = new AnswerOrder();
  let content = '';
  let refusal = '';
  const thoughts: string[] = [];
  const calls: JsonObject[] = [];
  const items: JsonObject[] = [];
  const annotations: JsonObject[] = [];
  const logprobs: unknown[] = [];
  const addPart = (part: JsonObject, phase: string | undefined) => {
    if (part.type === 'refusal') {
      if (refusal === '') order.add('refusal');
      refusal += textOf(part.refusal) ?? '';
      return;
    }
    const text = textOf(part.text) ?? '';
    const cited = itemsOf(part.annotations);
    order.beginText(phase);
    order.note({ length: text.length, annotations: cited.length });
    annotations.push(...cited.map((one) => annotationOf(one, content.length)));
    logprobs.push(...itemsOf(part.logprobs));
    content += text;
  };
  for (const item of output) {
    if (!isObject(item)) throw malformed(vendor.id, 'an item that is not an object');
    const call = callOfItem(item);
    if (call !== null) {
      if (call.id === null || textOf(item.name) === null) throw malformed(vendor.id, 'a tool call without a name');
      order.add('call');
      calls.push(call);
    } else if (item.type === 'message') {
      itemsOf(item.content).forEach((part) => addPart(objectOf(part), textOf(item.phase) ?? undefined));
    } else {
      if (item.type === 'reasoning') thoughts.push(thoughtText(item));
      if (item.type === 'reasoning' && !isThoughtToKeep(item)) continue;
      order.add('item');
      items.push(item);
    }
  }
  const reasoning = thoughts.filter((thought) => thought !== '').join(THOUGHT_GAP);
  const { unusual } = order;
  return {
    message: {
      content: content === '' && (calls.length > 0 || refusal !== '') ? null : content,
      ...(refusal !== '' && { refusal }),
      ...(calls.length > 0 && { tool_calls: calls }),
      ...(reasoning !== '' && { reasoning_content: reasoning }),
      ...(annotations.length > 0 && { annotations }),
      ...(items.length > 0 && { response_items: items }),
      ...(unusual !== undefined && { block_order: unusual }),
    },
    logprobs,
  };
}
