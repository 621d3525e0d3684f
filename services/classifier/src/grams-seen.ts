/**
 * Which pairs and triples of neighbouring characters a text has, in one pass, so that a piece of text that has others can be
 * told to be missing without looking for it. Most pieces are missing from most texts; the few whose triples are all there
 * are looked for.
 */

const SIZE = 1 << 13;
/** Triples of a piece that are looked at. */
const MOST_PLACES = 6;
/** Stands before a character that is looked for alone. */
const ALONE = 0;
const LAST_BEFORE_HAN = 0x2fff;

/** A letter alone is in every text; a Chinese character, `?`, `:` or `=` alone is not. */
export const tellsAlone = (code: number): boolean =>
  code > LAST_BEFORE_HAN || code === 63 || code === 58 || code === 61;

const placeOfThree = (before: number, left: number, right: number): number =>
  (Math.imul((Math.imul(before, 0x2f1) + left) | 0, 0x9e3b) + right * 0x1b5) & (SIZE - 1);
const placeOf = (left: number, right: number): number => (Math.imul(left, 0x9e3b) + right * 0x2f1) & (SIZE - 1);

/** The triples of a lower-case piece; of a shorter one, itself. */
function placesOf(piece: string): number[] {
  const codes = Array.from({ length: piece.length }, (_, at) => piece.charCodeAt(at));
  const [first = 0, second = 0] = codes;
  if (codes.length === 1) return [placeOf(ALONE, first)];
  if (codes.length === 2) return [placeOf(first, second)];
  return codes.slice(2, 2 + MOST_PLACES).map((code, at) => placeOfThree(codes[at] ?? 0, codes[at + 1] ?? 0, code));
}

/** Lower-case pieces that are looked for together, their triples in one row: `MOST_PLACES` places each, the last repeated. */
export class Pieces {
  readonly places: Uint16Array;

  constructor(readonly texts: readonly string[]) {
    this.places = new Uint16Array(texts.length * MOST_PLACES);
    for (const [place, text] of texts.entries()) {
      const known = placesOf(text);
      for (let at = 0; at < MOST_PLACES; at += 1) {
        this.places[place * MOST_PLACES + at] = known[Math.min(at, known.length - 1)] ?? 0;
      }
    }
  }
}

/** Made once and used again for each text. */
export class GramsSeen {
  readonly #seen = new Uint8Array(SIZE);
  #text = '';

  /** Forgets the last text and takes the pairs and triples of this one, whose letters must be lower-case. */
  read(text: string): void {
    this.#text = text;
    const seen = this.#seen;
    seen.fill(0);
    let beforeThat = 0;
    let before = 0;
    for (let at = 0; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      seen[placeOf(before, code)] = 1;
      seen[placeOfThree(beforeThat, before, code)] = 1;
      if (tellsAlone(code)) seen[placeOf(ALONE, code)] = 1;
      beforeThat = before;
      before = code;
    }
  }

  /** Is one of the pieces there? Only those whose triples are all there are looked for. */
  hasOneOf({ texts, places }: Pieces): boolean {
    const seen = this.#seen;
    for (let from = 0; from < places.length; from += MOST_PLACES) {
      let at = from;
      const end = from + MOST_PLACES;
      while (at < end && seen[places[at] ?? 0] === 1) at += 1;
      if (at === end && this.#text.includes(texts[from / MOST_PLACES] ?? '')) return true;
    }
    return false;
  }
}
