/**
 * A stream of chat chunks as the events of a response, each with its number. A message or a thought is closed when another
 * item begins; calls stay open until the end, because vendors may go to and fro between them. State of one stream; no I/O
 * and no clock.
 */
import type { UsageBuckets } from '@skein/contracts/attempt';
import { SkeinError } from '@skein/contracts/errors';
import {
  moved,
  unfoldMessage,
  isObject,
  itemsOf,
  objectOf,
  textOf,
  type JsonObject,
  isThoughtItem,
  readSaid,
  thoughtText,
} from '@skein/contracts/openai';
import { logprobsOf, endingOf, responseUsage, responseWith, type ResponseFrame } from '@skein/contracts/responses';
import { OpenCall, OpenMessage, OpenThought, VendorItem, type ItemTeller, type OpenItem } from './open-items.js';

/** One event; its name is its `type`. */
export type ResponseEvent = JsonObject & { readonly type: string };

const decoder = new TextDecoder();

export class ResponseStream {
  readonly #frame: ResponseFrame;
  #events: ResponseEvent[] = [];
  #sequence = 0;
  #hasStarted = false;
  /** The thought or message that is being told. */
  #open: OpenThought | OpenMessage | null = null;
  readonly #items: OpenItem[] = [];
  readonly #calls = new Map<unknown, OpenCall>();
  #model = '';
  /** Of the message that begins next. */
  #phase: string | undefined;
  /** UTF-16 units of text told so far. */
  #textLength = 0;
  #usage: unknown = null;
  #finishReason: unknown = null;
  readonly #teller: ItemTeller = { tell: (type, rest) => this.#tell(type, rest) };

  constructor(frame: ResponseFrame) {
    this.#frame = frame;
  }

  /** Takes one chunk. Throws `vendor_malformed` where it cannot be told as events. */
  feed(payload: Uint8Array): readonly ResponseEvent[] {
    const chunk = parseChunk(payload);
    this.#model ||= textOf(chunk.model);
    if (!this.#hasStarted) this.#start();
    if (isObject(chunk.usage)) this.#usage = chunk.usage;
    const choice = itemsOf(chunk.choices)
      .filter(isObject)
      .find(({ index }) => index === undefined || index === 0);
    if (choice !== undefined) this.#takeChoice(choice);
    return this.#take();
  }

  /** The answer is complete: what closes its items, without the last event. */
  close(): readonly ResponseEvent[] {
    if (!this.#hasStarted) this.#start();
    this.#leave();
    const { status } = endingOf(this.#finishReason);
    for (const call of this.#calls.values()) call.close(status === 'completed' ? 'completed' : 'incomplete');
    return this.#take();
  }

  /** The response as it is now. `usage` is the normal form, null where nobody told it. */
  finished(usage: UsageBuckets | null, isStored: boolean): JsonObject {
    return responseWith(
      { ...this.#frame, isStored },
      {
        ...endingOf(this.#finishReason),
        model: this.#model || this.#frame.request.model,
        output: this.#items.map((item) => item.shown),
        usage: responseUsage(usage, this.#usage),
      },
    );
  }

  /** The last event of a stream that ended well. */
  last(response: JsonObject): readonly ResponseEvent[] {
    this.#tell(response.status === 'incomplete' ? 'response.incomplete' : 'response.completed', { response });
    return this.#take();
  }

  /** The event of a failure after the first event. */
  failure(error: { readonly code: string; readonly message: string; readonly param: string | null }): ResponseEvent {
    this.#tell('error', { code: error.code, message: error.message, param: error.param });
    const [event] = this.#take();
    return event ?? { type: 'error' };
  }

  #start(): void {
    this.#hasStarted = true;
    const response = responseWith(this.#frame, { model: this.#model || this.#frame.request.model });
    this.#tell('response.created', { response });
    this.#tell('response.in_progress', { response });
  }

  #takeChoice(choice: JsonObject): void {
    const delta = objectOf(choice.delta);
    unfoldMessage(delta).forEach((part, place) => {
      if (place > 0) this.#endText();
      this.#takeSaid(part, place === 0 ? logprobsOf(choice) : []);
    });
    // Told where a text ends although another follows.
    if (delta.block_order !== undefined) this.#endText();
    if (typeof choice.finish_reason === 'string') this.#finishReason = choice.finish_reason;
  }

  #takeSaid(delta: JsonObject, logprobs: readonly unknown[]): void {
    const said = readSaid(delta);
    const phase = textOf(delta.phase);
    if (phase !== '') {
      this.#leave();
      this.#phase = phase;
    }
    if (said.reasoning !== '') this.#thought().say(said.reasoning);
    for (const thought of said.thoughts) this.#thought().sign(thought);
    for (const item of said.items) this.#takeItem(item);
    if (said.text !== '') {
      this.#message().say(said.text, logprobs);
      this.#textLength += said.text.length;
    }
    if (said.refusal !== '') this.#message().refuse(said.refusal);
    if (this.#open instanceof OpenMessage) {
      // Chat counts from the beginning of all text.
      const before = this.#textLength - this.#open.partLength;
      this.#open.annotate(itemsOf(delta.annotations).map((annotation) => moved(annotation, -before)));
    }
    said.calls.forEach((call, place) => this.#takeCall(call, place));
  }

  /** A thought in its vendor's cipher ends the one that is being told; what else the vendor did is an item of its own. */
  #takeItem(item: JsonObject): void {
    if (isThoughtItem(item)) {
      if (!(this.#open instanceof OpenThought)) this.#thought().say(thoughtText(item));
      this.#thought().sign(item);
    }
    this.#leave();
    if (!isThoughtItem(item)) this.#add(new VendorItem(this.#teller, this.#items.length, item));
  }

  #endText(): void {
    if (this.#open instanceof OpenMessage) this.#open.endPart();
  }

  #takeCall(piece: JsonObject, place: number): void {
    const index = piece.index ?? place;
    let call = this.#calls.get(index);
    if (call === undefined) {
      this.#leave();
      call = this.#add(new OpenCall(this.#teller, this.#frame.id, this.#items.length));
      this.#calls.set(index, call);
    }
    call.take(piece);
  }

  #thought(): OpenThought {
    if (this.#open instanceof OpenThought) return this.#open;
    this.#leave();
    return (this.#open = this.#add(new OpenThought(this.#teller, this.#frame.id, this.#items.length)));
  }

  #message(): OpenMessage {
    if (this.#open instanceof OpenMessage) return this.#open;
    this.#leave();
    const phase = this.#phase;
    this.#phase = undefined;
    return (this.#open = this.#add(new OpenMessage(this.#teller, this.#frame.id, this.#items.length, phase)));
  }

  #add<Item extends OpenItem>(item: Item): Item {
    this.#items.push(item);
    return item;
  }

  #leave(): void {
    this.#open?.close(endingOf(this.#finishReason).status === 'completed' ? 'completed' : 'incomplete');
    this.#open = null;
  }

  #tell(type: string, rest: JsonObject): void {
    this.#events.push({ type, sequence_number: this.#sequence, ...rest });
    this.#sequence += 1;
  }

  #take(): readonly ResponseEvent[] {
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
