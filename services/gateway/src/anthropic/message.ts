/** Anthropic's words for an answer that came in OpenAI's: why it ended, what it used, and what it is called. */
import { outputTokens, type UsageBuckets } from '@skein/contracts/attempt';
import { countOf, objectOf, textOf, type JsonObject } from '@skein/contracts/openai';

const stopReasons = ['end_turn', 'max_tokens', 'stop_sequence', 'tool_use', 'pause_turn', 'refusal'] as const;
export type StopReason = (typeof stopReasons)[number];

const finishReasons = ['stop', 'length', 'tool_calls', 'function_call', 'content_filter'] as const;
type FinishReason = (typeof finishReasons)[number];

const stopByFinish: Record<FinishReason, StopReason> = {
  stop: 'end_turn',
  length: 'max_tokens',
  tool_calls: 'tool_use',
  function_call: 'tool_use',
  content_filter: 'refusal',
};

const isFinishReason = (value: unknown): value is FinishReason => finishReasons.some((reason) => reason === value);
const isStopReason = (value: unknown): value is StopReason => stopReasons.some((reason) => reason === value);

/** Of a choice, or of the chunks of one. */
export interface Ending {
  readonly finishReason: unknown;
  /** The vendor's own word, where it told one beside OpenAI's. */
  readonly nativeReason: unknown;
  readonly hasCalls: boolean;
  readonly isRefusal: boolean;
}

/**
 * Why the answer ended. A word no table knows is an ordinary end. Some vendors end forced tool calls with `stop`, and
 * OpenAI refuses with `stop`: clients of Anthropic go by the reason alone, so it says which.
 */
export function stopReasonOf({ finishReason, nativeReason, hasCalls, isRefusal }: Ending): StopReason {
  if (isStopReason(nativeReason)) return nativeReason;
  const reason = isFinishReason(finishReason) ? stopByFinish[finishReason] : 'end_turn';
  if (reason !== 'end_turn') return reason;
  if (hasCalls) return 'tool_use';
  return isRefusal ? 'refusal' : reason;
}

/** Usage as Anthropic tells it: what was read from and written to caches is not within `input_tokens`. */
export interface MessageUsage {
  readonly input_tokens: number;
  readonly cache_creation_input_tokens: number;
  readonly cache_read_input_tokens: number;
  readonly output_tokens: number;
  readonly cache_creation: {
    readonly ephemeral_5m_input_tokens: number;
    readonly ephemeral_1h_input_tokens: number;
  } | null;
  readonly output_tokens_details?: { readonly thinking_tokens: number };
  readonly server_tool_use: null;
  readonly service_tier: null;
  readonly inference_geo: null;
}

const untold = { server_tool_use: null, service_tier: null, inference_geo: null } as const;

/** What is said before anything is known. */
export const usageAtStart: MessageUsage = {
  input_tokens: 0,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 0,
  output_tokens: 0,
  cache_creation: null,
  ...untold,
};

/** From the normal form, which every vendor's usage was brought to. */
export function messageUsageOf(usage: UsageBuckets): MessageUsage {
  return {
    input_tokens: usage.input_uncached + usage.audio_in + usage.image_in,
    cache_creation_input_tokens: usage.cache_write_5m + usage.cache_write_1h,
    cache_read_input_tokens: usage.cache_read,
    output_tokens: outputTokens(usage),
    cache_creation: {
      ephemeral_5m_input_tokens: usage.cache_write_5m,
      ephemeral_1h_input_tokens: usage.cache_write_1h,
    },
    ...(usage.reasoning > 0 && { output_tokens_details: { thinking_tokens: usage.reasoning } }),
    ...untold,
  };
}

/** From the answer's own `usage`, where the normal form was not told. */
export function messageUsageIn(told: unknown): MessageUsage {
  const usage = objectOf(told);
  const prompt = objectOf(usage.prompt_tokens_details);
  const read = countOf(prompt.cached_tokens);
  const written = countOf(prompt.cache_write_tokens);
  const thought = countOf(objectOf(usage.completion_tokens_details).reasoning_tokens);
  return {
    ...usageAtStart,
    input_tokens: Math.max(0, countOf(usage.prompt_tokens) - read - written),
    cache_creation_input_tokens: written,
    cache_read_input_tokens: read,
    output_tokens: countOf(usage.completion_tokens),
    ...(thought > 0 && { output_tokens_details: { thinking_tokens: thought } }),
  };
}

export interface MessageHead {
  readonly id: string;
  readonly model: string;
}

/** A message as it stands at its beginning; the parts OpenAI's answers never tell are null. */
export function startMessage({ id, model }: MessageHead): JsonObject {
  return {
    id,
    type: 'message',
    role: 'assistant',
    model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    stop_details: null,
    container: null,
    usage: usageAtStart,
  };
}

/** The head of an answer or chunk of OpenAI's. */
export function headOf(answer: JsonObject): MessageHead {
  return { id: textOf(answer.id), model: textOf(answer.model) };
}
