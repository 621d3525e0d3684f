/**
 * A stream of chat chunks as Anthropic's events: one message, its blocks one after another, never two open at once. State
 * of one stream; no I/O and no clock.
 */
import type { UsageBuckets } from '@skein/contracts/attempt';
import { SkeinError } from '@skein/contracts/errors';
import {
  unfoldMessage,
  isObject,
  itemsOf,
  objectOf,
  textOf,
  type JsonObject,
  isThoughtItem,
  readSaid,
  type Said,
} from '@skein/contracts/openai';
import { headOf, messageUsageIn, messageUsageOf, startMessage, stopReasonOf } from './message.js';
import { ToolCalls, type CallPiece } from './tool-calls.js';
import { signedThought } from './from-chat.js';

/** One event; its name is its `type`. */
export type MessageEvent = JsonObject & { readonly type: string };

interface OpenBlock {
  readonly kind: 'text' | 'thinking' | 'tool_use';
  /** Text so far. */
  text: string;
}

const decoder = new TextDecoder();

export class MessageStream {
  #events: MessageEvent[] = [];
  #hasStarted = false;
  #open: OpenBlock | null = null;
  #index = -1;
  #usage: unknown = null;
  #finishReason: unknown = null;
  #nativeReason: unknown = null;
  #stopSequence: string | null = null;
  #isRefusal = false;
  readonly #calls = new ToolCalls((piece) => this.#callPiece(piece));

  /** Takes one chunk. Throws `vendor_malformed` where it cannot be told as events. */
  feed(payload: Uint8Array): readonly MessageEvent[] {
    const chunk = parseChunk(payload);
    if (!this.#hasStarted) this.#start(chunk);
    if (isObject(chunk.usage)) this.#usage = chunk.usage;
    const choice = itemsOf(chunk.choices)
      .filter(isObject)
      .find(({ index }) => index === undefined || index === 0);
    if (choice !== undefined) this.#takeChoice(choice);
    return this.#take();
  }

  /** The answer is complete: what closes it. `usage` is the normal form, null where nobody told it. */
  finish(usage: UsageBuckets | null): readonly MessageEvent[] {
    if (!this.#hasStarted) this.#start({});
    this.#calls.close();
    this.#closeBlock();
    const { input_tokens, cache_creation_input_tokens, cache_read_input_tokens, output_tokens, ...rest } =
      usage === null ? messageUsageIn(this.#usage) : messageUsageOf(usage);
    this.#tell('message_delta', {
      delta: {
        stop_reason: stopReasonOf({
          finishReason: this.#finishReason,
          nativeReason: this.#nativeReason,
          hasCalls: this.#calls.count > 0,
          isRefusal: this.#isRefusal,
        }),
        stop_sequence: this.#stopSequence,
        stop_details: null,
        container: null,
      },
      usage: {
        input_tokens,
        cache_creation_input_tokens,
        cache_read_input_tokens,
        output_tokens,
        server_tool_use: rest.server_tool_use,
        ...(rest.output_tokens_details && { output_tokens_details: rest.output_tokens_details }),
      },
    });
    this.#tell('message_stop', {});
    return this.#take();
  }

  #start(chunk: JsonObject): void {
    this.#hasStarted = true;
    this.#tell('message_start', { message: startMessage(headOf(chunk)) });
    this.#tell('ping', {});
  }

  #takeChoice(choice: JsonObject): void {
    const delta = objectOf(choice.delta);
    const parts = unfoldMessage(delta);
    parts.forEach((part, place) => {
      if (place > 0) this.#leaveText();
      this.#takeSaid(readSaid(part));
    });
    // Told where a text ends although another follows.
    if (delta.block_order !== undefined) this.#leaveText();
    this.#finishReason = choice.finish_reason ?? this.#finishReason;
    this.#nativeReason = choice.native_finish_reason ?? this.#nativeReason;
    this.#stopSequence = textOf(choice.stop_sequence) || this.#stopSequence;
  }

  #takeSaid({ reasoning, thoughts, items, vendorBlocks, text, refusal, citations, calls }: Said): void {
    if (reasoning !== '') this.#think(reasoning);
    thoughts.forEach((thought) => this.#closeThought(thought));
    items.filter(isThoughtItem).forEach((item) => this.#closeThought(signedThought(item)));
    vendorBlocks.forEach((block) => this.#passBlock(block));
    if (text !== '') this.#say(text);
    if (refusal !== '') {
      this.#isRefusal = true;
      this.#say(refusal);
    }
    citations.forEach((citation) => this.#cite(citation));
    calls.forEach((call, place) => this.#calls.take(call, place));
  }

  #leaveText(): void {
    if (this.#open?.kind === 'text') this.#closeBlock();
  }

  #say(text: string): void {
    this.#openBlock('text', { type: 'text', text: '' });
    this.#move({ type: 'text_delta', text });
  }

  #cite(citation: unknown): void {
    this.#openBlock('text', { type: 'text', text: '' });
    this.#move({ type: 'citations_delta', citation });
  }

  #think(thinking: string): void {
    const block = this.#openBlock('thinking', { type: 'thinking', thinking: '', signature: '' });
    block.text += thinking;
    this.#move({ type: 'thinking_delta', thinking });
  }

  /** The whole thought follows its text: what is still missing of it, its signature, and its end. */
  #closeThought(thought: JsonObject): void {
    if (thought.type !== 'thinking') return this.#passBlock(thought);
    const block = this.#openBlock('thinking', { type: 'thinking', thinking: '', signature: '' });
    if (block.text === '' && textOf(thought.thinking) !== '') this.#think(textOf(thought.thinking));
    if (textOf(thought.signature) !== '') this.#move({ type: 'signature_delta', signature: thought.signature });
    this.#closeBlock();
  }

  /** A block of Anthropic's own comes whole; the input of its tools is told as theirs always is, in a delta. */
  #passBlock(block: JsonObject): void {
    this.#leaveBlock();
    this.#index += 1;
    const { input } = block;
    const hasInput = isObject(input) && Object.keys(input).length > 0;
    this.#tell('content_block_start', {
      index: this.#index,
      content_block: hasInput ? { ...block, input: {} } : block,
    });
    if (hasInput) this.#move({ type: 'input_json_delta', partial_json: JSON.stringify(input) });
    this.#tell('content_block_stop', { index: this.#index });
  }

  #callPiece({ begins, json }: CallPiece): void {
    if (begins !== null) {
      this.#closeBlock();
      const block = { type: 'tool_use', ...begins, input: {}, caller: { type: 'direct' } };
      this.#begin('tool_use', block);
    }
    if (json !== '') this.#move({ type: 'input_json_delta', partial_json: json });
  }

  /** The open block, when it is of this kind; else a new one. */
  #openBlock(kind: OpenBlock['kind'], start: JsonObject): OpenBlock {
    if (this.#open?.kind === kind) return this.#open;
    this.#leaveBlock();
    return this.#begin(kind, start);
  }

  #begin(kind: OpenBlock['kind'], start: JsonObject): OpenBlock {
    this.#index += 1;
    this.#tell('content_block_start', { index: this.#index, content_block: start });
    return (this.#open = { kind, text: '' });
  }

  /** Something that is no call follows: calls that wait for their turn have it now. */
  #leaveBlock(): void {
    this.#calls.close();
    this.#closeBlock();
  }

  #closeBlock(): void {
    if (this.#open === null) return;
    this.#open = null;
    this.#tell('content_block_stop', { index: this.#index });
  }

  #move(delta: JsonObject): void {
    this.#tell('content_block_delta', { index: this.#index, delta });
  }

  #tell(type: string, rest: JsonObject): void {
    this.#events.push({ type, ...rest });
  }

  #take(): readonly MessageEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }
}

function parseChunk(payload: Uint8Array): JsonObject {
  try {
    const chunk: unknown = JSON.parse(decoder.decode(payload));
    if (isObject(chunk)) return chunk;
  } catch {
    // Said below, with what is not an object.
  }
  throw new SkeinError('vendor_malformed', 'The vendor sent a chunk that is not a JSON object');
}
