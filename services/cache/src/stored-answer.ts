import { Buffer } from 'node:buffer';
import { answerOrigin, type AnswerOrigin } from '@skein/contracts/cache';
import { z } from 'zod';
import { isComplete, toWhole } from './convert-answer.js';
import { isObject, tryParse, type JsonObject } from './json.js';

export type AnswerForm = 'whole' | 'chunks';

/** An answer as the cache keeps it: the bytes as they were shown, and where they came from. */
export interface StoredAnswer {
  readonly origin: AnswerOrigin;
  readonly form: AnswerForm;
  readonly bytes: Uint8Array;
}

const NEWLINE = 10;

/** Chunks are kept one a line. */
export function linesOf(bytes: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = [];
  for (let start = 0; start < bytes.length;) {
    const found = bytes.indexOf(NEWLINE, start);
    const end = found < 0 ? bytes.length : found;
    if (end > start) lines.push(bytes.subarray(start, end));
    start = end + 1;
  }
  return lines;
}

/** The parsed chunks of a stored stream; null where one is not JSON. */
export function chunksOf(bytes: Uint8Array): JsonObject[] | null {
  const chunks = linesOf(bytes).map(tryParse);
  return chunks.every(isObject) ? chunks : null;
}

/** Is this a whole answer that may be given again? */
export function isWorthKeeping(form: AnswerForm, bytes: Uint8Array): boolean {
  const whole = form === 'whole' ? wholeOf(form, bytes) : toWholeOfEnds(bytes);
  return whole !== null && isComplete(whole);
}

/** How a choice is told to have ended, or may be. In nearly every other chunk the same field is null. */
const ENDS = ['"finish_reason":"', '"finish_reason": "', '"finish_reason" '].map((text) => Buffer.from(text));

/** A stream as far as its ends tell: the worker has read every chunk, so only those that end a choice are parsed again. */
function toWholeOfEnds(bytes: Uint8Array): JsonObject | null {
  const ends = linesWith(ENDS, bytes).map(tryParse);
  return ends.every(isObject) ? toWhole(ends) : null;
}

/** The lines that hold one of these, in their order: found by one search of all bytes for each. */
function linesWith(marks: readonly Buffer[], bytes: Uint8Array): Uint8Array[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const ends = new Map<number, number>();
  for (const mark of marks) {
    for (let at = text.indexOf(mark); at >= 0;) {
      const found = text.indexOf(NEWLINE, at);
      const end = found < 0 ? text.length : found;
      ends.set(text.lastIndexOf(NEWLINE, at) + 1, end);
      at = text.indexOf(mark, end);
    }
  }
  return [...ends].sort(([a], [b]) => a - b).map(([start, end]) => text.subarray(start, end));
}

/** The answer as one object; null where it cannot be read. */
export function wholeOf(form: AnswerForm, bytes: Uint8Array): JsonObject | null {
  if (form === 'whole') {
    const parsed = tryParse(bytes);
    return isObject(parsed) ? parsed : null;
  }
  const chunks = chunksOf(bytes);
  return chunks === null ? null : toWhole(chunks);
}

const storedHead = z.object({ form: z.enum(['whole', 'chunks']), origin: answerOrigin });

/** An answer as one piece: a line of JSON that says what it is and where it came from, then its bytes. */
export function packAnswer({ origin, form, bytes }: StoredAnswer): Buffer {
  return Buffer.concat([Buffer.from(`${JSON.stringify({ form, origin })}\n`), bytes]);
}

/** The head of a packed answer, of which only the beginning need be there; null where it is not one of ours. */
export function readHead(packed: Uint8Array): z.infer<typeof storedHead> | null {
  const end = packed.indexOf(NEWLINE);
  const parsed = end < 0 ? null : storedHead.safeParse(tryParse(packed.subarray(0, end)));
  return parsed?.success === true ? parsed.data : null;
}

/** A packed answer, whole; null where it is not one of ours. */
export function unpackAnswer(packed: Uint8Array): StoredAnswer | null {
  const head = readHead(packed);
  return head === null ? null : { ...head, bytes: packed.subarray(packed.indexOf(NEWLINE) + 1) };
}
