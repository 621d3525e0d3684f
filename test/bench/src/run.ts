/**
 * `npm run bench`: Skein beside what people would pick instead, in one run. `--short` (default, under five minutes) or
 * `--full`; `--only parts|whole`; `--targets a,b` for a choice. Writes results/latest.{json,md,svg}; a choice goes to
 * results/partial.*, so that it never takes the place of a full set.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { efforts, type Effort } from './cells.ts';
import { benchFile } from './checkout.ts';
import { judge } from './goals.ts';
import { describeMachine } from './machine.ts';
import { measureParts } from './parts/measure-parts.ts';
import type { PartVisit } from './parts/parts.ts';
import { pinSelf } from './pinning.ts';
import { renderMarkdown } from './report/markdown.ts';
import { renderSvg } from './report/svg.ts';
import type { Results } from './results.ts';
import { startMockVendor, startTarget, type RunningTarget } from './running-target.ts';
import { summariseParts, summariseWhole } from './summary.ts';
import { targets } from './targets.ts';
import { measureWhole } from './whole.ts';

const { values: options } = parseArgs({
  options: {
    short: { type: 'boolean' },
    full: { type: 'boolean' },
    only: { type: 'string' },
    targets: { type: 'string' },
  },
});
if (options.only !== undefined && options.only !== 'parts' && options.only !== 'whole') {
  throw new Error('--only takes "parts" or "whole"');
}
const chosen = options.targets?.split(',') ?? targets.map(({ name }) => name);
const unknown = chosen.filter((name) => !targets.some((target) => target.name === name));
if (unknown.length > 0)
  throw new Error(`There is no target ${unknown.join(', ')}; there are ${targets.map(({ name }) => name).join(', ')}`);

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const effort = efforts[options.full === true ? 'full' : 'short'];
const startedAt = performance.now();
const machine = describeMachine();
pinSelf();

const partVisits: readonly PartVisit[] = options.only === 'whole' ? [] : await parts(effort);
const whole = options.only === 'parts' ? { visits: [], targets: [] } : await sideBySide(effort);
const cells = summariseWhole(whole.visits);
const partFigures = summariseParts(partVisits);
const results: Results = {
  machine,
  effort: effort.name,
  rounds: effort.rounds,
  seconds: (performance.now() - startedAt) / 1000,
  cells,
  targets: whole.targets,
  parts: partFigures,
  goals: judge(cells, partFigures),
  visits: whole.visits,
  partVisits,
};
write(results);

async function parts(by: Effort): Promise<readonly PartVisit[]> {
  say('parts');
  return measureParts(by);
}

async function sideBySide(by: Effort) {
  const scratch = mkdtempSync(join(tmpdir(), 'skein-bench-'));
  const running: RunningTarget[] = [];
  const mock = await startMockVendor();
  try {
    for (const target of targets.filter(({ name }) => chosen.includes(name))) {
      running.push(await startTarget(target, mock, scratch));
      say(`${target.name} is up`);
    }
    return await measureWhole(running, by, say);
  } finally {
    for (const one of running.reverse()) await one.stop();
    await mock.stop();
    rmSync(scratch, { recursive: true, force: true });
  }
}

function write(all: Results): void {
  const directory = benchFile('../results');
  const isChoice = options.only !== undefined || options.targets !== undefined;
  const file = (ending: string) => join(directory, `${isChoice ? 'partial' : 'latest'}.${ending}`);
  mkdirSync(directory, { recursive: true });
  const page = renderMarkdown(all);
  writeFileSync(file('json'), `${JSON.stringify(all, null, 1)}\n`);
  writeFileSync(file('md'), page);
  if (all.cells.length > 0) writeFileSync(file('svg'), renderSvg(all));
  process.stdout.write(`${page}\n`);
}
