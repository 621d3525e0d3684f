/** What a Response says of its end, its use and its pieces, in the words of chat: one reading for whole answers and streams. */
import { moved } from '@skein/contracts/openai';
import { noUsage, type UsageBuckets } from '@skein/contracts/attempt';
import { countOf, isObject, itemsOf, objectOf, textOf, valueAt, type JsonObject } from '../../json.js';

/** `usage` of a Response in the normal form; null when it holds no counts. Reasoning lies within the output. */
export function readResponseUsage(usage: unknown): UsageBuckets | null {
  const input = countOf(valueAt(usage, 'input_tokens'));
  const output = countOf(valueAt(usage, 'output_tokens'));
  if (input === null || output === null) return null;
  const cache_read = Math.min(countOf(valueAt(usage, 'input_tokens_details.cached_tokens')) ?? 0, input);
  const written = countOf(valueAt(usage, 'input_tokens_details.cache_write_tokens')) ?? 0;
  const cache_write_5m = Math.min(written, input - cache_read);
  const reasoning = Math.min(countOf(valueAt(usage, 'output_tokens_details.reasoning_tokens')) ?? 0, output);
  return {
    ...noUsage,
    input_uncached: input - cache_read - cache_write_5m,
    cache_read,
    cache_write_5m,
    output,
    reasoning,
  };
}

const finishByReason: Readonly<Record<string, string>> = {
  max_output_tokens: 'length',
  content_filter: 'content_filter',
};

/** How a Response ended that did not fail. What is incomplete for a reason no table knows was cut short. */
export function finishOfResponse({ status, incomplete_details }: JsonObject, hasCalls: boolean): string {
  const reason = textOf(valueAt(incomplete_details, 'reason'));
  if (reason !== null) return finishByReason[reason] ?? 'length';
  if (status === 'incomplete') return 'length';
  return hasCalls ? 'tool_calls' : 'stop';
}

/** Between the parts of a summary, and between thoughts. */
export const THOUGHT_GAP = '\n\n';

/** Thinking as text: its summary, or itself where the vendor shows it. */
export function thoughtText({ summary, content }: JsonObject): string {
  return [...itemsOf(summary), ...itemsOf(content)]
    .map((part) => textOf(valueAt(part, 'text')))
    .filter((text) => text !== null)
    .join(THOUGHT_GAP);
}

/** Can the vendor make anything of it when it is sent back? Its ids mean nothing there, because nothing is stored. */
export const isThoughtToKeep = ({ encrypted_content }: JsonObject): boolean => textOf(encrypted_content) !== null;

/** The call of a tool as chat has it; null for an item of another kind. */
export function callOfItem({ type, call_id, id, name, arguments: args, input }: JsonObject): JsonObject | null {
  const callId = textOf(call_id) ?? textOf(id);
  if (type === 'function_call') {
    return { id: callId, type: 'function', function: { name, arguments: textOf(args) ?? '' } };
  }
  return type === 'custom_tool_call'
    ? { id: callId, type: 'custom', custom: { name, input: textOf(input) ?? '' } }
    : null;
}

/** Chat keeps what an annotation says under the name of its type, counted from the beginning of the whole text. */
export function annotationOf(annotation: unknown, textStart: number): JsonObject {
  const { type, ...rest } = objectOf(annotation);
  return objectOf(moved({ type, [String(type)]: rest }, textStart));
}

/** Likelihoods of a text as those of a choice; undefined where there are none. */
export function likelihoods(logprobs: unknown): JsonObject | undefined {
  const content = itemsOf(logprobs).filter(isObject);
  return content.length === 0 ? undefined : { content, refusal: null };
}
