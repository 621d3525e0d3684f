/**
 * Server-sent events read by bytes: lines are found with `indexOf`, data is handed on as a view of what came from the
 * socket, and only an event that lies across reads is copied, once. LF, CRLF and CR end a line, wherever a read breaks.
 */
import { Buffer } from 'node:buffer';
import { asBuffer } from './json.js';

export interface SseEvent {
  /** The `event:` field; `message` where there was none. */
  readonly event: string;
  readonly data: Buffer;
}

export class SseOverflow extends Error {
  constructor(readonly maxEventBytes: number) {
    super(`an event is larger than ${maxEventBytes} bytes`);
    this.name = 'SseOverflow';
  }
}

const LF = 0x0a;
const CR = 0x0d;
const COLON = 0x3a;
const BLANK = 0x20;
const NEWLINE = Buffer.from('\n');
const DATA = Buffer.from('data');
const EVENT = Buffer.from('event');
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** Reads one stream. Not to be used again after `end`. */
export class SseReader {
  readonly #onEvent: (event: SseEvent) => void;
  readonly #maxEventBytes: number;
  /** Pieces of a line whose end has not come yet. */
  #pieces: Buffer[] = [];
  #pieceBytes = 0;
  /** The data of an event, nearly always one line; more of them are in the list. */
  #firstData: Buffer | null = null;
  #moreData: Buffer[] | null = null;
  #dataBytes = 0;
  #event = 'message';
  #lastWasCr = false;
  #isFirstLine = true;

  constructor(onEvent: (event: SseEvent) => void, maxEventBytes: number) {
    this.#onEvent = onEvent;
    this.#maxEventBytes = maxEventBytes;
  }

  /** Takes what a read gave. Throws SseOverflow when an event outgrows its bound, and whatever `onEvent` throws. */
  feed(bytes: Uint8Array): void {
    const chunk = asBuffer(bytes);
    const hasCr = chunk.includes(CR);
    let at = 0;
    if (this.#lastWasCr && chunk.length > 0) {
      this.#lastWasCr = false;
      if (chunk[0] === LF) at = 1;
    }
    while (at < chunk.length) {
      // Every other line is the blank one behind an event.
      if (chunk[at] === LF && this.#pieceBytes === 0) {
        at += 1;
        this.#isFirstLine = false;
        this.#dispatch();
        continue;
      }
      const end = nextLineEnd(chunk, at, hasCr);
      if (end === -1) {
        this.#keepPiece(chunk.subarray(at));
        return;
      }
      const from = at;
      at = end + 1;
      if (chunk[end] === CR) {
        if (at === chunk.length) this.#lastWasCr = true;
        else if (chunk[at] === LF) at++;
      }
      if (this.#pieceBytes === 0 && !this.#isFirstLine) this.#readLine(chunk, from, end);
      else this.#readWhole(this.#takeLine(chunk.subarray(from, end)));
    }
  }

  /** The stream is over: an event whose blank line never came is still given. */
  end(): void {
    if (this.#pieceBytes > 0) this.#readWhole(this.#takeLine(Buffer.alloc(0)));
    this.#dispatch();
  }

  #keepPiece(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#pieceBytes += piece.length;
    if (this.#pieceBytes + this.#dataBytes > this.#maxEventBytes) throw new SseOverflow(this.#maxEventBytes);
  }

  #takeLine(last: Buffer): Buffer {
    let line = last;
    if (this.#pieces.length > 0) {
      line = Buffer.concat([...this.#pieces, last]);
      this.#pieces = [];
      this.#pieceBytes = 0;
    }
    if (!this.#isFirstLine) return line;
    this.#isFirstLine = false;
    return line.subarray(0, 3).equals(BYTE_ORDER_MARK) ? line.subarray(3) : line;
  }

  #readWhole(line: Buffer): void {
    this.#readLine(line, 0, line.length);
  }

  /** Reads the line between two places: a view of it would be one more for every event. */
  #readLine(bytes: Buffer, from: number, end: number): void {
    if (from === end) return this.#dispatch();
    const nameEnd = nameEndOf(bytes, from, end);
    if (nameEnd === from) return;
    const valueAt = Math.min(nameEnd + (bytes[nameEnd + 1] === BLANK ? 2 : 1), end);
    if (isNamed(bytes, from, nameEnd, DATA)) this.#keepData(bytes.subarray(valueAt, end));
    else if (isNamed(bytes, from, nameEnd, EVENT)) this.#event = bytes.toString('utf8', valueAt, end);
  }

  #keepData(value: Buffer): void {
    if (this.#firstData === null) this.#firstData = value;
    else (this.#moreData ??= []).push(value);
    this.#dataBytes += value.length + 1;
    if (this.#dataBytes > this.#maxEventBytes) throw new SseOverflow(this.#maxEventBytes);
  }

  #dispatch(): void {
    const event = this.#event;
    const first = this.#firstData;
    const more = this.#moreData;
    this.#event = 'message';
    if (first === null) return;
    this.#firstData = this.#moreData = null;
    this.#dataBytes = 0;
    if (more === null) return this.#onEvent({ event, data: first });
    this.#onEvent({ event, data: Buffer.concat([first, ...more.flatMap((value) => [NEWLINE, value])]) });
  }
}

/** Where a line's colon stands; its end where it has none. Names are short. */
function nameEndOf(bytes: Buffer, from: number, end: number): number {
  let at = from;
  while (at < end && bytes[at] !== COLON) at += 1;
  return at;
}

/** Told by its bytes: a string made for each line would cost as much as finding its end. */
function isNamed(bytes: Buffer, from: number, nameEnd: number, name: Buffer): boolean {
  if (nameEnd - from !== name.length) return false;
  for (let at = 0; at < name.length; at += 1) if (bytes[from + at] !== name[at]) return false;
  return true;
}

function nextLineEnd(chunk: Buffer, from: number, hasCr: boolean): number {
  const lf = chunk.indexOf(LF, from);
  if (!hasCr) return lf;
  const cr = chunk.indexOf(CR, from);
  if (cr === -1) return lf;
  return lf === -1 || cr < lf ? cr : lf;
}
