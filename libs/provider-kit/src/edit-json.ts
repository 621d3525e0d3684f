/**
 * Changing members of a JSON object without writing it anew: what is not named stays byte for byte as its author sent it
 * (number spellings, big integers, order, unknown fields). The input must be known to be valid JSON with an object at the
 * top; only that level is looked at.
 */
import { Buffer } from 'node:buffer';
import { asBuffer } from './json.js';

export interface Member {
  readonly key: string;
  /** Offsets into the bytes; ends are exclusive. */
  readonly keyStart: number;
  readonly keyEnd: number;
  readonly valueStart: number;
  readonly valueEnd: number;
}

export interface MemberEdits {
  /** New values by key, as JSON; a key that is missing is added at the end. */
  readonly set?: Readonly<Record<string, unknown>>;
  readonly remove?: readonly string[];
  /** Old name → new name; the value stays as it is. */
  readonly rename?: Readonly<Record<string, string>>;
  /** Items added at the end of an array that is there. */
  readonly append?: Readonly<Record<string, readonly unknown[]>>;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const COMMA = 0x2c;
const COLON = 0x3a;

const isBlank = (byte: number | undefined) => byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;

function skipBlanks(bytes: Buffer, from: number): number {
  let at = from;
  while (isBlank(bytes[at])) at++;
  return at;
}

/** `from` is at the opening quote; returns the place after the closing one. */
function endOfString(bytes: Buffer, from: number): number {
  let quote = bytes.indexOf(QUOTE, from + 1);
  while (quote !== -1) {
    let slashes = 0;
    while (bytes[quote - 1 - slashes] === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return quote + 1;
    quote = bytes.indexOf(QUOTE, quote + 1);
  }
  throw new RangeError('not valid JSON: a string does not end');
}

function endOfValue(bytes: Buffer, from: number): number {
  let depth = 0;
  let at = from;
  while (at < bytes.length) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      at = endOfString(bytes, at);
      if (depth === 0) return at;
      continue;
    }
    if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth++;
    else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
      if (depth === 0) return at;
      if (--depth === 0) return at + 1;
    } else if (depth === 0 && (byte === COMMA || isBlank(byte))) return at;
    at++;
  }
  throw new RangeError('not valid JSON: a value does not end');
}

/** The members of the object at the top, in order. Throws RangeError where the bytes are no such thing. */
export function readMembers(input: Uint8Array): Member[] {
  const bytes = asBuffer(input);
  let at = skipBlanks(bytes, 0);
  if (bytes[at] !== OPEN_OBJECT) throw new RangeError('not a JSON object');
  const members: Member[] = [];
  at = skipBlanks(bytes, at + 1);
  while (bytes[at] === QUOTE) {
    const keyStart = at;
    const keyEnd = endOfString(bytes, at);
    at = skipBlanks(bytes, keyEnd);
    if (bytes[at] !== COLON) throw new RangeError('not valid JSON: a key without a value');
    const valueStart = skipBlanks(bytes, at + 1);
    const valueEnd = endOfValue(bytes, valueStart);
    const key = JSON.parse(bytes.toString('utf8', keyStart, keyEnd)) as string;
    members.push({ key, keyStart, keyEnd, valueStart, valueEnd });
    at = skipBlanks(bytes, valueEnd);
    if (bytes[at] === COMMA) at = skipBlanks(bytes, at + 1);
  }
  return members;
}

/** The object with its edits. Returns the very same bytes when no edit applies. Every member of a repeated key is edited. */
export function editMembers(input: Uint8Array, edits: MemberEdits): Uint8Array {
  const members = readMembers(input);
  const bytes = asBuffer(input);
  const removed = new Set(edits.remove);
  const missing = new Set(Object.keys(edits.set ?? {}));
  let changed = false;
  const pieces: Buffer[] = [];
  const put = (key: Buffer, value: readonly Buffer[]) => {
    if (pieces.length > 0) pieces.push(Buffer.from(','));
    pieces.push(key, Buffer.from(':'), ...value);
  };
  for (const { key, keyStart, keyEnd, valueStart, valueEnd } of members) {
    missing.delete(key);
    if (removed.has(key)) {
      changed = true;
      continue;
    }
    let keyBytes = bytes.subarray(keyStart, keyEnd);
    let value: Buffer[] = [bytes.subarray(valueStart, valueEnd)];
    const newName = edits.rename?.[key];
    if (newName !== undefined) {
      keyBytes = Buffer.from(JSON.stringify(newName));
      changed = true;
    }
    if (edits.set && Object.hasOwn(edits.set, key)) {
      const written = Buffer.from(JSON.stringify(edits.set[key]));
      if (!written.equals(bytes.subarray(valueStart, valueEnd))) {
        value = [written];
        changed = true;
      }
    }
    const added = edits.append?.[key];
    if (added !== undefined && added.length > 0 && bytes[valueStart] === OPEN_ARRAY) {
      const isEmpty = bytes[skipBlanks(bytes, valueStart + 1)] === CLOSE_ARRAY;
      const items = added.map((item) => JSON.stringify(item)).join(',');
      value = [bytes.subarray(valueStart, valueEnd - 1), Buffer.from(`${isEmpty ? '' : ','}${items}]`)];
      changed = true;
    }
    put(keyBytes, value);
  }
  for (const key of missing) {
    changed = true;
    put(Buffer.from(JSON.stringify(key)), [Buffer.from(JSON.stringify(edits.set?.[key]))]);
  }
  return changed ? Buffer.concat([Buffer.from('{'), ...pieces, Buffer.from('}')]) : input;
}
