// The answer of a merged call → the answer of each of its requests. What is not surely one request's answer is nobody's. Pure.
import type { MergedItem } from './merged-prompt.js';

/** Why a request has no answer of its own in the call's. */
export type NoAnswer = 'missing' | 'twice' | 'empty' | 'too long' | 'speaks of others';

export type SplitAnswer = { readonly answer: string } | { readonly no: NoAnswer };

/** A token is hardly ever shorter than this many bytes on average; what is longer was not bounded as it would be alone. */
const BYTES_PER_TOKEN = 8;

/**
 * One entry for each item, in order. `text` is what the model wrote: the array it was asked for, also where it was broken off
 * or has words around it. `bound`: the most tokens that the caller lets an answer have.
 */
export function splitAnswer(
  text: string,
  items: readonly Pick<MergedItem, 'id'>[],
  bound: number | null,
): SplitAnswer[] {
  const byId = new Map<string, string[]>();
  for (const { id, answer } of entriesOf(text)) byId.set(id, [...(byId.get(id) ?? []), answer]);
  const ids = items.map(({ id }) => id);
  return ids.map((id) => judge(byId.get(id) ?? [], ids, id, bound));
}

function judge(answers: readonly string[], ids: readonly string[], own: string, bound: number | null): SplitAnswer {
  const [answer, ...more] = answers;
  if (answer === undefined) return { no: 'missing' };
  // One of them may be another request's doing, and nobody can tell which.
  if (more.length > 0) return { no: 'twice' };
  if (answer.trim() === '') return { no: 'empty' };
  if (bound !== null && Buffer.byteLength(answer) > bound * BYTES_PER_TOKEN) return { no: 'too long' };
  // Ids mean nothing outside the call: an answer that has one is about the others.
  if (ids.some((id) => id !== own && answer.includes(id))) return { no: 'speaks of others' };
  return { answer };
}

interface Entry {
  readonly id: string;
  readonly answer: string;
}

function entriesOf(text: string): Entry[] {
  const whole = tryParse(text);
  const listed = Array.isArray(whole) ? whole : isRecord(whole) ? whole['answers'] : undefined;
  return (Array.isArray(listed) ? listed : textsIn(text)).flatMap(readEntry);
}

function readEntry(value: unknown): Entry[] {
  const [, id, answer] = (typeof value === 'string' ? /^([a-z]+): ?([\s\S]*)$/.exec(value) : null) ?? [];
  return id === undefined || answer === undefined ? [] : [{ id, answer }];
}

/** The complete texts of an array that is not JSON as a whole, because it ends too early or has words around it. */
function textsIn(text: string): unknown[] {
  const from = text.indexOf('[');
  if (from === -1) return [];
  return [...text.slice(from).matchAll(/"(?:[^"\\]|\\.)*"/g)].map(([literal]) => tryParse(literal));
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
