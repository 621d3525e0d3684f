/** Gemini's answers as OpenAI chat completions and chunks. */
import type { UsageBuckets } from '@skein/contracts/attempt';
import { ChunkWriter, nativeEnding, writeCompletion } from '../chat-writer.js';
import { isObject, itemsOf, parseJson, textOf, type JsonObject } from '../json.js';
import { weighMessage } from '../openai/weigh-message.js';
import type { SseEvent } from '../sse-reader.js';
import type { AnswerChunk, AnswerProgress, StreamTranslator, WholeAnswer } from '../vendor-adapter.js';
import { malformed } from '../vendor-errors.js';
import { readCandidate, readLogprobs } from './gemini-candidate.js';
import { errorIn, refusalIn } from './gemini.errors.js';
import { finishOfReason, readGeminiUsage } from './gemini.wire.js';

/** What an answer is an answer to. */
export interface GeminiAsked {
  readonly vendor: string;
  readonly model: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** Parses an answer or a piece of one. Throws SkeinError for what is none, and for what is a complaint. */
function readResponse(bytes: Uint8Array, vendor: string): JsonObject {
  let body: unknown;
  try {
    body = parseJson(bytes);
  } catch (cause) {
    throw malformed(vendor, 'an answer that is not JSON', cause);
  }
  const error = errorIn(body, vendor) ?? refusalIn(body, vendor);
  if (error !== null) throw error;
  if (!isObject(body)) throw malformed(vendor, 'an answer that is not an object');
  return body;
}

/** The finish of a candidate in OpenAI's words; a stop after calls is a stop for calls. */
function finishOf(candidate: JsonObject, hasCalls: boolean, vendor: string): string | null {
  const finish = finishOfReason(candidate.finishReason);
  if (finish === 'broken') throw malformed(vendor, `an answer that ended with ${String(candidate.finishReason)}`);
  return finish === 'stop' && hasCalls ? 'tool_calls' : finish;
}

/** Reads an unstreamed answer. Throws SkeinError. */
export function readGeminiWhole(bytes: Uint8Array, { vendor, model, at }: GeminiAsked): WholeAnswer {
  const body = readResponse(bytes, vendor);
  const candidates = itemsOf(body.candidates);
  if (candidates.length === 0) throw malformed(vendor, 'an answer without candidates');
  const id = textOf(body.responseId) ?? `gemini-${at}`;
  const modelServed = textOf(body.modelVersion);
  const usage = readGeminiUsage(body.usageMetadata);
  const choices = candidates.map((candidate) => {
    if (!isObject(candidate)) throw malformed(vendor, 'a candidate that is not an object');
    const { content, reasoning, calls, rest } = readCandidate(candidate, vendor, id, 0);
    const message = {
      content: content === '' && calls.length > 0 ? null : content,
      ...(calls.length > 0 && { tool_calls: calls }),
      ...(reasoning !== '' && { reasoning_content: reasoning }),
      ...rest,
    };
    return {
      message,
      finishReason: finishOf(candidate, calls.length > 0, vendor),
      logprobs: readLogprobs(candidate),
      ending: nativeEnding(candidate.finishReason),
    };
  });
  return {
    answer: writeCompletion({ id, model: modelServed ?? model, at }, choices, usage),
    usage,
    usageIsFinal: true,
    finishReason: choices[0]?.finishReason ?? null,
    modelServed,
    answerId: textOf(body.responseId),
    outputBytes: choices.reduce((bytes_, { message }) => bytes_ + weighMessage(message).bytes, 0),
  };
}

/** What is known of one candidate of a stream. */
interface OpenCandidate {
  calls: number;
  finish: string | null;
}

/** Translates one stream. Its pieces carry what is new of the text, and the counts so far. */
export class GeminiStream implements StreamTranslator {
  readonly #asked: GeminiAsked;
  readonly #wantsUsageChunk: boolean;
  readonly #candidates = new Map<number, OpenCandidate>();
  #writer: ChunkWriter | null = null;
  #usage: UsageBuckets | null = null;
  #modelServed: string | null = null;
  #answerId: string | null = null;

  constructor(asked: GeminiAsked, wantsUsageChunk: boolean) {
    this.#asked = asked;
    this.#wantsUsageChunk = wantsUsageChunk;
  }

  get progress(): AnswerProgress {
    const finishReason = this.#finishReason;
    return {
      usage: this.#usage,
      usageIsFinal: finishReason !== null,
      finishReason,
      modelServed: this.#modelServed,
      answerId: this.#answerId,
      outputBytes: this.#writer?.outputBytes ?? 0,
    };
  }

  get #finishReason(): string | null {
    let first: string | null = null;
    for (const { finish } of this.#candidates.values()) {
      if (finish === null) return null;
      first ??= finish;
    }
    return first;
  }

  feed({ data }: SseEvent): readonly AnswerChunk[] {
    const { vendor, model, at } = this.#asked;
    const body = readResponse(data, vendor);
    this.#answerId ??= textOf(body.responseId);
    this.#modelServed ??= textOf(body.modelVersion);
    const usage = readGeminiUsage(body.usageMetadata);
    if (usage !== null) this.#usage = usage;
    this.#writer ??= new ChunkWriter({
      id: this.#answerId ?? `gemini-${at}`,
      model: this.#modelServed ?? model,
      at,
    });
    const writer = this.#writer;
    return itemsOf(body.candidates).flatMap((candidate) => this.#readPiece(writer, candidate));
  }

  close(): readonly AnswerChunk[] {
    return this.#wantsUsageChunk && this.#usage !== null && this.#writer !== null
      ? [this.#writer.usage(this.#usage)]
      : [];
  }

  #readPiece(writer: ChunkWriter, candidate: unknown): AnswerChunk[] {
    const { vendor, at } = this.#asked;
    if (!isObject(candidate)) throw malformed(vendor, 'a candidate that is not an object');
    const index = typeof candidate.index === 'number' ? candidate.index : 0;
    const chunks: AnswerChunk[] = [];
    let open = this.#candidates.get(index);
    if (open === undefined) {
      open = { calls: 0, finish: null };
      this.#candidates.set(index, open);
      chunks.push(writer.delta({ role: 'assistant', content: '' }, index));
    }
    const { content, reasoning, calls, rest } = readCandidate(
      candidate,
      vendor,
      this.#answerId ?? String(at),
      open.calls,
    );
    const logprobs = readLogprobs(candidate);
    const first = open.calls;
    open.calls += calls.length;
    const delta = {
      ...(reasoning !== '' && { reasoning_content: reasoning }),
      ...(content !== '' && { content }),
      ...(calls.length > 0 && { tool_calls: calls.map((call, place) => ({ index: first + place, ...call })) }),
      ...rest,
    };
    if (Object.keys(delta).length > 0) chunks.push(writer.delta(delta, index, logprobs));
    const finish = finishOf(candidate, open.calls > 0, vendor);
    if (finish !== null && open.finish === null) {
      open.finish = finish;
      chunks.push(writer.finish(finish, index, nativeEnding(candidate.finishReason)));
    }
    return chunks;
  }
}
