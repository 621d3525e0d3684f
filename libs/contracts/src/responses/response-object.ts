/** The Response itself: what it repeats of its request, and how its end and its usage are told. */
import { inputTokens, outputTokens, type UsageBuckets } from '../attempt/index.js';
import { countOf, isObject, objectOf, type JsonObject } from '../openai/json.js';
import type { ResponsesRequest } from './request.js';

export type ResponseStatus = 'queued' | 'in_progress' | 'completed' | 'incomplete' | 'failed' | 'cancelled';

export interface ResponseFrame {
  readonly id: string;
  /** Seconds since the epoch. */
  readonly createdAt: number;
  readonly request: ResponsesRequest;
  readonly isStored: boolean;
}

/** The id of a response to a request: the same moment and the same randomness under another name. */
export function responseIdOf(requestOrJobId: string): string {
  return `resp_${requestOrJobId.slice(requestOrJobId.indexOf('_') + 1)}`;
}

/** The response as it stands: its request's settings, and what is known so far. */
export function responseWith({ id, createdAt, request, isStored }: ResponseFrame, known: JsonObject): JsonObject {
  const { instructions, tools, tool_choice, metadata, text, reasoning } = request;
  return {
    id,
    object: 'response',
    created_at: createdAt,
    status: 'in_progress',
    background: request.background ?? false,
    error: null,
    incomplete_details: null,
    instructions: instructions ?? null,
    max_output_tokens: request.max_output_tokens ?? null,
    max_tool_calls: request['max_tool_calls'] ?? null,
    model: request.model,
    output: [],
    parallel_tool_calls: request.parallel_tool_calls ?? true,
    previous_response_id: request.previous_response_id ?? null,
    reasoning: { effort: reasoning?.effort ?? null, summary: reasoning?.summary ?? null },
    service_tier: request['service_tier'] ?? 'default',
    store: isStored,
    temperature: request.temperature ?? 1,
    text: { ...text, format: text?.format ?? { type: 'text' } },
    tool_choice: tool_choice ?? 'auto',
    tools: (tools ?? []).map(shownTool),
    top_logprobs: request.top_logprobs ?? 0,
    top_p: request.top_p ?? 1,
    truncation: request['truncation'] ?? 'disabled',
    usage: null,
    ...(request.user !== undefined && { user: request.user }),
    metadata: textsOf(metadata),
    ...known,
  };
}

/** Every function is shown with all its fields, given or not. */
function shownTool(tool: JsonObject): JsonObject {
  if (tool.type !== 'function') return tool;
  return { description: null, parameters: null, strict: null, ...tool };
}

/** Metadata is of texts; Skein's own may be lists and numbers. */
function textsOf(metadata: ResponsesRequest['metadata']): JsonObject {
  const entries = Object.entries(metadata ?? {});
  return Object.fromEntries(
    entries.map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
}

/** How a response ended, by the finish reason of its only choice. */
export function endingOf(finishReason: unknown): { status: ResponseStatus; incomplete_details: JsonObject | null } {
  if (finishReason === 'length') return { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } };
  if (finishReason === 'content_filter')
    return { status: 'incomplete', incomplete_details: { reason: 'content_filter' } };
  return { status: 'completed', incomplete_details: null };
}

/** Usage in the normal form as a response tells it; without it, what the answer itself says; null where nobody told it. */
export function responseUsage(usage: UsageBuckets | null, told: unknown): JsonObject | null {
  if (usage !== null) {
    return written(
      inputTokens(usage),
      usage.cache_read,
      usage.cache_write_5m + usage.cache_write_1h,
      outputTokens(usage),
      usage.reasoning,
    );
  }
  if (!isObject(told)) return null;
  const input = objectOf(told.prompt_tokens_details);
  const output = objectOf(told.completion_tokens_details);
  return written(
    countOf(told.prompt_tokens),
    countOf(input.cached_tokens),
    countOf(input.cache_write_tokens),
    countOf(told.completion_tokens),
    countOf(output.reasoning_tokens),
  );
}

function written(input: number, cached: number, cacheWrite: number, output: number, reasoning: number): JsonObject {
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: cached, cache_write_tokens: cacheWrite },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: reasoning },
    total_tokens: input + output,
  };
}
