/** A ConverseStream as OpenAI chat chunks. */
import type { UsageBuckets } from '@skein/contracts/attempt';
import {
  ChunkWriter,
  isObject,
  malformed,
  nativeEnding,
  objectOf,
  parseJson,
  textOf,
  valueAt,
  type AnswerChunk,
  type AnswerIdentity,
  type AnswerProgress,
  type JsonObject,
  type SseEvent,
  type StreamTranslator,
} from '@skein/provider-kit';
import { exceptionIn } from './bedrock.errors.js';
import { readBedrockUsage } from './bedrock.wire.js';
import { STOP_SEQUENCE_PATH, finishOf, isCall, toThought } from './from-bedrock.js';

const VENDOR = 'bedrock';
const NOTHING: readonly AnswerChunk[] = [];

/** A block that has begun and not ended. Texts and thoughts begin with their first piece. */
interface OpenBlock {
  readonly start: JsonObject;
  /** Place among the calls, for those that are one; -1 for the others. */
  readonly call: number;
  thinking: string;
  signature: string;
  redacted: string;
  /** Arguments of a tool so far. */
  input: string;
}

/** Translates one stream. Its usage comes after its finish. */
export class BedrockStream implements StreamTranslator {
  readonly #writer: ChunkWriter;
  readonly #wantsUsageChunk: boolean;
  readonly #blocks = new Map<unknown, OpenBlock>();
  #calls = 0;
  #hasBegun = false;
  #usage: UsageBuckets | null = null;
  #finishReason: string | null = null;

  constructor(identity: AnswerIdentity, wantsUsageChunk: boolean) {
    this.#writer = new ChunkWriter(identity);
    this.#wantsUsageChunk = wantsUsageChunk;
  }

  get progress(): AnswerProgress {
    return {
      usage: this.#usage,
      usageIsFinal: this.#usage !== null,
      finishReason: this.#finishReason,
      modelServed: null,
      answerId: null,
      outputBytes: this.#writer.outputBytes,
    };
  }

  feed({ event, data }: SseEvent): readonly AnswerChunk[] {
    const exception = exceptionIn(event, data);
    if (exception !== null) throw exception;
    let told: unknown;
    try {
      told = parseJson(data);
    } catch (cause) {
      throw malformed(VENDOR, 'an event that is not JSON', cause);
    }
    if (!isObject(told)) throw malformed(VENDOR, 'an event that is not an object');
    switch (event) {
      case 'messageStart':
        return this.#begin();
      case 'contentBlockStart':
        return this.#openBlock(told.contentBlockIndex, objectOf(told.start));
      case 'contentBlockDelta':
        return this.#moveBlock(told.contentBlockIndex, objectOf(told.delta));
      case 'contentBlockStop':
        return this.#closeBlock(told.contentBlockIndex);
      case 'messageStop':
        return this.#finish(told);
      case 'metadata':
        this.#usage = readBedrockUsage(told.usage) ?? this.#usage;
        return NOTHING;
      default:
        // Kinds of events that may be added.
        return NOTHING;
    }
  }

  close(): readonly AnswerChunk[] {
    return this.#wantsUsageChunk && this.#usage !== null ? [this.#writer.usage(this.#usage)] : NOTHING;
  }

  #begin(): readonly AnswerChunk[] {
    if (this.#hasBegun) return NOTHING;
    this.#hasBegun = true;
    return [this.#writer.delta({ role: 'assistant', content: '' })];
  }

  #mustHaveBegun(): void {
    if (!this.#hasBegun) throw malformed(VENDOR, 'content before the beginning of its message');
  }

  #openBlock(index: unknown, start: JsonObject): readonly AnswerChunk[] {
    this.#mustHaveBegun();
    const { toolUse } = start;
    const call = isCall(toolUse) ? this.#calls++ : -1;
    this.#blocks.set(index, { start, call, thinking: '', signature: '', redacted: '', input: '' });
    if (!isCall(toolUse)) return NOTHING;
    const id = textOf(toolUse.toolUseId);
    const name = textOf(toolUse.name);
    if (id === null || name === null) throw malformed(VENDOR, 'a tool call without a name');
    return [this.#call(call, { id, type: 'function', function: { name, arguments: '' } })];
  }

  #blockAt(index: unknown): OpenBlock {
    this.#mustHaveBegun();
    let block = this.#blocks.get(index);
    if (block === undefined) {
      block = { start: {}, call: -1, thinking: '', signature: '', redacted: '', input: '' };
      this.#blocks.set(index, block);
    }
    return block;
  }

  #moveBlock(index: unknown, delta: JsonObject): readonly AnswerChunk[] {
    const block = this.#blockAt(index);
    const text = textOf(delta.text);
    if (text !== null) return [this.#writer.delta({ content: text })];
    if (isObject(delta.toolUse)) return this.#moveCall(block, textOf(delta.toolUse.input));
    if (isObject(delta.reasoningContent)) return this.#think(block, delta.reasoningContent);
    if (isObject(delta.citation)) return [this.#writer.delta({ citations: [delta.citation] })];
    if (delta.toolResult !== undefined) {
      return [this.#writer.delta({ vendor_blocks: [{ ...block.start, delta: delta.toolResult }] })];
    }
    return NOTHING;
  }

  #moveCall(block: OpenBlock, piece: string | null): readonly AnswerChunk[] {
    if (piece === null) return NOTHING;
    if (block.call === -1 && block.start.toolUse === undefined) {
      throw malformed(VENDOR, 'a piece of a tool call that has not begun');
    }
    block.input += piece;
    return block.call === -1 ? NOTHING : [this.#call(block.call, { function: { arguments: piece } })];
  }

  #think(block: OpenBlock, { text, signature, redactedContent }: JsonObject): readonly AnswerChunk[] {
    block.signature += textOf(signature) ?? '';
    block.redacted += textOf(redactedContent) ?? '';
    const piece = textOf(text);
    if (piece === null) return NOTHING;
    block.thinking += piece;
    return [this.#writer.delta({ reasoning_content: piece })];
  }

  #call(place: number, call: JsonObject): AnswerChunk {
    return this.#writer.delta({ tool_calls: [{ index: place, ...call }] });
  }

  #closeBlock(index: unknown): readonly AnswerChunk[] {
    const block = this.#blocks.get(index);
    // An empty text has neither a start nor a piece.
    if (block === undefined) return NOTHING;
    this.#blocks.delete(index);
    const { call, input, start, thinking, signature, redacted } = block;
    // A call without arguments sends none; clients parse them nonetheless.
    if (call !== -1) return input === '' ? [this.#call(call, { function: { arguments: '{}' } })] : NOTHING;
    if (isObject(start.toolUse))
      return [this.#writer.delta({ vendor_blocks: [{ toolUse: { ...start.toolUse, input } }] })];
    const reasoningText = thinking === '' && signature === '' ? undefined : { text: thinking, signature };
    const thought = toThought({ reasoningText, redactedContent: redacted === '' ? undefined : redacted });
    return thought === null ? NOTHING : [this.#writer.delta({ thinking_blocks: [thought] })];
  }

  #finish(told: JsonObject): readonly AnswerChunk[] {
    this.#mustHaveBegun();
    const finish = finishOf(told.stopReason);
    if (finish === null || this.#finishReason !== null) return NOTHING;
    if (this.#blocks.size > 0) throw malformed(VENDOR, 'a finish within a block');
    this.#finishReason = finish;
    const ending = nativeEnding(told.stopReason, valueAt(told, STOP_SEQUENCE_PATH));
    return [this.#writer.finish(finish, 0, ending)];
  }
}
