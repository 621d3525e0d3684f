/** Reading JSON that a stranger wrote: every look-up may find anything, and none throws. */

export type JsonObject = Readonly<Record<string, unknown>>;

/** Is it an object with named members (not an array, not null)? */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The members of an object; an empty one for anything else. */
export function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

/** The items of an array; none for anything else. */
export function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}

/** The text, when it is one and not empty. */
export function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** A count (tokens, indexes): a whole number from 0; null for anything else. */
export function countOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

/** What stands at a dotted path (`choices.0.usage`); undefined where the way ends. */
export function valueAt(value: unknown, path: string): unknown {
  let here: unknown = value;
  for (const step of path.split('.')) {
    if (Array.isArray(here)) here = (here as unknown[])[Number(step)];
    else if (isObject(here)) here = here[step];
    else return undefined;
  }
  return here;
}

const decoder = new TextDecoder('utf-8', { fatal: true });
const encoder = new TextEncoder();

/** Parses bytes. Throws SyntaxError or TypeError when they are not JSON in UTF-8. */
export function parseJson(bytes: Uint8Array): unknown {
  return JSON.parse(decoder.decode(bytes));
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
