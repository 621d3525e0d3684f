/**
 * Prompt tokens without a tokenizer: one pass over the characters, a cost per class of character, calibrated on o200k.
 * Dividing characters by four would be two thirds too low on Chinese. For admission and routing; never for billing.
 */
import type { Prompt } from './read-prompt.js';

/** Kinds of character that tokenizers cut alike. */
const LETTER = 0;
const DIGIT = 1;
const SPACE = 2;
const BREAK = 3;
const SIGN = 4;
const HAN = 5;
const KANA = 6;
const HANGUL = 7;
const OTHER_LETTER = 8;
const EMOJI = 9;

const ascii = new Uint8Array(128).fill(SIGN);
for (let code = 0; code < 128; code += 1) {
  if ((code | 32) >= 97 && (code | 32) <= 122) ascii[code] = LETTER;
  else if (code >= 48 && code <= 57) ascii[code] = DIGIT;
  else if (code === 32) ascii[code] = SPACE;
  else if (code < 32) ascii[code] = BREAK;
}

function classOf(code: number): number {
  if (code < 128) return ascii[code] ?? SIGN;
  if (code < 0x250) return code === 0xa0 ? SPACE : code < 0xc0 ? SIGN : LETTER;
  if (code >= 0x4e00 && code <= 0x9fff) return HAN;
  if (code >= 0x3040 && code <= 0x30ff) return KANA;
  if (code >= 0xac00 && code <= 0xd7af) return HANGUL;
  if (code >= 0x3400 && code <= 0x4dbf) return HAN;
  if (code >= 0xd800 && code <= 0xdfff) return EMOJI;
  if ((code >= 0x2000 && code <= 0x2bff) || (code >= 0x3000 && code <= 0x303f) || code >= 0xff00) return SIGN;
  return OTHER_LETTER;
}

/** Tokens of one run of characters, by class, in 1/100 of a token. */
function costOfRun(kind: number, length: number): number {
  switch (kind) {
    case LETTER:
      // A common word is one token; long ones and identifiers are cut about every seven letters beyond.
      return length <= 6 ? 100 : 100 + (length - 6) * 13;
    case DIGIT:
      // o200k takes three at a time.
      return Math.ceil(length / 3) * 100;
    case SPACE:
      // One blank belongs to the word behind it; an indentation is one token.
      return length === 1 ? 0 : 80;
    case BREAK:
      return 70;
    case SIGN:
      return length === 1 ? 85 : 60 + length * 30;
    default:
      return length * (costOfOne[kind] ?? 0);
  }
}

/** What is cut by the character. */
const costOfOne: Readonly<Record<number, number>> = {
  [HAN]: 72,
  [KANA]: 60,
  [HANGUL]: 65,
  [OTHER_LETTER]: 28,
  [EMOJI]: 75,
};

/** Estimated o200k tokens of a text. */
export function estimateTextTokens(text: string): number {
  let hundredths = 0;
  let run = 0;
  let kind = -1;
  for (let index = 0; index < text.length; index += 1) {
    const next = classOf(text.charCodeAt(index));
    if (next === kind) {
      run += 1;
      continue;
    }
    if (run > 0) hundredths += costOfRun(kind, run);
    kind = next;
    run = 1;
  }
  if (run > 0) hundredths += costOfRun(kind, run);
  return Math.ceil(hundredths / 100);
}

const TOKENS_PER_MESSAGE = 4;
/** A picture of common size at the vendors' default detail. */
const TOKENS_PER_IMAGE = 800;
/** About ten tokens a second at 16 kB of compressed sound. */
const AUDIO_CHARS_PER_TOKEN = 2_000;
/** About a thousand tokens a page of 100 kB in a PDF. */
const FILE_CHARS_PER_TOKEN = 100;

/** What a request takes beside its texts: its outline, pictures, sound and files. */
export function estimateOtherTokens(prompt: Prompt): number {
  return (
    prompt.messages * TOKENS_PER_MESSAGE +
    prompt.images * TOKENS_PER_IMAGE +
    Math.ceil(prompt.audioChars / AUDIO_CHARS_PER_TOKEN) +
    Math.ceil(prompt.fileChars / FILE_CHARS_PER_TOKEN)
  );
}

/** Estimated input tokens of a whole request, parts that are no text included. */
export function estimatePromptTokens(prompt: Prompt): number {
  return prompt.texts.reduce((tokens, text) => tokens + estimateTextTokens(text), estimateOtherTokens(prompt));
}
