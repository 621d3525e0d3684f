// Answers that the instructions leave no choice about: a label out of a list, or a text in one sentence. They depend on the
// prompt alone, as those of a model that does what it is told.
import { hashText } from './hash.js';
import { firstTokens } from './token-count.js';

const LABELS = /\b(?:exactly |with )?one of(?: these)?(?: labels| words)?:\s*([^.\n]+)/i;
const ONE_SENTENCE = /\bsummar\w*\b[^.]{0,60}\bone sentence\b/i;
const LONGEST_SENTENCE = 60;
/** So many letters of a label are looked for: "warn" in a text means "warning". */
const STEM = 4;

/** Undefined where the instructions leave the answer open. */
export function instructedAnswer(instructions: string, prompt: string): string | undefined {
  const labels = LABELS.exec(instructions)?.[1]
    ?.split(/,\s*(?:or\s+)?|\s+or\s+/)
    .map((label) => label.trim());
  if (labels !== undefined && labels.length > 1) return labelFor(labels, prompt);
  if (!ONE_SENTENCE.test(instructions)) return undefined;
  const sentence = /^[\s\S]*?[.!?](?=\s|$)/.exec(prompt.trim())?.[0] ?? prompt.trim();
  return firstTokens(sentence, LONGEST_SENTENCE);
}

function labelFor(labels: readonly string[], prompt: string): string | undefined {
  const text = prompt.toLowerCase();
  const named = labels.find((label) => text.includes(label.toLowerCase().slice(0, STEM)));
  return named ?? labels[hashText(prompt) % labels.length];
}
