/**
 * What a reader has to hold together: clauses, negations, cross-references, proportions, long words. Each kind counts by
 * its logarithm, as length does: the tenth comma says less than the second. Kinds and weights were chosen on routing
 * outcomes of GSM8K and MMLU for working on both and on random halves of MMLU's subjects; weights fitted on either one
 * did not travel to the other. No kind ever makes a prompt easier, so a score built on them only grows.
 */

const kinds: readonly (readonly [weight: number, pattern: RegExp])[] = [
  [
    1.5,
    /\b(?:following|statements?|scenarios?|above|these|those|which|respectively|ii?i?)\b|以下|下列|上述|分别|哪[一些个项]/gi,
  ],
  [0.5, /[,，、；]/g],
  [
    0.5,
    /\b(?:not|no|never|none|neither|nor|without|except|least|incorrect|false)\b|n['’]t\b|不(?!同|过|仅|但)|没|未|除了/gi,
  ],
  [
    0.5,
    /\b(?:half|halves|thirds?|quarters?|fractions?|percent(?:age)?|times|twice|double|triple|ratio|average)\b|[%％]|\d\/\d|分之|[一两三四五六七八九十\d]倍|平均|比例|一半/gi,
  ],
  [0.5, /[a-z]{9,}/gi],
];

/** Sum over the kinds of weight × log2(1 + how often it occurs). `text` should be bounded by the caller. */
export function countBurdens(text: string): number {
  let sum = 0;
  for (const [weight, kind] of kinds) sum += weight * Math.log2(1 + (text.match(kind)?.length ?? 0));
  return sum;
}
