/**
 * Answers of OpenAI-shaped vendors: the bytes go on as they came; they are parsed only to know what they say (content,
 * finish, usage, failure), never to be written anew.
 */
import { Buffer } from 'node:buffer';
import type { UsageBuckets } from '@skein/contracts/attempt';
import type { Vendor } from '@skein/catalog';
import { isObject, itemsOf, objectOf, parseJson, textOf, valueAt, type JsonObject } from '../json.js';
import { malformed } from '../vendor-errors.js';
import type { AnswerChunk, AnswerProgress, StreamTranslator, WholeAnswer } from '../vendor-adapter.js';
import type { SseEvent } from '../sse-reader.js';
import { AlikeChunks } from './alike-chunks.js';
import { complaintIn, errorOfComplaint } from './openai.errors.js';
import { readOpenAiUsage } from './read-openai-usage.js';
import { weighMessage } from './weigh-message.js';

const NOTHING: readonly AnswerChunk[] = [];

function usageIn(body: unknown, vendor: Vendor): UsageBuckets | null {
  for (const path of vendor.quirks.streamUsagePaths) {
    const usage = readOpenAiUsage(valueAt(body, path), vendor.quirks);
    if (usage !== null) return usage;
  }
  return null;
}

/** Endings some vendors have words of their own for, in OpenAI's; what is in neither is an ordinary end, as it is told. */
const finishByWord: Readonly<Record<string, string>> = {
  eos: 'stop',
  end_turn: 'stop',
  model_length: 'length',
  max_tokens: 'length',
  sensitive: 'content_filter',
  function_call: 'tool_calls',
};
/** Endings that are none: what came before them is not an answer. */
const failureByWord: Readonly<Record<string, string>> = {
  error: 'server_error',
  network_error: 'server_error',
  insufficient_system_resource: 'overloaded_error',
  abort: 'server_error',
};

/** The finish of a choice in OpenAI's words; null while there is none. Throws SkeinError for one that is a failure. */
function finishOf(choice: JsonObject, vendor: Vendor): string | null {
  const word = textOf(choice.finish_reason);
  if (word === null) return null;
  const failure = Object.hasOwn(failureByWord, word) ? failureByWord[word] : undefined;
  if (failure !== undefined) {
    const told = isObject(choice.error) ? choice.error : { type: failure, message: `it ended with ${word}` };
    throw errorOfComplaint(vendor.id, 200, told);
  }
  return (Object.hasOwn(finishByWord, word) ? finishByWord[word] : undefined) ?? word;
}

/** Reads an unstreamed answer. Throws SkeinError. */
export function readOpenAiWhole(bytes: Uint8Array, vendor: Vendor): WholeAnswer {
  let body: unknown;
  try {
    body = parseJson(bytes);
  } catch (cause) {
    throw malformed(vendor.id, 'an answer that is not JSON', cause);
  }
  const complaint = complaintIn(body);
  if (complaint !== null) throw errorOfComplaint(vendor.id, 200, complaint);
  const choices = itemsOf(valueAt(body, 'choices'));
  if (!isObject(body) || choices.length === 0) throw malformed(vendor.id, 'an answer without choices');
  let outputBytes = 0;
  let finishReason: string | null = null;
  for (const choice of choices) {
    if (!isObject(choice) || !isObject(choice.message)) throw malformed(vendor.id, 'a choice without a message');
    outputBytes += weighMessage(choice.message).bytes;
    finishReason ??= finishOf(choice, vendor);
  }
  return {
    answer: bytes,
    usage: usageIn(body, vendor),
    usageIsFinal: true,
    finishReason,
    modelServed: textOf(body.model),
    answerId: textOf(body.id),
    outputBytes,
  };
}

/** Reads a streamed answer. */
export class OpenAiStream implements StreamTranslator {
  readonly #vendor: Vendor;
  readonly #wantsUsageChunk: boolean;
  readonly #open = new Set<unknown>();
  readonly #alike = new AlikeChunks();
  #finishReason: string | null = null;
  #usage: UsageBuckets | null = null;
  #modelServed: string | null = null;
  #answerId: string | null = null;
  #outputBytes = 0;

  constructor(vendor: Vendor, wantsUsageChunk: boolean) {
    this.#vendor = vendor;
    this.#wantsUsageChunk = wantsUsageChunk;
  }

  get progress(): AnswerProgress {
    return {
      usage: this.#usage,
      usageIsFinal: this.#vendor.quirks.streamUsage === 'final' || this.#isFinished,
      finishReason: this.#isFinished ? this.#finishReason : null,
      modelServed: this.#modelServed,
      answerId: this.#answerId,
      outputBytes: this.#outputBytes,
    };
  }

  get #isFinished(): boolean {
    return this.#finishReason !== null && this.#open.size === 0;
  }

  feed({ data }: SseEvent): readonly AnswerChunk[] {
    const textBytes = this.#finishReason === null ? this.#alike.textBytesIn(data) : 0;
    if (textBytes > 0) {
      this.#outputBytes += textBytes;
      return [{ bytes: data, hasContent: true, textAt: this.#alike.textAt, textBytes }];
    }
    if (isDone(data)) return NOTHING;
    let chunk: unknown;
    try {
      chunk = parseJson(data);
    } catch (cause) {
      throw malformed(this.#vendor.id, 'a chunk that is not JSON', cause);
    }
    if (!isObject(chunk)) throw malformed(this.#vendor.id, 'a chunk that is not an object');
    this.#modelServed ??= textOf(chunk.model);
    this.#answerId ??= textOf(chunk.id);
    const usage = usageIn(chunk, this.#vendor);
    if (usage !== null) this.#usage = usage;
    const complaint = complaintIn(chunk);
    if (complaint !== null) throw errorOfComplaint(this.#vendor.id, 200, complaint);
    const choices = itemsOf(chunk.choices);
    if (choices.length === 0 && usage !== null && !this.#wantsUsageChunk) return NOTHING;
    let hasContent = false;
    for (const choice of choices) hasContent = this.#readChoice(choice) || hasContent;
    const text = usage === null && choices.length === 1 ? plainTextOf(choices[0]) : null;
    if (text !== null) this.#alike.learn(data, text);
    return [{ bytes: data, hasContent }];
  }

  close(): readonly AnswerChunk[] {
    return NOTHING;
  }

  #readChoice(choice: unknown): boolean {
    if (!isObject(choice)) throw malformed(this.#vendor.id, 'a choice that is not an object');
    const { bytes, shows } = weighMessage(objectOf(choice.delta));
    this.#outputBytes += bytes;
    const index = choice.index ?? 0;
    const finish = finishOf(choice, this.#vendor);
    if (finish !== null) {
      this.#finishReason ??= finish;
      this.#open.delete(index);
    } else if (this.#finishReason === null || shows) this.#open.add(index);
    return shows;
  }
}

/** The text of a choice that shows nothing else and goes on; null for any other. */
function plainTextOf(choice: unknown): string | null {
  const { delta, finish_reason } = objectOf(choice);
  const { content, ...others } = objectOf(delta);
  const showsNothing = Object.entries(others).every(([name, value]) => value === null || name === 'role');
  return showsNothing && textOf(finish_reason) === null ? textOf(content) : null;
}

const DONE = Buffer.from('[DONE]');

function isDone(data: Buffer): boolean {
  return data.length < 16 && data.subarray(0, 6).equals(DONE);
}
