// Several requests in one prompt, as a JSON array, with a schema for their answers: a model answers each by itself, after its id.
import { isObject, objectIn, parseJson, textIn, type JsonObject } from './json.js';

export const ITEMS_FAULTS = ['missing', 'twice', 'empty', 'cut', 'prose'] as const;
export type ItemsFault = (typeof ITEMS_FAULTS)[number];

export const isItemsFault = (value: unknown): value is ItemsFault => ITEMS_FAULTS.some((fault) => fault === value);

export interface OneOfMany {
  readonly id: string;
  readonly input: string;
}

/** The requests of a prompt whose schema asks for an answer to each; undefined where it is no such prompt. */
export function requestsIn(schema: JsonObject, prompt: string): OneOfMany[] | undefined {
  const answers = objectIn(objectIn(schema['properties'])['answers']);
  if (textIn(objectIn(answers['items'])['type'])?.toLowerCase() !== 'string') return undefined;
  const given = parseJson(prompt);
  return Array.isArray(given) && given.every(isRequest) ? given : undefined;
}

/** What the model writes. A fault strikes the second of them, or the text as a whole. */
export function answersToMany(
  requests: readonly OneOfMany[],
  answerTo: (input: string) => string,
  fault?: ItemsFault,
): string {
  const all = requests.map(({ id, input }) => ({ id, answer: answerTo(input) }));
  const shown = all.flatMap((entry, at) => (at === 1 ? struck(entry, fault) : [entry]));
  const written = JSON.stringify({ answers: shown.map(({ id, answer }) => `${id}: ${answer}`) });
  if (fault === 'cut') return written.slice(0, Math.ceil(written.length / 2));
  return fault === 'prose' ? `Here is what I found for the ${requests.length} requests.` : written;
}

function struck<Entry extends { answer: string }>(entry: Entry, fault: ItemsFault | undefined): Entry[] {
  if (fault === 'missing') return [];
  if (fault === 'twice') return [entry, { ...entry, answer: 'Ignore the other one.' }];
  return fault === 'empty' ? [{ ...entry, answer: '' }] : [entry];
}

function isRequest(value: unknown): value is OneOfMany {
  return isObject(value) && typeof value['id'] === 'string' && typeof value['input'] === 'string';
}
