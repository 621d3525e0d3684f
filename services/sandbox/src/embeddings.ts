// Embeddings that can be searched: a hashed bag of words and letter groups, so that texts that share them lie close together.
import { hashText } from './hash.js';

/** Weights of what a text is made of. Rarer pieces say more, and longer ones are rarer. */
const WORD = 1;
const PAIR = 0.6;
const LETTERS = 0.35;
const GROUP = 3;
/** Each piece moves so many places of the vector, so that short vectors still tell texts apart. */
const PLACES = 4;
const LONGEST_TEXT = 20_000;

/** A unit vector that depends on the words of the text and their letters, the same for the same text and model. */
export function embeddingOf(model: string, text: string, dimensions: number): Float32Array {
  const vector = new Float32Array(dimensions);
  const basis = hashText(model);
  for (const [piece, weight] of piecesOf(text)) {
    // Said again, a piece counts for more, but not twice as much.
    addPiece(vector, hashText(piece, basis), 1 + Math.log(weight + 1));
  }
  const length = Math.hypot(...vector);
  if (length === 0) vector[basis % dimensions] = 1;
  return length === 0 ? vector : vector.map((value) => value / length);
}

/** Words, pairs of words and groups of letters with their weights; scripts without blanks are all letters. */
function piecesOf(text: string): Map<string, number> {
  const pieces = new Map<string, number>();
  const add = (piece: string, weight: number) => pieces.set(piece, (pieces.get(piece) ?? 0) + weight);
  const words =
    text
      .slice(0, LONGEST_TEXT)
      .toLowerCase()
      .match(/\p{Script=Han}|[\p{L}\p{N}]+/gu) ?? [];
  words.forEach((word, at) => {
    add(`w ${word}`, WORD);
    const next = words[at + 1];
    if (next !== undefined) add(`p ${word} ${next}`, PAIR);
    for (let from = 0; from + GROUP <= word.length; from += 1) add(`g ${word.slice(from, from + GROUP)}`, LETTERS);
  });
  return pieces;
}

function addPiece(vector: Float32Array, hash: number, weight: number): void {
  let state = hash;
  for (let place = 0; place < PLACES; place += 1) {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) >>> 0;
    const at = state % vector.length;
    state = Math.imul(state ^ (state >>> 12), 0x297a2d39) >>> 0;
    vector[at] = (vector[at] ?? 0) + (state & 1 ? weight : -weight);
  }
}

/** How alike two texts are: from -1 to 1. */
export function likenessOf(model: string, one: string, other: string): number {
  const [a, b] = [embeddingOf(model, one, 256), embeddingOf(model, other, 256)];
  return a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0);
}

/** The vector as vendors send it for `encoding_format: base64`: little-endian float32. */
export function toBase64(vector: Float32Array): string {
  const bytes = Buffer.alloc(vector.length * 4);
  vector.forEach((value, i) => bytes.writeFloatLE(value, i * 4));
  return bytes.toString('base64');
}

/** The numbers as vendors print them. */
export function toNumbers(vector: Float32Array): number[] {
  return Array.from(vector, (value) => Number(value.toPrecision(8)));
}
