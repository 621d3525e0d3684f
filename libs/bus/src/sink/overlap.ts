/**
 * Where one vendor broke off and another goes on, the second often repeats a little: half a word, the last sentence, or
 * everything from the start. Finds how much of the second's beginning the reader has already seen. Pure.
 */

/** A repetition further back than this is not looked for. */
const LONGEST = 16_000;
/** A shorter repetition may well be meant ("ha" + "ha ha"). */
const SURELY_REPEATED = 8;

const LETTER = /[\p{L}\p{N}]/u;

/** `drop`: so many characters of `next` have been seen. `more`: it cannot be said yet, more of it is needed. */
export type Overlap = { readonly drop: number } | 'more';

/** Compares what was shown with what has come so far of the text that goes on. `isAll`: no more will come. */
export function overlapOf(shown: string, next: string, isAll: boolean): Overlap {
  const tail = shown.slice(-LONGEST);
  if (!isAll && mayGrow(tail, next)) return 'more';
  for (let length = Math.min(tail.length, next.length); length > 0; length -= 1) {
    if (tail.endsWith(next.slice(0, length)) && isRepetition(tail, next, length)) return { drop: length };
  }
  return { drop: 0 };
}

/** Does all of `next` stand in the tail, with something still behind it, or is it too short to tell a half word? */
function mayGrow(tail: string, next: string): boolean {
  if (next.length === 0) return true;
  const at = tail.indexOf(next);
  if (at >= 0 && at + next.length < tail.length) return true;
  return tail.endsWith(next) && next.length < SURELY_REPEATED;
}

function isRepetition(tail: string, next: string, length: number): boolean {
  if (length >= SURELY_REPEATED) return true;
  const repeated = next.slice(0, length);
  if (repeated === ' ') return true;
  return completesWord(tail, next, length);
}

/** "the conti" + "continuation": the half word is written again, as a whole. */
function completesWord(tail: string, next: string, length: number): boolean {
  const before = tail.at(-length - 1) ?? ' ';
  const after = next.at(length) ?? ' ';
  return length > 1 && !LETTER.test(before) && LETTER.test(next.slice(0, 1)) && LETTER.test(after);
}
