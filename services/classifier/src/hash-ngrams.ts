/**
 * Words and Chinese characters of a text, and pairs and triples of them, as bucket numbers: one pass over the character
 * codes, no strings made. What stands first, and what opens
 * the last line, is told apart, since that is where instructions stand.
 */

export const BUCKETS = 1 << 14;
/** A text of this many characters yields no more than `MOST_HITS` buckets. */
export const NGRAM_CHARS = 700;
export const MOST_HITS = NGRAM_CHARS * 4 + 16;

const OPENING = 0x5bd1e995;
const OPENING_TOKENS = 3;
const CLOSING = 0x27d4eb2f;
const CLOSING_TOKENS = 8;
/** Inflected words share their first letters: `summari` of summarize and summarizing. */
const STEM = 6;

const { imul } = Math;
const mix = (left: number, right: number): number => imul((left ^ (right >>> 15)) + right, 0x9e3779b1) ^ left;
const bucketOf = (hash: number): number => imul(hash ^ (hash >>> 16), 0x85ebca6b) >>> 18;

const isHan = (code: number): boolean => code >= 0x3400 && code <= 0x9fff;
const isDigit = (code: number): boolean => code >= 48 && code <= 57;
const isLetter = (code: number): boolean =>
  (code >= 97 && code <= 122) || (code >= 0xc0 && code < 0x2000) || (code >= 0xac00 && code <= 0xd7af);

/** Collects distinct buckets; made once and used again for each text. */
export class NgramHits {
  readonly #buckets = new Uint16Array(MOST_HITS);
  readonly #seen = new Uint8Array(BUCKETS);
  #count = 0;

  /** Forgets the last text and takes the n-grams of this one. */
  read(text: string): void {
    this.#clear();
    let before = 0;
    let beforeThat = 0;
    let tokens = 0;
    let closing = 0;
    const end = Math.min(text.length, NGRAM_CHARS);
    const lastLine = text.lastIndexOf('\n', end - 2);
    let index = 0;
    while (index < end) {
      const first = lower(text.charCodeAt(index));
      let token = mix(0x811c9dc5, first);
      index += 1;
      if (first === 32 || first === 13 || first === 9) continue;
      if (isLetter(first)) {
        let length = 1;
        for (; index < end; index += 1, length += 1) {
          const code = lower(text.charCodeAt(index));
          if (!isLetter(code)) break;
          if (length === STEM) this.#add(token + 1);
          token = mix(token, code);
        }
      } else if (isDigit(first)) {
        // Numbers by their length alone: which number it is says nothing of the task.
        token = 7;
        while (index < end && isDigit(text.charCodeAt(index))) [token, index] = [token + 1, index + 1];
      }
      this.#add(token);
      if (tokens > 0) this.#add(mix(before, token));
      if (tokens > 1 && isHan(first)) this.#add(mix(mix(beforeThat, before), token));
      if (tokens < OPENING_TOKENS) this.#add(mix(OPENING, token));
      if (tokens === 1) this.#add(mix(OPENING, mix(before, token)));
      if (lastLine > 0 && index > lastLine && closing < CLOSING_TOKENS) {
        this.#add(mix(CLOSING, token));
        if (closing > 0) this.#add(mix(CLOSING, mix(before, token)));
        closing += 1;
      }
      beforeThat = before;
      before = token;
      tokens += 1;
    }
    if (tokens > 0) this.#add(mix(CLOSING, ~before));
  }

  get count(): number {
    return this.#count;
  }

  /** The bucket at a place under `count`. */
  at(place: number): number {
    return this.#buckets[place] ?? 0;
  }

  #add(hash: number): void {
    const bucket = bucketOf(hash);
    if (this.#seen[bucket] === 1 || this.#count === MOST_HITS) return;
    this.#seen[bucket] = 1;
    this.#buckets[this.#count] = bucket;
    this.#count += 1;
  }

  #clear(): void {
    for (let place = 0; place < this.#count; place += 1) this.#seen[this.at(place)] = 0;
    this.#count = 0;
  }
}

const lower = (code: number): number => (code >= 65 && code <= 90 ? code + 32 : code);
