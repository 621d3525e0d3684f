import { Buffer } from 'node:buffer';
import { answerOrigin, type AnswerOrigin } from '@skein/contracts/cache';
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
  const whole = wholeOf(form, bytes);
  return whole !== null && isComplete(whole);
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

/** Reads an origin back from what Redis kept; null where it is not one of ours. */
export function readOrigin(text: string | null): AnswerOrigin | null {
  if (text === null) return null;
  const parsed = answerOrigin.safeParse(tryParse(Buffer.from(text)));
  return parsed.success ? parsed.data : null;
}
