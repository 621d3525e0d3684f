/**
 * Counts a text with o200k, a stretch at a time: between stretches the event loop has its turn. The vocabulary (some 20 MB
 * of heap, a quarter of a second) is loaded at the first count, so a room that is never asked to count does not pay for it.
 */
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';

/** Characters between two turns of the event loop: tens of ms for the worst text there is, a fraction of one for usual ones. */
const STRETCH = 1_024;

/**
 * Characters of one piece that are merged at once. Merging takes the square of the length; words are far shorter, and a run
 * of one character without end is cut here, which costs it at most a token for each cut.
 */
export const LONGEST_PIECE = 128;

/** Merged pieces that are kept while one text is counted. */
const MERGES_KEPT = 1_000;

interface Vocabulary {
  /** The pieces that o200k merges by themselves. */
  readonly pieces: RegExp;
  /** Marks of control in a customer's text are text. */
  readonly count: (piece: string) => number;
  readonly forget: () => void;
}

let loading: Promise<Vocabulary> | undefined;

async function load(): Promise<Vocabulary> {
  const [{ countTokens, setMergeCacheSize, clearMergeCache }, { O200K_TOKEN_SPLIT_REGEX }] = await Promise.all([
    import('gpt-tokenizer/encoding/o200k_base'),
    import('gpt-tokenizer/encodingParams/constants'),
  ]);
  setMergeCacheSize(MERGES_KEPT);
  const asText = { disallowedSpecial: new Set<string>() };
  return {
    pieces: O200K_TOKEN_SPLIT_REGEX,
    count: (piece) => countTokens(piece, asText),
    forget: clearMergeCache,
  };
}

/** The o200k tokens of `text`. `breathe` is waited for between stretches. Nothing of the text is kept. */
export async function countO200k(text: string, breathe: () => Promise<unknown> = turnOfTheLoop): Promise<number> {
  loading ??= load();
  const { pieces, count, forget } = await loading;
  let tokens = 0;
  let stretch = 0;
  try {
    for (const [piece] of text.matchAll(pieces)) {
      for (const part of partsOf(piece)) {
        tokens += count(part);
        stretch += part.length;
        if (stretch < STRETCH) continue;
        stretch = 0;
        await breathe();
      }
    }
  } finally {
    forget();
  }
  return tokens;
}

function* partsOf(piece: string): Generator<string> {
  for (let at = 0; at < piece.length;) {
    let end = Math.min(at + LONGEST_PIECE, piece.length);
    // Never between the halves of one character.
    if (end < piece.length && (piece.codePointAt(end - 1) ?? 0) > 0xffff) end -= 1;
    yield piece.slice(at, end);
    at = end;
  }
}
