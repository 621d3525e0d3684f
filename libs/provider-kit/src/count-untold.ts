/**
 * Tokens of what a vendor told no usage of, counted by o200k. The classifier counts, away from this event loop; whoever waits
 * for the settlement waits a bounded while, and where nobody counts in time the guess by bytes stands.
 */
import { Buffer } from 'node:buffer';
import { RequestBody } from '@skein/contracts/wire';
import { asBuffer, isObject, itemsOf, objectOf, tryParseJson, type JsonObject } from './json.js';
import type { AnswerChunk } from './vendor-adapter.js';

/** For whom it is counted, and how long it may take. */
export interface Counting {
  readonly requestId: string;
  readonly tenant: string;
  /** Milliseconds. */
  readonly withinMs: number;
}

/** o200k tokens of a chat request: all of it, and of its texts alone. Rejects where nobody counts in time. */
export type CountTokens = (
  body: RequestBody,
  counting: Counting,
) => Promise<{ readonly tokens: number; readonly of_text?: number }>;

/** In front of any vendor's factor; null where it was not counted. */
export interface Counted {
  readonly input: number | null;
  /** Tokens for each UTF-8 byte that was shown. */
  readonly perByte: number | null;
}

/** So much of an answer says what its tokens are like. */
const SAMPLE_CHUNKS = 64;
const SAMPLE_BYTES = 16 * 1024;

/** Keeps the beginning of an answer, copied: a stream's bytes are parts of what its socket read. */
export class AnswerSample {
  readonly #said: (string | Buffer)[] = [];
  #bytes = 0;

  hear({ bytes, textAt = 0, textBytes = 0 }: AnswerChunk): void {
    if (this.#said.length >= SAMPLE_CHUNKS || this.#bytes + bytes.length > SAMPLE_BYTES) return;
    this.#said.push(textBytes > 0 ? asBuffer(bytes).toString('utf8', textAt, textAt + textBytes) : Buffer.from(bytes));
    this.#bytes += bytes.length;
  }

  /** What it shows: text, thinking, refusals, the names and arguments of calls. */
  get text(): string {
    return this.#said.map((said) => (typeof said === 'string' ? said : shownIn(tryParseJson(said)))).join('');
  }
}

/** What a completion or a chunk shows, as one text. */
export function shownIn(answer: unknown): string {
  return itemsOf(objectOf(answer).choices)
    .filter(isObject)
    .map(({ message, delta }) => textsOf(isObject(message) ? message : objectOf(delta)))
    .join('');
}

function textsOf(said: JsonObject): string {
  const called = itemsOf(said.tool_calls).map((call) => objectOf(objectOf(call).function));
  const pieces = [said.content, said.reasoning_content ?? said.reasoning, said.refusal];
  return [...pieces, ...called.flatMap((call) => [call.name, call.arguments])]
    .filter((piece) => typeof piece === 'string')
    .join('');
}

/** Counts. Never rejects: what could not be counted is null. */
export async function countUntold(
  count: CountTokens,
  body: RequestBody,
  shown: string,
  counting: Counting,
): Promise<Counted> {
  const ask = RequestBody.of({ messages: [{ role: 'user', content: shown }] });
  const [prompt, answer] = await Promise.all([
    count(body, counting).catch(() => null),
    shown === '' ? null : count(ask, counting).catch(() => null),
  ]);
  const tokens = answer?.of_text;
  return {
    input: prompt?.tokens ?? null,
    perByte: tokens === undefined ? null : tokens / Buffer.byteLength(shown),
  };
}
