/** A Messages stream as OpenAI chat chunks. */
import type { UsageBuckets } from '@skein/contracts/attempt';
import {
  AnswerOrder,
  ChunkWriter,
  TEXT_ENDS,
  isObject,
  malformed,
  nativeEnding,
  objectOf,
  readEvent,
  textOf,
  type AnswerChunk,
  type AnswerProgress,
  type JsonObject,
  type SseEvent,
  type StreamTranslator,
} from '@skein/provider-kit';
import { errorIn } from './anthropic.errors.js';
import { finishOfStop, readAnthropicUsage } from './anthropic.wire.js';

const VENDOR = 'anthropic';
const NOTHING: readonly AnswerChunk[] = [];

/** A block that has begun and not ended. */
interface OpenBlock {
  readonly start: JsonObject;
  readonly type: unknown;
  /** Place among the tool calls, for those that are one. */
  readonly call: number;
  /** Text, thinking or JSON so far. */
  text: string;
  signature: string;
}

/** Translates one stream. `at` is when it was asked, in ms since the epoch. */
export class AnthropicStream implements StreamTranslator {
  readonly #at: number;
  readonly #wantsUsageChunk: boolean;
  readonly #blocks = new Map<unknown, OpenBlock>();
  readonly #order = new AnswerOrder();
  #writer: ChunkWriter | null = null;
  #calls = 0;
  #usageTold: JsonObject = {};
  #usage: UsageBuckets | null = null;
  #finishReason: string | null = null;
  #modelServed: string | null = null;
  #answerId: string | null = null;

  constructor(at: number, wantsUsageChunk: boolean) {
    this.#at = at;
    this.#wantsUsageChunk = wantsUsageChunk;
  }

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

  feed(sent: SseEvent): readonly AnswerChunk[] {
    const event = readEvent(sent, VENDOR);
    if (event === null) return NOTHING;
    switch (event.type) {
      case 'message_start':
        return this.#start(objectOf(event.message));
      case 'content_block_start':
        return this.#openBlock(event.index, objectOf(event.content_block));
      case 'content_block_delta':
        return this.#moveBlock(this.#blockAt(event.index), objectOf(event.delta));
      case 'content_block_stop':
        return this.#closeBlock(event.index);
      case 'message_delta':
        return this.#finish(event);
      case 'error':
        throw errorIn(event) ?? malformed(VENDOR, 'an error without words');
      default:
        // Pings, the end, and kinds of events that may be added: the vendor asks that they be passed over.
        return NOTHING;
    }
  }

  close(): readonly AnswerChunk[] {
    return this.#wantsUsageChunk && this.#usage !== null ? [this.#write().usage(this.#usage)] : NOTHING;
  }

  #write(): ChunkWriter {
    if (this.#writer === null) throw malformed(VENDOR, 'content before the beginning of its message');
    return this.#writer;
  }

  #start(message: JsonObject): readonly AnswerChunk[] {
    this.#hearUsage(message.usage);
    // Said twice by some proxies; the first stands.
    if (this.#writer !== null) return NOTHING;
    const id = textOf(message.id);
    const model = textOf(message.model);
    if (id === null || model === null) throw malformed(VENDOR, 'a message without id and model');
    this.#answerId = id;
    this.#modelServed = model;
    this.#writer = new ChunkWriter({ id, model, at: this.#at });
    return [this.#writer.delta({ role: 'assistant', content: '' })];
  }

  #blockAt(index: unknown): OpenBlock {
    const block = this.#blocks.get(index);
    if (block === undefined) throw malformed(VENDOR, 'a piece of a block that has not begun');
    return block;
  }

  #openBlock(index: unknown, start: JsonObject): readonly AnswerChunk[] {
    const isCall = start.type === 'tool_use';
    const block: OpenBlock = { start, type: start.type, call: isCall ? this.#calls++ : -1, text: '', signature: '' };
    this.#blocks.set(index, block);
    if (isCall) {
      if (textOf(start.id) === null || textOf(start.name) === null)
        throw malformed(VENDOR, 'a tool call without a name');
      this.#order.add('call');
      return [this.#call(block, { id: start.id, type: 'function', function: { name: start.name, arguments: '' } })];
    }
    if (start.type === 'text') {
      const ends = this.#order.beginText() ? [this.#write().delta(TEXT_ENDS)] : NOTHING;
      return [...ends, ...this.#text(block, start.text, 'content')];
    }
    if (start.type === 'thinking') {
      this.#order.add('thought');
      return this.#text(block, start.thinking, 'reasoning_content');
    }
    this.#write();
    this.#order.add(start.type === 'redacted_thinking' ? 'thought' : 'block');
    return NOTHING;
  }

  #moveBlock(block: OpenBlock, delta: JsonObject): readonly AnswerChunk[] {
    switch (delta.type) {
      case 'text_delta':
        return this.#text(block, delta.text, 'content');
      case 'thinking_delta':
        return this.#text(block, delta.thinking, 'reasoning_content');
      case 'input_json_delta':
        return this.#json(block, textOf(delta.partial_json) ?? '');
      case 'signature_delta':
        block.signature += textOf(delta.signature) ?? '';
        return NOTHING;
      case 'citations_delta':
        this.#order.note({ citations: 1 });
        return [this.#write().delta({ citations: [delta.citation] })];
      default:
        return NOTHING;
    }
  }

  #text(block: OpenBlock, text: unknown, field: 'content' | 'reasoning_content'): readonly AnswerChunk[] {
    const piece = textOf(text);
    if (piece === null) return NOTHING;
    block.text += piece;
    if (field === 'content') this.#order.note({ length: piece.length });
    return [this.#write().delta({ [field]: piece })];
  }

  #json(block: OpenBlock, piece: string): readonly AnswerChunk[] {
    block.text += piece;
    if (piece === '' || block.call === -1) return NOTHING;
    return [this.#call(block, { function: { arguments: piece } })];
  }

  #call(block: OpenBlock, call: JsonObject): AnswerChunk {
    return this.#write().delta({ tool_calls: [{ index: block.call, ...call }] });
  }

  #closeBlock(index: unknown): readonly AnswerChunk[] {
    const block = this.#blockAt(index);
    this.#blocks.delete(index);
    switch (block.type) {
      case 'text':
        return NOTHING;
      case 'thinking': {
        const thought = { type: 'thinking', thinking: block.text, signature: block.signature };
        return [this.#write().delta({ thinking_blocks: [thought] })];
      }
      case 'redacted_thinking':
        return [this.#write().delta({ thinking_blocks: [block.start] })];
      case 'tool_use':
        // A call without arguments sends none; clients parse them nonetheless.
        if (block.text !== '') return NOTHING;
        return [this.#call(block, { function: { arguments: JSON.stringify(block.start.input ?? {}) } })];
      default:
        return [this.#write().delta({ vendor_blocks: [{ ...block.start, ...inputOf(block.text) }] })];
    }
  }

  #finish(event: JsonObject): readonly AnswerChunk[] {
    this.#hearUsage(event.usage);
    const { stop_reason, stop_sequence } = objectOf(event.delta);
    const finish = finishOfStop(stop_reason);
    if (finish === null || this.#finishReason !== null) return NOTHING;
    if (this.#blocks.size > 0) throw malformed(VENDOR, 'a finish within a block');
    this.#finishReason = finish;
    const { unusual } = this.#order;
    return [
      ...(unusual === undefined ? [] : [this.#write().delta({ block_order: unusual })]),
      this.#write().finish(finish, 0, nativeEnding(stop_reason, stop_sequence)),
    ];
  }

  /** Later counts stand for all that came before them, but leave out what has not changed. */
  #hearUsage(usage: unknown): void {
    if (!isObject(usage)) return;
    const told = Object.fromEntries(Object.entries(usage).filter(([, value]) => value !== null));
    this.#usageTold = { ...this.#usageTold, ...told };
    this.#usage = readAnthropicUsage(this.#usageTold);
  }
}

/** What the vendor's own tools are called with comes as text, too. */
function inputOf(text: string): JsonObject {
  if (text === '') return {};
  try {
    return { input: JSON.parse(text) as unknown };
  } catch (cause) {
    throw malformed(VENDOR, 'the input of a tool that is not JSON', cause);
  }
}
