/**
 * A chat as one of OpenAI's Responses over its WebSocket: streamed text, and the thinking's summary. What is more than text
 * (tools, media, several choices, likelihoods) goes over HTTP as ever.
 */
import { noUsage, type UsageBuckets } from '@skein/contracts/attempt';
import type { SkeinError } from '@skein/contracts/errors';
import type { Vendor } from '@skein/catalog';
import { ChunkWriter } from '../chat-writer.js';
import { continuationMessages } from '../continuation.js';
import {
  countOf,
  isObject,
  itemsOf,
  jsonBytes,
  objectOf,
  parseJson,
  textOf,
  valueAt,
  type JsonObject,
} from '../json.js';
import type { SseEvent } from '../sse-reader.js';
import type { AnswerChunk, AnswerProgress, Question, StreamTranslator } from '../vendor-adapter.js';
import { malformed } from '../vendor-errors.js';
import { complaintIn, errorOfComplaint } from './openai.errors.js';
import { foreignMetadata } from './to-openai.js';

/** Fields of a chat that a Response has, by the name it has there; what is null is of the transport. */
const fields: Readonly<Record<string, string | null>> = {
  model: null,
  messages: null,
  stream: null,
  stream_options: null,
  metadata: null,
  response_format: null,
  reasoning_effort: null,
  verbosity: null,
  max_tokens: 'max_output_tokens',
  max_completion_tokens: 'max_output_tokens',
  temperature: 'temperature',
  top_p: 'top_p',
  user: 'user',
  safety_identifier: 'safety_identifier',
  service_tier: 'service_tier',
  prompt_cache_key: 'prompt_cache_key',
};

/** The text of a message; null where it is more than text. */
function textIn({ content, role, ...rest }: JsonObject): string | null {
  if (Object.values(rest).some((value) => value !== null && value !== undefined) || role === 'tool') return null;
  if (typeof content === 'string') return content;
  const texts = itemsOf(content).map((part) =>
    valueAt(part, 'type') === 'text' ? textOf(valueAt(part, 'text')) : null,
  );
  return texts.length > 0 && texts.every((text) => text !== null) ? texts.join('') : null;
}

/** The message that asks for a Response; null where the chat is more than text, and HTTP must do. */
export function toResponseCreate({ body, model, continuation }: Question): Uint8Array | null {
  const request = objectOf(body.json);
  const sent: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(request)) {
    if (value === null || value === undefined) continue;
    if (!Object.hasOwn(fields, field)) return null;
    const name = fields[field];
    if (typeof name === 'string') sent[name] = value;
  }
  const goOn = continuation === null ? [] : continuationMessages(continuation.text_so_far, { vendor: 'openai', model });
  const messages = [...itemsOf(request.messages), ...goOn].map(objectOf);
  const input = messages.map((message) => ({ type: 'message', role: message.role, content: textIn(message) }));
  if (input.length === 0 || input.some(({ content }) => content === null)) return null;
  const metadata = isObject(request.metadata) ? foreignMetadata(request.metadata) : null;
  const text = { ...formatOf(request), ...(textOf(request.verbosity) !== null && { verbosity: request.verbosity }) };
  return jsonBytes({
    type: 'response.create',
    model,
    store: false,
    input,
    ...sent,
    ...(Object.keys(text).length > 0 && { text }),
    ...(textOf(request.reasoning_effort) !== null && { reasoning: { effort: request.reasoning_effort } }),
    ...(metadata !== null && { metadata }),
  });
}

function formatOf({ response_format }: JsonObject): JsonObject {
  const { type, json_schema } = objectOf(response_format);
  if (type === 'json_schema') return { format: { type, ...objectOf(json_schema) } };
  return type === 'json_object' ? { format: { type } } : {};
}

const lastTypes = new Set(['response.completed', 'response.incomplete', 'response.failed', 'error']);
export const isLastOfResponse = ({ type }: JsonObject): boolean => typeof type === 'string' && lastTypes.has(type);

/** `usage` of a Response in the normal form; null when it holds no counts. */
export function readResponseUsage(usage: unknown): UsageBuckets | null {
  const input = countOf(valueAt(usage, 'input_tokens'));
  const output = countOf(valueAt(usage, 'output_tokens'));
  if (input === null || output === null) return null;
  const cache_read = Math.min(countOf(valueAt(usage, 'input_tokens_details.cached_tokens')) ?? 0, input);
  const reasoning = Math.min(countOf(valueAt(usage, 'output_tokens_details.reasoning_tokens')) ?? 0, output);
  return { ...noUsage, input_uncached: input - cache_read, cache_read, output, reasoning };
}

const finishByReason: Readonly<Record<string, string>> = {
  max_output_tokens: 'length',
  content_filter: 'content_filter',
};

/** Translates the events of one Response. */
export class ResponseStream implements StreamTranslator {
  #writer: ChunkWriter | null = null;
  #usage: UsageBuckets | null = null;
  #finishReason: string | null = null;
  #modelServed: string | null = null;
  #answerId: string | null = null;

  constructor(
    private readonly vendor: Vendor,
    private readonly at: number,
    private readonly wantsUsageChunk: boolean,
  ) {}

  get progress(): AnswerProgress {
    return {
      usage: this.#usage,
      usageIsFinal: this.#finishReason !== null,
      finishReason: this.#finishReason,
      modelServed: this.#modelServed,
      answerId: this.#answerId,
      outputBytes: this.#writer?.outputBytes ?? 0,
    };
  }

  feed({ data }: SseEvent): readonly AnswerChunk[] {
    let event: unknown;
    try {
      event = parseJson(data);
    } catch (cause) {
      throw malformed(this.vendor.id, 'an event that is not JSON', cause);
    }
    if (!isObject(event)) throw malformed(this.vendor.id, 'an event that is not an object');
    switch (event.type) {
      case 'response.created':
        return this.#start(objectOf(event.response));
      case 'response.output_text.delta':
        return this.#text('content', event.delta);
      case 'response.refusal.delta':
        return this.#text('refusal', event.delta);
      case 'response.reasoning_summary_text.delta':
      case 'response.reasoning_text.delta':
        return this.#text('reasoning_content', event.delta);
      case 'response.completed':
      case 'response.incomplete':
        return this.#finish(objectOf(event.response));
      case 'response.failed':
      case 'error':
        throw this.#failure(event);
      default:
        // Beginnings and ends of items and parts, and kinds of events that may be added.
        return [];
    }
  }

  close(): readonly AnswerChunk[] {
    return this.wantsUsageChunk && this.#usage !== null && this.#writer !== null
      ? [this.#writer.usage(this.#usage)]
      : [];
  }

  #start(response: JsonObject): readonly AnswerChunk[] {
    const id = textOf(response.id);
    const model = textOf(response.model);
    if (id === null || model === null) throw malformed(this.vendor.id, 'a response without id and model');
    if (this.#writer !== null) return [];
    this.#answerId = id;
    this.#modelServed = model;
    this.#writer = new ChunkWriter({ id, model, at: this.at });
    return [this.#writer.delta({ role: 'assistant', content: '' })];
  }

  #write(): ChunkWriter {
    if (this.#writer === null) throw malformed(this.vendor.id, 'content before the beginning of its response');
    return this.#writer;
  }

  #text(field: 'content' | 'refusal' | 'reasoning_content', piece: unknown): readonly AnswerChunk[] {
    const text = textOf(piece);
    return text === null ? [] : [this.#write().delta({ [field]: text })];
  }

  #finish(response: JsonObject): readonly AnswerChunk[] {
    if (this.#finishReason !== null) return [];
    this.#usage = readResponseUsage(response.usage) ?? this.#usage;
    const reason = textOf(valueAt(response, 'incomplete_details.reason'));
    this.#finishReason = reason === null ? 'stop' : (finishByReason[reason] ?? 'stop');
    return [this.#write().finish(this.#finishReason)];
  }

  #failure(event: JsonObject): SkeinError {
    const told = complaintIn(event) ?? complaintIn(event.response) ?? event;
    return errorOfComplaint(this.vendor.id, 200, told);
  }
}
