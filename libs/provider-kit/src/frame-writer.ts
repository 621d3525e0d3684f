import type { AnswerHead, NoticeFrame, UsageFrame } from '@skein/contracts/attempt';
import type { WireError } from '@skein/contracts/errors';
import type { Frame, FrameKind } from '@skein/contracts/wire';
import type { Bus } from '@skein/bus';
import { jsonBytes } from './json.js';

/** Under the bus' limit for one message (8 MB), with room for the head. */
const MAX_PART_BYTES = 6 * 1024 * 1024;
const EMPTY = new Uint8Array(0);

/** A frame of our own words: to a sink in this process they go as they are, to any other as JSON. */
class ToldFrame implements Frame {
  readonly hasContent = false;
  #payload: Uint8Array | undefined;

  constructor(
    readonly kind: FrameKind,
    readonly seq: number,
    readonly told: object,
  ) {}

  get payload(): Uint8Array {
    return (this.#payload ??= jsonBytes(this.told));
  }
}

/** Writes the frames of one attempt to its sink, numbered from 0. Never waits. */
export class FrameWriter {
  readonly #bus: Pick<Bus, 'emitFrame'>;
  readonly #sink: string;
  readonly #requestId: string;
  readonly #attemptNo: number;
  #seq = 0;

  constructor(bus: Pick<Bus, 'emitFrame'>, sink: string, requestId: string, attemptNo: number) {
    this.#bus = bus;
    this.#sink = sink;
    this.#requestId = requestId;
    this.#attemptNo = attemptNo;
  }

  head(head: AnswerHead): void {
    this.#tell('notice', { notice: 'head', head } satisfies NoticeFrame);
  }

  chunk(bytes: Uint8Array, hasContent: boolean): void {
    this.#emit('chunk', hasContent, bytes);
  }

  usage(usage: UsageFrame): void {
    this.#tell('usage', usage);
  }

  /** An unstreamed answer; in parts where it exceeds one message. It is all the customer gets, so it always commits. */
  whole(answer: Uint8Array): void {
    let at = 0;
    for (; answer.length - at > MAX_PART_BYTES; at += MAX_PART_BYTES) {
      this.#emit('part', true, answer.subarray(at, at + MAX_PART_BYTES));
    }
    this.#emit('whole', true, answer.subarray(at));
  }

  end(): void {
    this.#emit('end', false, EMPTY);
  }

  error(error: WireError): void {
    this.#tell('error', error);
  }

  #tell(kind: FrameKind, words: object): void {
    this.#bus.emitFrame(this.#sink, this.#requestId, this.#attemptNo, new ToldFrame(kind, this.#seq++, words));
  }

  #emit(kind: FrameKind, hasContent: boolean, payload: Uint8Array): void {
    this.#bus.emitFrame(this.#sink, this.#requestId, this.#attemptNo, { kind, seq: this.#seq++, hasContent, payload });
  }
}
