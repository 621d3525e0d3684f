/**
 * A guess at usage for answers whose vendor told none: o200k tokens where they were counted, else UTF-8 bytes of text over
 * four (good to a third or so on most texts), times what the catalogue knows of the vendor's tokenizer. Marked `estimated`
 * wherever it goes.
 */
import { Buffer } from 'node:buffer';
import { noUsage, type UsageBuckets } from '@skein/contracts/attempt';
import type { Counted } from './count-untold.js';
import { isObject, itemsOf, objectOf } from './json.js';

const BYTES_PER_TOKEN = 4;
/** What a message costs beyond its text. */
const TOKENS_PER_MESSAGE = 4;

const tokensOf = (bytes: number, tokenFactor: number) => Math.ceil((bytes / BYTES_PER_TOKEN) * tokenFactor);

/** Tokens of a chat request in OpenAI's shape: its texts and tools. Images and audio are not counted. */
export function estimateInputTokens(request: unknown, tokenFactor: number): number {
  const { messages, tools } = objectOf(request);
  let bytes = Array.isArray(tools) ? Buffer.byteLength(JSON.stringify(tools)) : 0;
  let count = 0;
  for (const message of itemsOf(messages)) {
    const { content, tool_calls } = objectOf(message);
    count++;
    bytes += contentBytes(content);
    if (Array.isArray(tool_calls)) bytes += Buffer.byteLength(JSON.stringify(tool_calls));
  }
  return tokensOf(bytes, tokenFactor) + count * TOKENS_PER_MESSAGE;
}

function contentBytes(content: unknown): number {
  if (typeof content === 'string') return Buffer.byteLength(content);
  let bytes = 0;
  for (const part of itemsOf(content)) {
    if (isObject(part) && typeof part.text === 'string') bytes += Buffer.byteLength(part.text);
  }
  return bytes;
}

/**
 * Usage where the vendor told none, or only what it had done so far: input as told, else estimated; output the greater of
 * what was told and what was seen.
 */
export function estimateUsage(
  request: unknown,
  outputBytes: number,
  told: UsageBuckets | null,
  tokenFactor: number,
  { input, perByte }: Counted = { input: null, perByte: null },
): UsageBuckets {
  const seen = perByte === null ? tokensOf(outputBytes, tokenFactor) : Math.ceil(outputBytes * perByte * tokenFactor);
  if (told !== null) return { ...told, output: Math.max(told.output, seen) };
  const input_uncached = input === null ? estimateInputTokens(request, tokenFactor) : Math.ceil(input * tokenFactor);
  return { ...noUsage, input_uncached, output: seen };
}
