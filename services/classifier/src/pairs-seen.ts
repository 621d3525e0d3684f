/**
 * Which pairs of neighbouring characters a text has, in one pass, so that a piece of text that has others can be told to be
 * missing without looking for it. It errs one way only: what it says is missing is.
 */

const SIZE = 1 << 13;
/** Pairs of a piece that are looked at. */
const MOST_PAIRS = 6;
/** Stands before a character that is looked for alone. */
const ALONE = 0;
const LAST_BEFORE_HAN = 0x2fff;

/** A letter alone is in every text; a Chinese character, `?`, `:` or `=` alone is not. */
export const tellsAlone = (code: number): boolean =>
  code > LAST_BEFORE_HAN || code === 63 || code === 58 || code === 61;

const placeOf = (left: number, right: number): number => (Math.imul(left, 0x9e3b) + right * 0x2f1) & (SIZE - 1);

/** A piece of text as the places of its pairs. */
export type PairsOf = Uint16Array;

/** The pairs of a lower-case piece; of one that tells alone, itself. */
export function pairsOf(piece: string): PairsOf {
  if (piece.length === 1) return Uint16Array.of(placeOf(ALONE, piece.charCodeAt(0)));
  const pairs = new Uint16Array(Math.min(MOST_PAIRS, piece.length - 1));
  for (let at = 0; at < pairs.length; at += 1) pairs[at] = placeOf(piece.charCodeAt(at), piece.charCodeAt(at + 1));
  return pairs;
}

/** Made once and used again for each text. */
export class PairsSeen {
  readonly #seen = new Uint32Array(SIZE);
  #turn = 0;

  /** Forgets the last text and takes the pairs of this one, whose letters must be lower-case. */
  read(text: string): void {
    this.#turn += 1;
    const seen = this.#seen;
    const turn = this.#turn;
    let before = 0;
    for (let at = 0; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      seen[placeOf(before, code)] = turn;
      if (tellsAlone(code)) seen[placeOf(ALONE, code)] = turn;
      before = code;
    }
  }

  /** May one of the pieces be there? */
  mayHaveOneOf(pieces: readonly PairsOf[]): boolean {
    const seen = this.#seen;
    const turn = this.#turn;
    for (let place = 0; place < pieces.length; place += 1) {
      const pairs = pieces[place];
      if (pairs === undefined) continue;
      let at = 0;
      while (at < pairs.length && seen[pairs[at] ?? 0] === turn) at += 1;
      if (at === pairs.length) return true;
    }
    return false;
  }
}
