/** Anthropic's Messages API, as far as it is written or read here. What is read may hold anything; see the readers. */
import { noUsage, type UsageBuckets } from '@skein/contracts/attempt';
import { countOf, isObject, valueAt, type JsonObject } from '@skein/provider-kit';

export const ANTHROPIC_VERSION = '2023-06-01';
export const MESSAGES_PATH = '/v1/messages';

export type Block = JsonObject & { readonly type: string };
export interface Turn {
  readonly role: 'user' | 'assistant';
  readonly content: Block[];
}

export interface MessagesRequest {
  model: string;
  max_tokens: number;
  messages: Turn[];
  stream?: boolean;
  system?: Block[];
  tools?: JsonObject[];
  tool_choice?: JsonObject;
  stop_sequences?: string[];
  temperature?: number;
  top_p?: number;
  thinking?: JsonObject;
  output_config?: JsonObject;
  metadata?: JsonObject;
}

/** Why an answer ended, in OpenAI's words. */
const finishByStop: Readonly<Record<string, string>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  pause_turn: 'stop',
  compaction: 'stop',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  tool_use: 'tool_calls',
  refusal: 'content_filter',
};

/** Null where the vendor gave no reason; a reason no table knows is an ordinary stop. */
export function finishOfStop(stopReason: unknown): string | null {
  if (typeof stopReason !== 'string') return null;
  return Object.hasOwn(finishByStop, stopReason) ? (finishByStop[stopReason] ?? 'stop') : 'stop';
}

/**
 * Anthropic's `usage` in the normal form; null when it holds no counts. Its buckets are disjoint already: `input_tokens`
 * is what was neither read from nor written to the cache.
 */
export function readAnthropicUsage(usage: unknown): UsageBuckets | null {
  if (!isObject(usage)) return null;
  const input = countOf(usage.input_tokens);
  const output = countOf(usage.output_tokens);
  if (input === null && output === null) return null;
  const written = countOf(usage.cache_creation_input_tokens) ?? 0;
  const cache_write_1h = Math.min(countOf(valueAt(usage, 'cache_creation.ephemeral_1h_input_tokens')) ?? 0, written);
  const thought = countOf(valueAt(usage, 'output_tokens_details.thinking_tokens')) ?? 0;
  return {
    ...noUsage,
    input_uncached: input ?? 0,
    cache_read: countOf(usage.cache_read_input_tokens) ?? 0,
    cache_write_5m: written - cache_write_1h,
    cache_write_1h,
    output: output ?? 0,
    reasoning: Math.min(thought, output ?? 0),
  };
}
