/** How well a score sends the right prompts to the strong model: the measures of the RouteLLM paper. */

export interface Outcome {
  readonly prompt: string;
  /** What the weak and the strong model's answers were worth. */
  readonly weak: number;
  readonly strong: number;
}

export interface Recovery {
  /** Area under the share of the quality gap that is recovered, over the share of strong calls. Random: .5. */
  readonly apgr: number;
  /** Per cent of calls to the strong model that recover 50 % and 80 % of the gap. */
  readonly cpt50: number;
  readonly cpt80: number;
}

const BINS = 10;

/** Ranks by score, hardest first, and hands the hardest share to the strong model, a tenth at a time. */
export function measureRecovery(outcomes: readonly Outcome[], score: (prompt: string) => number): Recovery {
  const ranked = outcomes.map((outcome) => ({ outcome, score: score(outcome.prompt) }));
  ranked.sort((left, right) => right.score - left.score);
  const gains = ranked.map(({ outcome }) => outcome.strong - outcome.weak);
  const gap = sum(gains);
  const recovered = Array.from({ length: BINS + 1 }, (_, bin) => {
    return sum(gains.slice(0, Math.round((gains.length * bin) / BINS))) / gap;
  });
  let area = 0;
  for (const [bin, share] of recovered.entries()) area += share * (bin === 0 || bin === BINS ? 0.5 : 1);
  return { apgr: area / BINS, cpt50: callsFor(recovered, 0.5), cpt80: callsFor(recovered, 0.8) };
}

/** The first crossing, between two bins by a straight line. */
function callsFor(recovered: readonly number[], share: number): number {
  for (let bin = 1; bin <= BINS; bin += 1) {
    const before = recovered[bin - 1] ?? 0;
    const here = recovered[bin] ?? 1;
    if (here >= share) return (100 / BINS) * (bin - 1 + (share - before) / (here - before));
  }
  return 100;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
