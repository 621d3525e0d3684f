/**
 * What a reader has to hold together: clauses, negations, cross-references, proportions, long words. Each kind counts by
 * its logarithm, as length does: the tenth comma says less than the second. Kinds and weights were chosen on routing
 * outcomes of GSM8K and MMLU for working on both and on random halves of MMLU's subjects; weights fitted on either one
 * did not travel to the other. No kind ever makes a prompt easier, so a score built on them only grows.
 */

const kinds: readonly (readonly [weight: number, count: (text: string) => number])[] = [
  [
    1.5,
    matches(
      /\b(?:following|statements?|scenarios?|above|these|those|which|respectively|ii?i?)\b|以下|下列|上述|分别|哪[一些个项]/gi,
    ),
  ],
  [0.5, countCommas],
  [
    0.5,
    matches(
      /\b(?:not|no|never|none|neither|nor|without|except|least|incorrect|false)\b|n['’]t\b|不(?!同|过|仅|但)|没|未|除了/gi,
    ),
  ],
  [
    0.5,
    matches(
      /\b(?:half|halves|thirds?|quarters?|fractions?|percent(?:age)?|times|twice|double|triple|ratio|average)\b|[%％]|\d\/\d|分之|[一两三四五六七八九十\d]倍|平均|比例|一半/gi,
    ),
  ],
  [0.5, countLongWords],
];

/** Sum over the kinds of weight × log2(1 + how often it occurs). `text` should be bounded by the caller. */
export function countBurdens(text: string): number {
  let sum = 0;
  for (const [weight, count] of kinds) sum += weight * Math.log2(1 + count(text));
  return sum;
}

function matches(pattern: RegExp): (text: string) => number {
  return (text) => text.match(pattern)?.length ?? 0;
}

/** Of commas, semicolons and their Chinese sisters, those that stand between clauses: `,`, `，`, `、` and `；`. */
function countCommas(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x2c || code === 0xff0c || code === 0x3001 || code === 0xff1b) count += 1;
  }
  return count;
}

const LONG_WORD = 9;

/** Runs of at least nine letters of the plain alphabet. */
function countLongWords(text: string): number {
  let count = 0;
  let run = 0;
  for (let at = 0; at < text.length; at += 1) {
    const lower = text.charCodeAt(at) | 0x20;
    run = lower >= 0x61 && lower <= 0x7a ? run + 1 : 0;
    if (run === LONG_WORD) count += 1;
  }
  return count;
}
