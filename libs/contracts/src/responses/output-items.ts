/** The items of a response's output, as both the whole answer and the events of a stream hold them. */
import { isObject, itemsOf, objectOf, textOf, type JsonObject } from '../openai/json.js';
import { writeThoughts } from './thoughts.js';

/** Names the items of one response: what they are, and their place. */
export const itemId = (prefix: 'rs' | 'msg' | 'fc' | 'ctc', responseId: string, place: number): string =>
  `${prefix}_${responseId.slice('resp_'.length)}_${place}`;

/** The response that an item of this name belongs to; null where the name is not one of ours. */
export function responseOfItem(id: string): string | null {
  const owner = /^(?:rs|msg|fc|ctc)_(.+)_\d+$/.exec(id)?.[1];
  return owner === undefined ? null : `resp_${owner}`;
}

export type ItemStatus = 'in_progress' | 'completed' | 'incomplete';

export function reasoningItem(
  id: string,
  text: string,
  thoughts: readonly JsonObject[],
  status: ItemStatus,
): JsonObject {
  const signed = writeThoughts(thoughts);
  return {
    id,
    type: 'reasoning',
    summary: text === '' ? [] : [{ type: 'summary_text', text }],
    ...(signed !== null && { encrypted_content: signed }),
    status,
  };
}

export function messageItem(
  id: string,
  content: readonly JsonObject[],
  status: ItemStatus,
  phase?: string,
): JsonObject {
  return { id, type: 'message', status, role: 'assistant', content, ...(phase !== undefined && { phase }) };
}

export function textPart(
  text: string,
  annotations: readonly unknown[] = [],
  logprobs: readonly unknown[] = [],
): JsonObject {
  return { type: 'output_text', text, annotations: annotations.map(flatAnnotation).filter(isObject), logprobs };
}

export const refusalPart = (refusal: string): JsonObject => ({ type: 'refusal', refusal });

export interface CallWords {
  readonly callId: string;
  readonly name: string;
  /** Arguments as JSON, or the input of a custom tool as it is. */
  readonly input: string;
  readonly isCustom: boolean;
}

export function callItem(id: string, { callId, name, input, isCustom }: CallWords, status: ItemStatus): JsonObject {
  return isCustom
    ? { id, type: 'custom_tool_call', call_id: callId, name, input, status }
    : { id, type: 'function_call', call_id: callId, name, arguments: input, status };
}

/** A call of a chat message, or a piece of one. */
export function callWords(call: JsonObject): CallWords {
  const isCustom = call.type === 'custom' || isObject(call.custom);
  const { name, arguments: args, input } = objectOf(isCustom ? call.custom : call.function);
  const written = isCustom ? input : args;
  return {
    callId: textOf(call.id),
    name: textOf(name),
    input: isObject(written) ? JSON.stringify(written) : textOf(written),
    isCustom,
  };
}

/** Chat keeps what an annotation says under the name of its type. */
export function flatAnnotation(annotation: unknown): unknown {
  const { type, ...rest } = objectOf(annotation);
  const inner = rest[textOf(type)];
  return isObject(inner) ? { type, ...inner } : annotation;
}

/** Likelihoods of a chat choice as those of a text. */
export const logprobsOf = (choice: JsonObject): readonly unknown[] => itemsOf(objectOf(choice.logprobs).content);
