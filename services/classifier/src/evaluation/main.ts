/**
 * `npm run eval:classifier [-- --rows FILE] [--outcomes FILE]`, run from the room's folder. `--rows`: more labelled
 * prompts, of which only sources outside the project are used, for testing alone. `--outcomes`: RouteLLM's GSM8K and
 * MMLU outcomes; without it the small committed part is used.
 */
import { parseArgs } from 'node:util';
import { DEFAULT_THRESHOLD } from '../classify.js';
import { readJsonRows, readTrainingRows } from '../training/rows.js';
import { readOutcomes, reportComplexity } from './report-complexity.js';
import { reportTasks } from './report-tasks.js';

const { values } = parseArgs({ options: { rows: { type: 'string' }, outcomes: { type: 'string' } } });

const training = readTrainingRows('data');
const heldOut = readJsonRows('data/held-out.jsonl');
const known = new Set([...training, ...heldOut].map(({ source }) => source));
const outside = values.rows === undefined ? [] : readJsonRows(values.rows).filter(({ source }) => !known.has(source));

process.stdout.write(`${reportTasks({ training, heldOut, outside }, DEFAULT_THRESHOLD)}\n`);
process.stdout.write(`${reportComplexity(readOutcomes(values.outcomes ?? 'data/outcomes.jsonl'))}\n`);
if (values.outcomes === undefined) {
  process.stdout.write(
    'For all outcomes pass --outcomes with a file of {bench, prompt, weak, strong, contaminated, subject} a line, made from\n' +
      'github.com/lm-sys/RouteLLM, routellm/evals/{gsm8k,mmlu}/responses (Apache-2.0; the questions are MIT).\n',
  );
}
