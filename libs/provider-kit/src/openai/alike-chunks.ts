import { Buffer, isUtf8 } from 'node:buffer';

const TEXT_BEGINS = Buffer.from('"content":"');
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const FIRST_PRINTABLE = 0x20;
const FIRST_BEYOND_ASCII = 0x80;
/** Vendors whose chunks differ in more (a nonce, log probabilities) are not asked for ever. */
const MOST_LESSONS = 3;

/**
 * Most chunks of a stream differ from the one before in a piece of plain text and nothing else. Such a chunk is told by its
 * bytes, at a fifth of the price of parsing it: the same up to the text and from its end on, and in between nothing that
 * JSON would have to unescape or refuse.
 */
export class AlikeChunks {
  /** What stands before the text and after it, as one piece. */
  #form: Buffer | null = null;
  #textAt = 0;
  #lessons = 0;

  /** Where the text of a chunk of the learned form begins. */
  get textAt(): number {
    return this.#textAt;
  }

  /** Bytes of text in a chunk of the learned form; 0 where it has to be parsed. */
  textBytesIn(data: Buffer): number {
    const form = this.#form;
    if (form === null) return 0;
    const begin = this.#textAt;
    const end = data.length - (form.length - begin);
    if (end <= begin) return 0;
    if (form.compare(data, 0, begin, 0, begin) !== 0 || form.compare(data, end, data.length, begin) !== 0) return 0;
    return isPlain(data, begin, end) ? end - begin : 0;
  }

  /** Learns the form of a parsed chunk that shows this text and says nothing else. */
  learn(data: Buffer, text: string): void {
    if (this.#lessons === MOST_LESSONS) return;
    this.#lessons += 1;
    const begin = data.indexOf(TEXT_BEGINS) + TEXT_BEGINS.length;
    const end = data.indexOf(QUOTE, begin);
    if (begin < TEXT_BEGINS.length || end < 0 || !data.subarray(begin, end).equals(Buffer.from(text))) return;
    this.#form = Buffer.concat([data.subarray(0, begin), data.subarray(end)]);
    this.#textAt = begin;
  }
}

function isPlain(data: Buffer, from: number, to: number): boolean {
  let isAscii = true;
  for (let at = from; at < to; at += 1) {
    const byte = data[at] ?? 0;
    if (byte === QUOTE || byte === BACKSLASH || byte < FIRST_PRINTABLE) return false;
    if (byte >= FIRST_BEYOND_ASCII) isAscii = false;
  }
  return isAscii || isUtf8(data.subarray(from, to));
}
