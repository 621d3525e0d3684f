/**
 * `npm run eval:router [-- --outcomes FILE]`: what `balanced` saves at 95 % of always-best's quality on RouteLLM's outcomes,
 * beside the length of the prompt alone and chance. Without a file the part that is committed with the classifier is used.
 * Exits with 1 where the score does not save more than length does.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { classify } from '@skein/classifier';
import { z } from 'zod';
import { checkout } from '../checkout.ts';
import { savingsAt, type Hardness, type JudgedPrompt } from './two-model-savings.ts';

const TARGETS = [0.95, 0.9] as const;
/** Length on a scale of 0-1, as a score has to be. */
const LONGEST = 20_000;

const outcome = z.object({
  bench: z.string(),
  prompt: z.string(),
  contaminated: z.boolean().default(false),
  weak: z.number().optional(),
  strong: z.number().optional(),
});

/** The same for the same prompt, and blind to what it says. */
function chanceOf(prompt: string): number {
  let hash = 7;
  for (const char of prompt) hash = (Math.imul(hash, 31) + (char.codePointAt(0) ?? 0)) >>> 0;
  return (Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 0) / 2 ** 32;
}

const rankings: Readonly<Record<'score' | 'length alone' | 'chance', Hardness>> = {
  score: ({ features }) => features.complexity.score,
  'length alone': ({ prompt }) => Math.min(1, prompt.length / LONGEST),
  chance: ({ prompt }) => chanceOf(prompt),
};

const { values } = parseArgs({ options: { outcomes: { type: 'string' } } });
const file = values.outcomes ?? join(checkout, 'services/classifier/data/outcomes.jsonl');
const judged = readFileSync(file, 'utf8')
  .trimEnd()
  .split('\n')
  .flatMap((text): (JudgedPrompt & { readonly bench: string })[] => {
    const { bench, prompt, contaminated, weak, strong } = outcome.parse(JSON.parse(text));
    if (contaminated || weak === undefined || strong === undefined) return [];
    return [
      { bench, prompt, weak, strong, features: classify({ messages: [{ role: 'user', content: prompt }] }, null) },
    ];
  });

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`.padStart(9);
process.stdout.write('bench   of best  ranked by           n   strong  quality    saved\n');
let isAhead = true;
for (const [bench, prompts] of Map.groupBy(judged, (one) => one.bench)) {
  for (const target of TARGETS) {
    const saved = Object.entries(rankings).map(([name, hardness]) => {
      const { strongShare, quality, cost } = savingsAt(target, prompts, hardness);
      const figures = `${percent(strongShare)}${percent(quality)}${percent(1 - cost)}`;
      process.stdout.write(
        `${bench.padEnd(8)}${percent(target)} ${name.padEnd(14)}${String(prompts.length).padStart(6)}${figures}\n`,
      );
      return 1 - cost;
    });
    const [score = 0, length = 0] = saved;
    isAhead &&= score > length;
  }
}
process.stdout.write(
  'The bound is fitted on one half of the prompts and judged on the other, both ways. Saved: of what always the strong model\n' +
    'costs, with answers of the length the task expects. The score was made with such outcomes in view.\n',
);
if (!isAhead) process.exitCode = 1;
