/** Items of a streamed response while they are being told: each tells its own beginning, its pieces and its end. */
import { SkeinError } from '@skein/contracts/errors';
import type { JsonObject } from '@skein/contracts/openai';
import {
  callItem,
  callWords,
  flatAnnotation,
  itemId,
  messageItem,
  reasoningItem,
  refusalPart,
  textPart,
  type CallWords,
  type ItemStatus,
} from '@skein/contracts/responses';

export interface ItemTeller {
  tell(type: string, rest: JsonObject): void;
}

export interface OpenItem {
  /** The item as it stands. */
  readonly shown: JsonObject;
  close(status: ItemStatus): void;
}

export class OpenThought implements OpenItem {
  readonly #id: string;
  #text = '';
  readonly #thoughts: JsonObject[] = [];
  #status: ItemStatus = 'in_progress';

  constructor(
    private readonly teller: ItemTeller,
    responseId: string,
    private readonly place: number,
  ) {
    this.#id = itemId('rs', responseId, place);
    teller.tell('response.output_item.added', { output_index: place, item: this.shown });
  }

  get shown(): JsonObject {
    return reasoningItem(this.#id, this.#text, this.#thoughts, this.#status);
  }

  say(text: string): void {
    if (text === '') return;
    if (this.#text === '') {
      this.teller.tell('response.reasoning_summary_part.added', {
        ...this.#where,
        part: { type: 'summary_text', text: '' },
      });
    }
    this.#text += text;
    this.teller.tell('response.reasoning_summary_text.delta', { ...this.#where, delta: text });
  }

  /** A thought as its vendor signed it. */
  sign(thought: JsonObject): void {
    this.#thoughts.push(thought);
  }

  close(status: ItemStatus): void {
    this.#status = status;
    const text = this.#text;
    if (text !== '') {
      this.teller.tell('response.reasoning_summary_text.done', { ...this.#where, text });
      this.teller.tell('response.reasoning_summary_part.done', {
        ...this.#where,
        part: { type: 'summary_text', text },
      });
    }
    this.teller.tell('response.output_item.done', { output_index: this.place, item: this.shown });
  }

  get #where() {
    return { item_id: this.#id, output_index: this.place, summary_index: 0 };
  }
}

interface Part {
  readonly kind: 'text' | 'refusal';
  words: string;
  readonly logprobs: unknown[];
  readonly annotations: unknown[];
}

const shownPart = ({ kind, words, annotations, logprobs }: Part): JsonObject =>
  kind === 'text' ? textPart(words, annotations, logprobs) : refusalPart(words);

/** An item that came whole from the vendor: a tool of its own, and what it did. */
export class VendorItem implements OpenItem {
  constructor(
    teller: ItemTeller,
    place: number,
    readonly shown: JsonObject,
  ) {
    teller.tell('response.output_item.added', { output_index: place, item: shown });
    teller.tell('response.output_item.done', { output_index: place, item: shown });
  }

  close(): void {
    // It ended where it began.
  }
}

export class OpenMessage implements OpenItem {
  readonly #id: string;
  readonly #parts: Part[] = [];
  #isPartOpen = false;
  #status: ItemStatus = 'in_progress';

  constructor(
    private readonly teller: ItemTeller,
    responseId: string,
    private readonly place: number,
    private readonly phase?: string,
  ) {
    this.#id = itemId('msg', responseId, place);
    teller.tell('response.output_item.added', { output_index: place, item: this.shown });
  }

  get shown(): JsonObject {
    return messageItem(this.#id, this.#parts.map(shownPart), this.#status, this.phase);
  }

  say(text: string, logprobs: readonly unknown[]): void {
    const part = this.#part('text');
    part.words += text;
    part.logprobs.push(...logprobs);
    this.teller.tell('response.output_text.delta', { ...this.#where, delta: text, logprobs });
  }

  refuse(text: string): void {
    this.#part('refusal').words += text;
    this.teller.tell('response.refusal.delta', { ...this.#where, delta: text });
  }

  /** Sources of the text told last. */
  annotate(annotations: readonly unknown[]): void {
    const part = this.#parts.at(-1);
    for (const annotation of annotations) {
      const annotation_index = part?.annotations.push(annotation) ?? 1;
      this.teller.tell('response.output_text.annotation.added', {
        ...this.#where,
        annotation_index: annotation_index - 1,
        annotation: flatAnnotation(annotation),
      });
    }
  }

  /** UTF-16 units of the text told last. */
  get partLength(): number {
    return this.#parts.at(-1)?.words.length ?? 0;
  }

  /** What follows is a text of its own. */
  endPart(): void {
    this.#closePart();
    this.#isPartOpen = false;
  }

  close(status: ItemStatus): void {
    this.#status = status;
    this.#closePart();
    this.teller.tell('response.output_item.done', { output_index: this.place, item: this.shown });
  }

  /** The open part, when it is of this kind; else a new one. */
  #part(kind: Part['kind']): Part {
    const open = this.#isPartOpen ? this.#parts.at(-1) : undefined;
    if (open?.kind === kind) return open;
    this.#closePart();
    this.#isPartOpen = true;
    const part: Part = { kind, words: '', logprobs: [], annotations: [] };
    this.#parts.push(part);
    this.teller.tell('response.content_part.added', { ...this.#where, part: shownPart(part) });
    return part;
  }

  #closePart(): void {
    const part = this.#parts.at(-1);
    if (part === undefined || !this.#isPartOpen) return;
    const { kind, words, logprobs } = part;
    if (kind === 'text') this.teller.tell('response.output_text.done', { ...this.#where, text: words, logprobs });
    else this.teller.tell('response.refusal.done', { ...this.#where, refusal: words });
    this.teller.tell('response.content_part.done', { ...this.#where, part: shownPart(part) });
  }

  get #where() {
    return { item_id: this.#id, output_index: this.place, content_index: Math.max(0, this.#parts.length - 1) };
  }
}

export class OpenCall implements OpenItem {
  #words: CallWords = { callId: '', name: '', input: '', isCustom: false };
  #hasBegun = false;
  #status: ItemStatus = 'in_progress';

  constructor(
    private readonly teller: ItemTeller,
    private readonly responseId: string,
    private readonly place: number,
  ) {}

  get shown(): JsonObject {
    return callItem(this.#id, this.#words, this.#status);
  }

  /** Takes an entry of `tool_calls`: its beginning, more of its arguments, or both. */
  take(piece: JsonObject): void {
    const { callId, name, input, isCustom } = callWords(piece);
    this.#words = {
      callId: this.#words.callId || callId,
      name: this.#words.name || name,
      input: this.#words.input + input,
      isCustom: this.#words.isCustom || isCustom,
    };
    if (this.#words.name === '') return;
    if (!this.#hasBegun) {
      this.#hasBegun = true;
      const item = callItem(this.#id, { ...this.#words, input: '' }, 'in_progress');
      this.teller.tell('response.output_item.added', { output_index: this.place, item });
      if (this.#words.input !== '') this.#tellDelta(this.#words.input);
    } else if (input !== '') this.#tellDelta(input);
  }

  close(status: ItemStatus): void {
    if (!this.#hasBegun) throw new SkeinError('vendor_malformed', 'The vendor sent a tool call without a name');
    this.#status = status;
    const { input, name, isCustom } = this.#words;
    if (isCustom) this.teller.tell('response.custom_tool_call_input.done', { ...this.#where, input });
    else this.teller.tell('response.function_call_arguments.done', { ...this.#where, name, arguments: input });
    this.teller.tell('response.output_item.done', { output_index: this.place, item: this.shown });
  }

  #tellDelta(delta: string): void {
    const type = this.#words.isCustom
      ? 'response.custom_tool_call_input.delta'
      : 'response.function_call_arguments.delta';
    this.teller.tell(type, { ...this.#where, delta });
  }

  get #id(): string {
    return itemId(this.#words.isCustom ? 'ctc' : 'fc', this.responseId, this.place);
  }

  get #where() {
    return { item_id: this.#id, output_index: this.place };
  }
}
