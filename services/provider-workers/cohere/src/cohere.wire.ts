/** Cohere's chat API, version 2, as far as it is written or read here. What is read may hold anything; see the readers. */
import { noUsage, type UsageBuckets } from '@skein/contracts/attempt';
import { countOf, isObject, valueAt, type JsonObject } from '@skein/provider-kit';

export const CHAT_PATH = '/v2/chat';

export interface ChatRequest {
  model: string;
  messages: JsonObject[];
  stream: boolean;
  tools?: JsonObject[];
  strict_tools?: true;
  tool_choice?: 'REQUIRED' | 'NONE';
  response_format?: JsonObject;
  thinking?: JsonObject;
  max_tokens?: number;
  stop_sequences?: string[];
  temperature?: number;
  p?: number;
  k?: number;
  seed?: number;
  frequency_penalty?: number;
  presence_penalty?: number;
}

/** How an answer ended: in OpenAI's words, or as a failure where what came is of no use. */
const finishByReason: Readonly<Record<string, 'stop' | 'length' | 'tool_calls' | 'failed' | 'timed out'>> = {
  COMPLETE: 'stop',
  STOP_SEQUENCE: 'stop',
  MAX_TOKENS: 'length',
  TOOL_CALL: 'tool_calls',
  ERROR: 'failed',
  TIMEOUT: 'timed out',
};

/** Null where the vendor gave no reason; a reason no table knows is an ordinary stop. */
export function finishOfReason(reason: unknown): (typeof finishByReason)[string] | null {
  if (typeof reason !== 'string') return null;
  return Object.hasOwn(finishByReason, reason) ? (finishByReason[reason] ?? 'stop') : 'stop';
}

/**
 * Cohere's `usage` in the normal form; null when it holds no counts. It tells two: tokens as they were read, its own
 * preambles included, and tokens as they are billed. Those that are billed are the customer's. What was read from a cache
 * is told of the former alone, and is billed like the rest.
 */
export function readCohereUsage(usage: unknown): UsageBuckets | null {
  const counts = [valueAt(usage, 'billed_units'), valueAt(usage, 'tokens')].find(holdsCounts);
  if (counts === undefined) return null;
  const output = countOf(counts.output_tokens) ?? 0;
  return {
    ...noUsage,
    input_uncached: countOf(counts.input_tokens) ?? 0,
    output,
    reasoning: Math.min(countOf(valueAt(usage, 'tokens.reasoning_tokens')) ?? 0, output),
  };
}

const holdsCounts = (value: unknown): value is JsonObject =>
  isObject(value) && (countOf(value.input_tokens) !== null || countOf(value.output_tokens) !== null);
