/** The events of one Response as OpenAI chat chunks. */
import type { UsageBuckets } from '@skein/contracts/attempt';
import type { SkeinError } from '@skein/contracts/errors';
import type { Vendor } from '@skein/catalog';
import { AnswerOrder, TEXT_ENDS } from '../../answer-order.js';
import { ChunkWriter } from '../../chat-writer.js';
import { itemsOf, objectOf, textOf, type JsonObject } from '../../json.js';
import { readEvent } from '../../read-event.js';
import type { SseEvent } from '../../sse-reader.js';
import type { AnswerChunk, AnswerProgress, StreamTranslator } from '../../vendor-adapter.js';
import { malformed } from '../../vendor-errors.js';
import { complaintIn, errorOfComplaint } from '../openai.errors.js';
import {
  annotationOf,
  callOfItem,
  finishOfResponse,
  isThoughtToKeep,
  likelihoods,
  readResponseUsage,
  THOUGHT_GAP,
  thoughtText,
} from './response-words.js';

const NOTHING: readonly AnswerChunk[] = [];

const lastTypes = new Set(['response.completed', 'response.incomplete', 'response.failed', 'error']);
/** Is it the event with which a Response ends? */
export const isLastOfResponse = ({ type }: JsonObject): boolean => typeof type === 'string' && lastTypes.has(type);

/** An item that has begun. */
interface OpenItem {
  readonly phase: string | undefined;
  /** Place among the calls, for those that are one. */
  readonly call: number;
  /** What was said of it so far, whichever part of it. */
  said: string;
}

/** Translates one stream. `at` is when it was asked, in ms since the epoch. */
export class ResponseStream implements StreamTranslator {
  readonly #order = new AnswerOrder();
  readonly #items = new Map<unknown, OpenItem>();
  #writer: ChunkWriter | null = null;
  #calls = 0;
  /** The part of a message, or of a summary, that was last spoken of. */
  #part = '';
  #textStart = 0;
  #hasThought = false;
  #hasRefused = false;
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

  feed(sent: SseEvent): readonly AnswerChunk[] {
    const event = readEvent(sent, this.vendor.id);
    if (event === null) return NOTHING;
    const read = typeof event.type === 'string' && Object.hasOwn(this.#readers, event.type) ? event.type : null;
    // Beginnings and ends of parts, the progress of the vendor's own tools, and kinds of events that may be added.
    return read === null ? NOTHING : (this.#readers[read]?.(event) ?? NOTHING);
  }

  close(): readonly AnswerChunk[] {
    return this.wantsUsageChunk && this.#usage !== null && this.#writer !== null
      ? [this.#writer.usage(this.#usage)]
      : NOTHING;
  }

  readonly #readers: Readonly<Record<string, (event: JsonObject) => readonly AnswerChunk[]>> = {
    'response.created': ({ response }) => this.#start(objectOf(response)),
    'response.in_progress': ({ response }) => this.#start(objectOf(response)),
    'response.output_item.added': (event) => this.#open(event, objectOf(event.item)),
    'response.output_item.done': (event) => this.#close(event, objectOf(event.item)),
    'response.output_text.delta': (event) => this.#say(event, event.delta, event.logprobs),
    'response.output_text.annotation.added': ({ annotation }) => this.#annotate(annotation),
    'response.refusal.delta': (event) => this.#refuse(event, event.delta),
    'response.reasoning_summary_text.delta': (event) => this.#think(event, event.delta),
    'response.reasoning_text.delta': (event) => this.#think(event, event.delta),
    'response.function_call_arguments.delta': (event) => this.#callMore(event, textOf(event.delta) ?? ''),
    'response.custom_tool_call_input.delta': (event) => this.#callMore(event, textOf(event.delta) ?? ''),
    'response.completed': ({ response }) => this.#finish(objectOf(response)),
    'response.incomplete': ({ response }) => this.#finish({ status: 'incomplete', ...objectOf(response) }),
    'response.failed': (event) => {
      throw this.#failure(event);
    },
    error: (event) => {
      throw this.#failure(event);
    },
  };

  #start(response: JsonObject): readonly AnswerChunk[] {
    if (this.#writer !== null) return NOTHING;
    const id = textOf(response.id);
    const model = textOf(response.model);
    if (id === null || model === null) throw malformed(this.vendor.id, 'a response without id and model');
    this.#answerId = id;
    this.#modelServed = model;
    this.#writer = new ChunkWriter({ id, model, at: this.at });
    return [this.#writer.delta({ role: 'assistant', content: '' })];
  }

  #write(): ChunkWriter {
    if (this.#writer === null) throw malformed(this.vendor.id, 'content before the beginning of its response');
    return this.#writer;
  }

  #itemOf(event: JsonObject): OpenItem | undefined {
    return this.#items.get(event.output_index ?? event.item_id);
  }

  #open(event: JsonObject, item: JsonObject): readonly AnswerChunk[] {
    const call = callOfItem(item);
    const key = event.output_index ?? item.id;
    const phase = textOf(item.phase) ?? undefined;
    this.#items.set(key, { phase, call: call === null ? -1 : this.#calls++, said: '' });
    if (call === null) return phase === undefined ? NOTHING : [this.#write().delta({ phase })];
    if (call.id === null || textOf(item.name) === null) throw malformed(this.vendor.id, 'a tool call without a name');
    this.#order.add('call');
    const index = this.#calls - 1;
    const begun =
      call.type === 'custom'
        ? { custom: { name: item.name, input: '' } }
        : { function: { name: item.name, arguments: '' } };
    const first = this.#write().delta({ tool_calls: [{ index, id: call.id, type: call.type, ...begun }] });
    return [first, ...this.#callMore({ output_index: key, isCustom: call.type === 'custom' }, argumentsOf(item))];
  }

  #callMore(event: JsonObject, piece: string): readonly AnswerChunk[] {
    const item = this.#itemOf(event);
    if (item === undefined || item.call === -1) throw malformed(this.vendor.id, 'arguments of no call');
    if (piece === '') return NOTHING;
    item.said += piece;
    const isCustom = event.isCustom === true || event.type === 'response.custom_tool_call_input.delta';
    const more = isCustom ? { custom: { input: piece } } : { function: { arguments: piece } };
    return [this.#write().delta({ tool_calls: [{ index: item.call, ...more }] })];
  }

  /** What an item says whole at its end, and was not told piece by piece. */
  #close(event: JsonObject, item: JsonObject): readonly AnswerChunk[] {
    const key = event.output_index ?? item.id;
    const opened = this.#items.has(key) ? NOTHING : this.#open(event, { ...item, arguments: '', input: '' });
    const open = this.#itemOf({ output_index: key });
    if (open === undefined) return opened;
    if (open.call !== -1) {
      const args = argumentsOf(item);
      const rest = args.startsWith(open.said) ? args.slice(open.said.length) : '';
      return [...opened, ...this.#callMore({ output_index: key, isCustom: item.type === 'custom_tool_call' }, rest)];
    }
    if (item.type === 'message') {
      if (open.said !== '') return opened;
      const told = itemsOf(item.content).flatMap((part, content_index) => {
        const { type, text, refusal, logprobs, annotations } = objectOf(part);
        const where = { output_index: key, content_index };
        if (type === 'refusal') return this.#refuse(where, refusal);
        return [
          ...this.#say(where, text, logprobs),
          ...itemsOf(annotations).flatMap((annotation) => this.#annotate(annotation)),
        ];
      });
      return [...opened, ...told];
    }
    const thought = item.type === 'reasoning' && open.said === '' ? this.#think(event, thoughtText(item)) : NOTHING;
    if (item.type === 'reasoning' && !isThoughtToKeep(item)) return [...opened, ...thought];
    this.#order.add('item');
    return [...opened, ...thought, this.#write().delta({ response_items: [item] })];
  }

  /** Does another part begin with this event than the last one was of? */
  #entersPart({ output_index, item_id, content_index, summary_index }: JsonObject, kind: string): boolean {
    const part = JSON.stringify([kind, output_index ?? item_id, content_index, summary_index]);
    const enters = part !== this.#part;
    this.#part = part;
    return enters;
  }

  #say(event: JsonObject, piece: unknown, logprobs: unknown): readonly AnswerChunk[] {
    const text = textOf(piece);
    if (text === null) return NOTHING;
    const item = this.#itemOf(event);
    if (item !== undefined) item.said += text;
    const ends: AnswerChunk[] = [];
    if (this.#entersPart(event, 'text')) {
      if (this.#order.beginText(item?.phase)) ends.push(this.#write().delta(TEXT_ENDS));
      this.#textStart = this.#order.length;
    }
    this.#order.note({ length: text.length });
    return [...ends, this.#write().delta({ content: text }, 0, likelihoods(logprobs))];
  }

  #annotate(annotation: unknown): readonly AnswerChunk[] {
    this.#order.note({ annotations: 1 });
    return [this.#write().delta({ annotations: [annotationOf(annotation, this.#textStart)] })];
  }

  #refuse(event: JsonObject, piece: unknown): readonly AnswerChunk[] {
    const refusal = textOf(piece);
    if (refusal === null) return NOTHING;
    const item = this.#itemOf(event);
    if (item !== undefined) item.said += refusal;
    if (!this.#hasRefused) this.#order.add('refusal');
    this.#hasRefused = true;
    return [this.#write().delta({ refusal })];
  }

  #think(event: JsonObject, piece: unknown): readonly AnswerChunk[] {
    const text = textOf(piece);
    if (text === null) return NOTHING;
    const item = this.#itemOf(event);
    if (item !== undefined) item.said += text;
    const gap = this.#entersPart(event, 'thought') && this.#hasThought ? THOUGHT_GAP : '';
    this.#hasThought = true;
    return [this.#write().delta({ reasoning_content: gap + text })];
  }

  #finish(response: JsonObject): readonly AnswerChunk[] {
    if (this.#finishReason !== null) return NOTHING;
    this.#usage = readResponseUsage(response.usage) ?? this.#usage;
    this.#finishReason = finishOfResponse(response, this.#calls > 0);
    const { unusual } = this.#order;
    const tier = textOf(response.service_tier);
    return [
      ...(unusual === undefined ? [] : [this.#write().delta({ block_order: unusual })]),
      this.#write().finish(this.#finishReason, 0, undefined, tier === null ? {} : { service_tier: tier }),
    ];
  }

  #failure(event: JsonObject): SkeinError {
    this.#usage = readResponseUsage(objectOf(event.response).usage) ?? this.#usage;
    const told = complaintIn(event) ?? complaintIn(event.response) ?? event;
    return errorOfComplaint(this.vendor.id, 200, told);
  }
}

const argumentsOf = ({ arguments: args, input }: JsonObject): string => textOf(args) ?? textOf(input) ?? '';
