/** Prompt tokens for a caller who asked for them: o200k over every text, the same figures as the estimate for what is none. */
import { estimateOtherTokens, estimateTextTokens } from './estimate-tokens.js';
import { countO200k } from './o200k.js';
import type { Prompt } from './read-prompt.js';

/** Characters that are counted exactly; what is beyond them, is estimated. */
export const COUNTED_CHARS = 100_000;

/** o200k tokens of a whole request, in front of any vendor's factor. `limit` in characters. */
export async function countPromptTokens(prompt: Prompt, limit: number = COUNTED_CHARS): Promise<number> {
  let tokens = estimateOtherTokens(prompt);
  let left = limit;
  for (const text of prompt.texts) {
    tokens += await countO200k(text.slice(0, left));
    tokens += estimateTextTokens(text.slice(left));
    left = Math.max(0, left - text.length);
  }
  return tokens;
}
