/**
 * Which of many pieces a text has, in one pass over the text: each triple of its characters leads to the few pieces that
 * begin with it, and those are compared where they would stand. Looking for every piece in turn would cost more than the
 * expressions that it saves.
 */

const SIZE = 1 << 13;
/** Stands before a character that is looked for alone. */
const ALONE = 0;
const LAST_BEFORE_HAN = 0x2fff;

/** A letter alone is in every text; a Chinese character, `?`, `:` or `=` alone is not. */
export const tellsAlone = (code: number): boolean =>
  code > LAST_BEFORE_HAN || code === 63 || code === 58 || code === 61;

const placeOfThree = (before: number, left: number, right: number): number =>
  (Math.imul((Math.imul(before, 0x2f1) + left) | 0, 0x9e3b) + right * 0x1b5) & (SIZE - 1);
const placeOf = (left: number, right: number): number => (Math.imul(left, 0x9e3b) + right * 0x2f1) & (SIZE - 1);

/** Where a piece is entered: by its first three characters; a shorter one, which must tell alone, by all it has. */
function placeOfPiece(piece: string): number {
  const first = piece.charCodeAt(0);
  if (piece.length === 1) return placeOf(ALONE, first);
  if (piece.length === 2) return placeOf(first, piece.charCodeAt(1));
  return placeOfThree(first, piece.charCodeAt(1), piece.charCodeAt(2));
}

/** Looks for groups of lower-case pieces: a group is there when one of its pieces is. Made once and used for each text. */
export class PiecesSeen {
  /** By place, the first piece that is entered there; by piece, the next. Pieces count from 1, so that 0 is none. */
  readonly #first = new Uint16Array(SIZE);
  readonly #next: Uint16Array;
  readonly #group: Uint16Array;
  /** The characters of piece n are those from `#from[n]` up to `#from[n + 1]`. */
  readonly #from: Uint32Array;
  readonly #codes: Uint16Array;
  readonly #isThere: Uint8Array;
  /** By character: does a piece of two begin with it? */
  readonly #beginsTwo = new Uint8Array(0x10000);

  constructor(groups: readonly (readonly string[])[]) {
    const pieces = groups.flatMap((texts, group) => texts.map((text) => ({ text, group })));
    this.#next = new Uint16Array(pieces.length + 1);
    this.#group = new Uint16Array(pieces.length + 1);
    this.#from = new Uint32Array(pieces.length + 2);
    this.#codes = Uint16Array.from(pieces.flatMap(({ text }) => Array.from(text, (_, at) => text.charCodeAt(at))));
    this.#isThere = new Uint8Array(groups.length);
    for (const [index, { text, group }] of pieces.entries()) {
      const piece = index + 1;
      const place = placeOfPiece(text);
      this.#next[piece] = this.#first[place] ?? 0;
      this.#first[place] = piece;
      this.#group[piece] = group;
      if (text.length === 2) this.#beginsTwo[text.charCodeAt(0)] = 1;
      this.#from[piece + 1] = (this.#from[piece] ?? 0) + text.length;
    }
  }

  /** Forgets the last text and looks through this one, whose letters must be lower-case. */
  read(text: string): void {
    const first = this.#first;
    const beginsTwo = this.#beginsTwo;
    this.#isThere.fill(0);
    let beforeThat = 0;
    let before = 0;
    for (let at = 0; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      const byThree = first[placeOfThree(beforeThat, before, code)] ?? 0;
      if (byThree !== 0) this.#compare(byThree, text, at - 2);
      if (beginsTwo[before] === 1) this.#compare(first[placeOf(before, code)] ?? 0, text, at - 1);
      if (tellsAlone(code)) this.#compare(first[placeOf(ALONE, code)] ?? 0, text, at);
      beforeThat = before;
      before = code;
    }
  }

  /** Had the last text one of the group's pieces? Groups are counted as they were given. */
  has(group: number): boolean {
    return this.#isThere[group] === 1;
  }

  /** Compares a piece, and those entered at the same place, with what stands at a place of the text. */
  #compare(entered: number, text: string, at: number): void {
    const next = this.#next;
    const groups = this.#group;
    const isThere = this.#isThere;
    for (let piece = entered; piece !== 0; piece = next[piece] ?? 0) {
      const group = groups[piece] ?? 0;
      if (isThere[group] === 0 && this.#stands(piece, text, at)) isThere[group] = 1;
    }
  }

  /** From its end: its beginning is why it is looked at. */
  #stands(piece: number, text: string, at: number): boolean {
    const codes = this.#codes;
    const from = this.#from[piece] ?? 0;
    for (let place = (this.#from[piece + 1] ?? 0) - 1; place >= from; place -= 1) {
      if (text.charCodeAt(at + place - from) !== codes[place]) return false;
    }
    return true;
  }
}
