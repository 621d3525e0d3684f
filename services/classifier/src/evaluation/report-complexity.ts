/** The complexity score judged by routing outcomes, beside the length of the prompt. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { classify } from '../classify.js';
import { measureRecovery, type Outcome, type Recovery } from './routing-outcomes.js';
import { columns } from './tables.js';

const line = z.object({
  bench: z.string(),
  prompt: z.string(),
  contaminated: z.boolean(),
  subject: z.string().optional(),
  weak: z.number().optional(),
  strong: z.number().optional(),
});

export interface NamedOutcome extends Outcome {
  readonly bench: string;
  readonly subject: string;
}

/** Reads outcomes, a JSON object a line; contaminated ones and those without a single score are left out. */
export function readOutcomes(file: string): NamedOutcome[] {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  return lines.flatMap((text) => {
    const { bench, prompt, contaminated, subject = '', weak, strong } = line.parse(JSON.parse(text));
    return contaminated || weak === undefined || strong === undefined ? [] : [{ bench, prompt, subject, weak, strong }];
  });
}

/** The score that the room gives a prompt sent by itself. */
export const complexityOf = (prompt: string): number =>
  classify({ messages: [{ role: 'user', content: prompt }] }, null).complexity.score;

export function reportComplexity(outcomes: readonly NamedOutcome[]): string {
  const lines = [...Map.groupBy(outcomes, ({ bench }) => bench)].flatMap(([bench, group]) => {
    const sets = [[bench, group] as const];
    const others = group.filter(({ subject }) => subject !== LONGEST_GAIN);
    if (others.length < group.length) sets.push([`${bench} without ${LONGEST_GAIN}`, others] as const);
    return sets.flatMap(([name, set]) => [
      [`${name}: score`, String(set.length), ...figures(measureRecovery(set, complexityOf))],
      [`${name}: length alone`, String(set.length), ...figures(measureRecovery(set, (prompt) => prompt.length))],
    ]);
  });
  return `# Complexity\n\nRandom: APGR .500, CPT 50 and 80. Kinds and weights of the score were chosen with such outcomes in view.\n\n${columns(['', 'n', 'APGR', 'CPT(50)', 'CPT(80)'], lines)}`;
}

/** The subject with the largest gap of all, an eighth of MMLU's gain here: shown apart, since any sign of it would do. */
const LONGEST_GAIN = 'moral_scenarios';

const figures = ({ apgr, cpt50, cpt80 }: Recovery): string[] => [apgr.toFixed(3), cpt50.toFixed(1), cpt80.toFixed(1)];
