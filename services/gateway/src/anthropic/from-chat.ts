/** A whole chat completion as a message of Anthropic's. */
import { SkeinError } from '@skein/contracts/errors';
import type { UsageBuckets } from '@skein/contracts/attempt';
import {
  unfoldMessage,
  isObject,
  itemsOf,
  objectOf,
  textOf,
  type JsonObject,
  isThoughtItem,
  readSaid,
  thoughtText,
  type Said,
} from '@skein/contracts/openai';
import { writeThoughts } from '@skein/contracts/responses';
import { headOf, messageUsageIn, messageUsageOf, startMessage, stopReasonOf } from './message.js';

/**
 * Translates the first choice. `usage` is the normal form, null where nobody told it. Throws `vendor_malformed` for an
 * answer without a choice, and for a call whose arguments are not a JSON object.
 */
export function fromChat(answer: unknown, usage: UsageBuckets | null): JsonObject {
  const choice = itemsOf(objectOf(answer).choices).find(isObject);
  if (!isObject(answer) || choice === undefined) throw malformed('an answer without a choice');
  const message = objectOf(choice.message);
  const said = readSaid(message);
  const isCutShort = choice.finish_reason === 'length';
  return {
    ...startMessage(headOf(answer)),
    content: unfoldMessage(message).flatMap((part) => toBlocks(readSaid(part), isCutShort)),
    stop_reason: stopReasonOf({
      finishReason: choice.finish_reason,
      nativeReason: choice.native_finish_reason,
      hasCalls: said.calls.length > 0,
      isRefusal: said.refusal !== '',
    }),
    stop_sequence: textOf(choice.stop_sequence) || null,
    usage: usage === null ? messageUsageIn(answer.usage) : messageUsageOf(usage),
  };
}

function toBlocks(said: Said, isCutShort: boolean): JsonObject[] {
  const text = said.text + said.refusal;
  const thoughts = [...said.thoughts, ...said.items.filter(isThoughtItem).map(signedThought)];
  return [
    ...(thoughts.length > 0 ? thoughts : unsignedThought(said.reasoning)),
    ...said.vendorBlocks,
    ...(text === '' ? [] : [{ type: 'text', text, ...(said.citations.length > 0 && { citations: said.citations }) }]),
    ...said.calls.map((call) => toToolUse(call, isCutShort)),
  ];
}

/** A thought of OpenAI's: its cipher goes where Anthropic's signature does, to come back from there. */
export function signedThought(item: JsonObject): JsonObject {
  return { type: 'thinking', thinking: thoughtText(item), signature: writeThoughts([item]) ?? '' };
}

/** Another vendor's thinking: no signature, so it is never mistaken for Anthropic's when it is sent back. */
function unsignedThought(thinking: string): JsonObject[] {
  return thinking === '' ? [] : [{ type: 'thinking', thinking, signature: '' }];
}

function toToolUse(call: JsonObject, isCutShort: boolean): JsonObject {
  const { name, arguments: args } = objectOf(call.function);
  return {
    type: 'tool_use',
    id: textOf(call.id),
    name: textOf(name),
    input: readInput(textOf(args), isCutShort),
    caller: { type: 'direct' },
  };
}

/** Arguments that the token limit cut through are an empty input, as at Anthropic's; the stop reason says why. */
function readInput(args: string, isCutShort: boolean): JsonObject {
  if (args === '') return {};
  try {
    const input: unknown = JSON.parse(args);
    if (isObject(input)) return input;
  } catch {
    if (isCutShort) return {};
  }
  throw malformed('a tool call whose arguments are not a JSON object');
}

const malformed = (what: string) => new SkeinError('vendor_malformed', `The vendor sent ${what}`);
