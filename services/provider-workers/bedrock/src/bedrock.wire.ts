/** Bedrock's Converse, as far as it is written or read here. What is read may hold anything; see the readers. */
import { noUsage, type UsageBuckets } from '@skein/contracts/attempt';
import { cannot, countOf, isObject, itemsOf, objectOf, type JsonObject } from '@skein/provider-kit';

export interface Turn {
  readonly role: 'user' | 'assistant';
  readonly content: JsonObject[];
}

export interface ConverseRequest {
  messages: Turn[];
  system?: JsonObject[];
  inferenceConfig?: JsonObject;
  toolConfig?: { tools: JsonObject[]; toolChoice?: JsonObject };
  outputConfig?: JsonObject;
  additionalModelRequestFields?: JsonObject;
}

/** The path of a call, under the base URL. The model's name is a caller's: one segment, whatever is in it. */
export function conversePath(model: string, stream: boolean): string {
  return modelPath(model, stream ? 'converse-stream' : 'converse');
}

/** The path of an action of a model. */
export function modelPath(model: string, action: string): string {
  if (model === '' || /^\.+$/.test(model)) throw cannot('bedrock', 'model', `"${model}" is no name of a model`);
  return `/model/${encodeURIComponent(model)}/${action}`;
}

/** How an answer ended: in OpenAI's words, or `broken` where what came is of no use. */
const finishByStop: Readonly<Record<string, 'stop' | 'length' | 'tool_calls' | 'content_filter' | 'broken'>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  tool_use: 'tool_calls',
  guardrail_intervened: 'content_filter',
  content_filtered: 'content_filter',
  malformed_model_output: 'broken',
  malformed_tool_use: 'broken',
};

/** Null where the vendor gave no reason; a reason no table knows is an ordinary stop. */
export function finishOfStop(stopReason: unknown): (typeof finishByStop)[string] | null {
  if (typeof stopReason !== 'string') return null;
  return Object.hasOwn(finishByStop, stopReason) ? (finishByStop[stopReason] ?? 'stop') : 'stop';
}

/**
 * Converse's `usage` in the normal form; null when it holds no counts. Its buckets are disjoint already: `inputTokens` is
 * what was neither read from nor written to the cache.
 */
export function readBedrockUsage(usage: unknown): UsageBuckets | null {
  if (!isObject(usage)) return null;
  const input = countOf(usage.inputTokens);
  const output = countOf(usage.outputTokens);
  if (input === null && output === null) return null;
  const written = countOf(usage.cacheWriteInputTokens) ?? 0;
  const forAnHour = itemsOf(usage.cacheDetails)
    .map(objectOf)
    .filter(({ ttl }) => ttl === '1h')
    .reduce((sum, { inputTokens }) => sum + (countOf(inputTokens) ?? 0), 0);
  const cache_write_1h = Math.min(forAnHour, written);
  return {
    ...noUsage,
    input_uncached: input ?? 0,
    cache_read: countOf(usage.cacheReadInputTokens) ?? 0,
    cache_write_5m: written - cache_write_1h,
    cache_write_1h,
    output: output ?? 0,
  };
}
