/** A whole chat completion as a response. */
import type { UsageBuckets } from '../attempt/index.js';
import { SkeinError } from '../errors/index.js';
import { unfoldMessage } from '../openai/block-order.js';
import { isObject, itemsOf, objectOf, textOf, type JsonObject } from '../openai/json.js';
import { isThoughtItem, readSaid, thoughtText } from '../openai/said.js';
import {
  callItem,
  callWords,
  itemId,
  logprobsOf,
  messageItem,
  reasoningItem,
  refusalPart,
  textPart,
} from './output-items.js';
import { endingOf, responseUsage, responseWith, type ResponseFrame } from './response-object.js';

/** Translates the first choice. `usage` is the normal form, null where nobody told it. Throws `vendor_malformed`. */
export function fromChat(answer: unknown, usage: UsageBuckets | null, frame: ResponseFrame): JsonObject {
  const choice = itemsOf(objectOf(answer).choices).find(isObject);
  if (!isObject(answer) || choice === undefined) {
    throw new SkeinError('vendor_malformed', 'The vendor sent an answer without a choice');
  }
  const ending = endingOf(choice.finish_reason);
  return responseWith(frame, {
    ...ending,
    model: textOf(answer.model) || frame.request.model,
    ...(textOf(answer.service_tier) !== '' && { service_tier: answer.service_tier }),
    output: outputOf(choice, frame.id, ending.status === 'completed' ? 'completed' : 'incomplete'),
    usage: responseUsage(usage, answer.usage),
  });
}

function outputOf(choice: JsonObject, responseId: string, status: 'completed' | 'incomplete'): JsonObject[] {
  const output: JsonObject[] = [];
  unfoldMessage(objectOf(choice.message)).forEach((message, place) => {
    addItems(output, message, { responseId, status, logprobs: place === 0 ? logprobsOf(choice) : [] });
  });
  return output;
}

interface ItemFrame {
  readonly responseId: string;
  readonly status: 'completed' | 'incomplete';
  readonly logprobs: readonly unknown[];
}

function addItems(output: JsonObject[], message: JsonObject, { responseId, status, logprobs }: ItemFrame): void {
  const said = readSaid(message);
  const idOf = (prefix: Parameters<typeof itemId>[0]) => itemId(prefix, responseId, output.length);
  const think = (text: string, thoughts: readonly JsonObject[]) =>
    void output.push(reasoningItem(idOf('rs'), text, thoughts, 'completed'));
  const isToldByItems = said.items.some(isThoughtItem);
  if (!isToldByItems && (said.reasoning !== '' || said.thoughts.length > 0)) think(said.reasoning, said.thoughts);
  for (const item of said.items) {
    if (isThoughtItem(item)) think(thoughtText(item), [item]);
    else output.push(item);
  }
  const parts = [
    ...(said.text === '' ? [] : [textPart(said.text, itemsOf(message.annotations), logprobs)]),
    ...(said.refusal === '' ? [] : [refusalPart(said.refusal)]),
  ];
  if (parts.length > 0) output.push(messageItem(idOf('msg'), parts, status, textOf(message.phase) || undefined));
  for (const call of said.calls) {
    const words = callWords(call);
    output.push(callItem(idOf(words.isCustom ? 'ctc' : 'fc'), words, status));
  }
}
