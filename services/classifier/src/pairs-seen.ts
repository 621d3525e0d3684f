/**
 * Which pairs of neighbouring characters a text has, in one pass, so that a piece of text that has others can be told to be
 * missing without looking for it. Most pieces are missing from most texts; the few whose pairs are all there are looked for.
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

/** A piece of text and its pairs. */
export interface Piece {
  readonly text: string;
  readonly pairs: PairsOf;
}

/** Readies a lower-case piece to be looked for. */
export const pieceOf = (text: string): Piece => ({ text, pairs: pairsOf(text) });

/** Made once and used again for each text. */
export class PairsSeen {
  #text = '';
  readonly #seen = new Uint32Array(SIZE);
  #turn = 0;

  /** Forgets the last text and takes the pairs of this one, whose letters must be lower-case. */
  read(text: string): void {
    this.#text = text;
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

  /** Is one of the pieces there? Only those whose pairs are all there are looked for. */
  hasOneOf(pieces: readonly Piece[]): boolean {
    const seen = this.#seen;
    const turn = this.#turn;
    for (let place = 0; place < pieces.length; place += 1) {
      const piece = pieces[place];
      if (piece === undefined) continue;
      const { pairs } = piece;
      let at = 0;
      while (at < pairs.length && seen[pairs[at] ?? 0] === turn) at += 1;
      if (at === pairs.length && this.#text.includes(piece.text)) return true;
    }
    return false;
  }
}
