/** A stream of Cohere's as OpenAI chat chunks. */
import type { UsageBuckets } from '@skein/contracts/attempt';
import {
  ChunkWriter,
  malformed,
  nativeEnding,
  readEvent,
  textOf,
  valueAt,
  type AnswerChunk,
  type AnswerProgress,
  type JsonObject,
  type SseEvent,
  type StreamTranslator,
} from '@skein/provider-kit';
import { failureIn } from './cohere.errors.js';
import { finishOfReason, readCohereUsage } from './cohere.wire.js';

const VENDOR = 'cohere';
const NOTHING: readonly AnswerChunk[] = [];

/** A call of a tool: its place among the calls, and whether its arguments have begun. */
interface OpenCall {
  readonly place: number;
  hasArguments: boolean;
}

/** Translates one stream. `at` is when it was asked, in ms since the epoch. */
export class CohereStream implements StreamTranslator {
  readonly #model: string;
  readonly #at: number;
  readonly #wantsUsageChunk: boolean;
  /** By the vendor's number of them. */
  readonly #calls = new Map<unknown, OpenCall>();
  #writer: ChunkWriter | null = null;
  #usage: UsageBuckets | null = null;
  #finishReason: string | null = null;
  #answerId: string | null = null;

  constructor(model: string, at: number, wantsUsageChunk: boolean) {
    this.#model = model;
    this.#at = at;
    this.#wantsUsageChunk = wantsUsageChunk;
  }

  get progress(): AnswerProgress {
    return {
      usage: this.#usage,
      usageIsFinal: this.#finishReason !== null,
      finishReason: this.#finishReason,
      modelServed: null,
      answerId: this.#answerId,
      outputBytes: this.#writer?.outputBytes ?? 0,
    };
  }

  feed(sent: SseEvent): readonly AnswerChunk[] {
    const event = readEvent(sent, VENDOR);
    if (event === null) return NOTHING;
    const message = valueAt(event, 'delta.message');
    switch (event.type) {
      case 'message-start':
        return this.#start(event);
      case 'content-start':
      case 'content-delta':
        return [
          ...this.#text('reasoning_content', valueAt(message, 'content.thinking')),
          ...this.#text('content', valueAt(message, 'content.text')),
        ];
      case 'tool-plan-delta':
        return this.#text('reasoning_content', valueAt(message, 'tool_plan'));
      case 'tool-call-start':
        return this.#openCall(event.index, valueAt(message, 'tool_calls'));
      case 'tool-call-delta':
        return this.#moveCall(event.index, valueAt(message, 'tool_calls.function.arguments'));
      case 'tool-call-end':
        return this.#callAt(event.index).hasArguments ? NOTHING : this.#moveCall(event.index, '{}');
      case 'citation-start':
        return [this.#write().delta({ citations: [valueAt(message, 'citations') ?? null] })];
      case 'message-end':
        return this.#finish(event);
      default:
        // Ends of parts, and kinds of events that may be added.
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

  #start(event: JsonObject): readonly AnswerChunk[] {
    if (this.#writer !== null) return NOTHING;
    this.#answerId = textOf(event.id);
    this.#writer = new ChunkWriter({ id: this.#answerId ?? `cohere-${this.#at}`, model: this.#model, at: this.#at });
    return [this.#writer.delta({ role: 'assistant', content: '' })];
  }

  #text(field: 'content' | 'reasoning_content', text: unknown): readonly AnswerChunk[] {
    const piece = textOf(text);
    return piece === null ? NOTHING : [this.#write().delta({ [field]: piece })];
  }

  #openCall(index: unknown, call: unknown): readonly AnswerChunk[] {
    const id = textOf(valueAt(call, 'id'));
    const name = textOf(valueAt(call, 'function.name'));
    if (id === null || name === null) throw malformed(VENDOR, 'a tool call without a name');
    const args = textOf(valueAt(call, 'function.arguments')) ?? '';
    const open = { place: this.#calls.size, hasArguments: args !== '' };
    this.#calls.set(index, open);
    const started = { index: open.place, id, type: 'function', function: { name, arguments: args } };
    return [this.#write().delta({ tool_calls: [started] })];
  }

  #callAt(index: unknown): OpenCall {
    const call = this.#calls.get(index);
    if (call === undefined) throw malformed(VENDOR, 'a piece of a tool call that has not begun');
    return call;
  }

  #moveCall(index: unknown, args: unknown): readonly AnswerChunk[] {
    const call = this.#callAt(index);
    const piece = textOf(args);
    if (piece === null) return NOTHING;
    call.hasArguments = true;
    return [this.#write().delta({ tool_calls: [{ index: call.place, function: { arguments: piece } }] })];
  }

  #finish(event: JsonObject): readonly AnswerChunk[] {
    const reason = valueAt(event, 'delta.finish_reason');
    const failure = failureIn(reason, valueAt(event, 'delta.error'));
    if (failure !== null) throw failure;
    const usage = readCohereUsage(valueAt(event, 'delta.usage'));
    if (usage !== null) this.#usage = usage;
    const finish = finishOfReason(reason);
    if (finish === null || this.#finishReason !== null) return NOTHING;
    const chunk = this.#write().finish(finish, 0, nativeEnding(reason));
    this.#finishReason = finish;
    return [chunk];
  }
}
