/** A whole chat completion as a response. */
import type { UsageBuckets } from '@skein/contracts/attempt';
import { SkeinError } from '@skein/contracts/errors';
import { isObject, itemsOf, objectOf, textOf, type JsonObject } from '../anthropic/json.js';
import { readSaid } from '../anthropic/said.js';
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
  const message = objectOf(choice.message);
  const said = readSaid(message);
  const items: JsonObject[] = [];
  if (said.reasoning !== '' || said.thoughts.length > 0) {
    items.push(reasoningItem(itemId('rs', responseId, items.length), said.reasoning, said.thoughts, 'completed'));
  }
  const parts = [
    ...(said.text === '' ? [] : [textPart(said.text, itemsOf(message.annotations), logprobsOf(choice))]),
    ...(said.refusal === '' ? [] : [refusalPart(said.refusal)]),
  ];
  if (parts.length > 0) items.push(messageItem(itemId('msg', responseId, items.length), parts, status));
  for (const call of said.calls) {
    const words = callWords(call);
    items.push(callItem(itemId(words.isCustom ? 'ctc' : 'fc', responseId, items.length), words, status));
  }
  return items;
}
