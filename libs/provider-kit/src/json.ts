/** Reading JSON that a stranger wrote: every look-up may find anything, and none throws. */
import { Buffer, isUtf8 } from 'node:buffer';
import { isObject } from '@skein/contracts/openai';

export { isObject, itemsOf, objectOf, type JsonObject } from '@skein/contracts/openai';

/** The text, when it is one and not empty. */
export function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** A count (tokens, indexes): a whole number from 0; null for anything else. */
export function countOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

const steps = new Map<string, readonly string[]>();

/** Paths are written in code, so there are few; they are looked up for every chunk. */
function stepsOf(path: string): readonly string[] {
  let known = steps.get(path);
  if (known === undefined) {
    known = path.split('.');
    steps.set(path, known);
  }
  return known;
}

/** What stands at a dotted path (`choices.0.usage`); undefined where the way ends. */
export function valueAt(value: unknown, path: string): unknown {
  let here: unknown = value;
  for (const step of stepsOf(path)) {
    if (Array.isArray(here)) here = (here as unknown[])[Number(step)];
    else if (isObject(here)) here = here[step];
    else return undefined;
  }
  return here;
}

const encoder = new TextEncoder();

/** The same bytes as a Buffer; nothing is copied. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Parses bytes. Throws SyntaxError when they are not JSON in UTF-8. */
export function parseJson(bytes: Uint8Array): unknown {
  if (!isUtf8(bytes)) throw new SyntaxError('the bytes are not UTF-8');
  return JSON.parse(asBuffer(bytes).toString('utf8'));
}

/** The parsed bytes, or undefined where they are not JSON in UTF-8. */
export function tryParseJson(bytes: Uint8Array): unknown {
  try {
    return parseJson(bytes);
  } catch {
    return undefined;
  }
}

/** Writes a value as JSON in UTF-8. */
export function jsonBytes(value: unknown): Uint8Array {
  return encoder.encode(JSON.stringify(value));
}
