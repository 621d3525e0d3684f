/**
 * `npm run bench`: Skein beside what people would pick instead, in one run. `--short` (default, some six minutes) or
 * `--full`; `--only parts,whole,open,growth` and `--targets a,b` for a choice. A full run without a choice writes
 * results/latest.json and everything that is made of it (see publish.ts); others write results/partial.*.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Attempts } from './attempts.ts';
import { efforts, stages, type Effort } from './cells.ts';
import { benchFile } from './checkout.ts';
import { judge } from './goals.ts';
import type { GrowthFigures } from './growth/growth-figures.ts';
import { measureGrowth } from './growth/measure-growth.ts';
import { describeMachine } from './machine.ts';
import { measureOpenStreams, type OpenStreams } from './open-streams.ts';
import { measureParts } from './parts/measure-parts.ts';
import { installPeers } from './peers.ts';
import { pinSelf } from './pinning.ts';
import { publish } from './publish.ts';
import { renderMarkdown } from './report/markdown.ts';
import { plots, renderSvg } from './report/svg.ts';
import type { Results } from './results.ts';
import { startMockVendor, startTarget, type RunningTarget } from './running-target.ts';
import { summariseParts, summariseWhole } from './summary.ts';
import type { Target } from './target.ts';
import { targets } from './targets.ts';
import { toLines } from './to-lines.ts';
import type { WholeRun } from './whole-run.ts';
import { measureWhole } from './whole.ts';

const { values: options } = parseArgs({
  options: {
    short: { type: 'boolean' },
    full: { type: 'boolean' },
    only: { type: 'string' },
    targets: { type: 'string' },
  },
});
const effort = efforts[options.full === true ? 'full' : 'short'];
const only = options.only === undefined ? effort.stages : chosenOf(stages, options.only, 'stage');
const named = chosenOf(
  targets.map(({ name }) => name),
  options.targets,
  'target',
);
const say = (line: string): void => void process.stderr.write(`${line}\n`);
const startedAt = performance.now();
const machine = describeMachine();
pinSelf();

const wanted = targets.filter(({ name }) => named.includes(name));
if (only.includes('whole') && wanted.some(({ kind }) => kind === 'peer')) installPeers(say);
const attempts = new Attempts(say);
const chosen = wanted.filter(({ name, missing }) => {
  const why = missing?.() ?? null;
  if (why !== null) attempts.leaveOut(name, why);
  return why === null;
});

const partVisits = only.includes('parts') ? await stage('parts', () => measureParts(effort, attempts)) : [];
const runs: WholeRun[] = [];
for (let run = 0; only.includes('whole') && run < effort.runs; run += 1) {
  const name = `side by side, run ${run + 1} of ${effort.runs}`;
  const measured = await attempts.try(name, () => stage(name, () => sideBySide(chosen, effort)));
  if (measured !== null) runs.push(measured);
}
const open = only.includes('open') ? await stage('open streams', () => openStreams(chosen, effort)) : [];
const growth = only.includes('growth') ? await stage('growth', () => growing(effort)) : null;
const parts = summariseParts(partVisits);
write({
  machine,
  effort: effort.name,
  rounds: effort.rounds,
  seconds: (performance.now() - startedAt) / 1000,
  whatTargetsAre: Object.fromEntries(chosen.map(({ name, what }) => [name, what])),
  missing: attempts.missing,
  runs,
  open,
  parts,
  growth,
  goals: judge({ runs, open, parts, growth }),
  partVisits,
});

function chosenOf<Name extends string>(all: readonly Name[], text: string | undefined, kind: string): readonly Name[] {
  const asked = text?.split(',') ?? all;
  const unknown = asked.filter((name) => !all.some((one) => one === name));
  if (unknown.length > 0) throw new Error(`There is no ${kind} ${unknown.join(', ')}; there are ${all.join(', ')}`);
  return all.filter((name) => asked.includes(name));
}

async function stage<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
  const begunAt = performance.now();
  say(name);
  const result = await work();
  say(`${name}: ${((performance.now() - begunAt) / 1000).toFixed(0)} s`);
  return result;
}

async function withMock<Result>(
  work: (mock: Awaited<ReturnType<typeof startMockVendor>>, scratch: string) => Promise<Result>,
) {
  const scratch = mkdtempSync(join(tmpdir(), 'skein-bench-'));
  const mock = await startMockVendor();
  try {
    return await work(mock, scratch);
  } finally {
    await mock.stop();
    rmSync(scratch, { recursive: true, force: true });
  }
}

function sideBySide(which: readonly Target[], by: Effort): Promise<WholeRun> {
  return withMock(async (mock, scratch) => {
    const begunAt = performance.now();
    const running: RunningTarget[] = [];
    try {
      for (const target of which) {
        const started = await attempts.try(target.name, () => startTarget(target, mock, scratch));
        if (started !== null) running.push(started);
        say(`${running.length} of ${which.length} are up`);
      }
      const whole = await measureWhole(running, by, say);
      const seconds = (performance.now() - begunAt) / 1000;
      return { seconds, cells: summariseWhole(whole.visits), ...whole };
    } finally {
      for (const one of running.reverse()) await one.stop();
    }
  });
}

function openStreams(which: readonly Target[], by: Effort): Promise<OpenStreams[]> {
  return withMock(async (mock, scratch) => {
    const measured: OpenStreams[] = [];
    for (const target of which.filter(({ kind }) => kind === 'skein')) {
      const one = await attempts.try(`open streams: ${target.name}`, () =>
        measureOpenStreams(target, mock, scratch, by.openStreams),
      );
      if (one !== null) measured.push(one);
    }
    return measured;
  });
}

function growing(by: Effort): Promise<GrowthFigures> {
  return withMock((mock, scratch) => measureGrowth(by, mock, scratch, attempts));
}

function write(results: Results): void {
  const isWhole = effort.name === 'full' && options.only === undefined && options.targets === undefined;
  const page = renderMarkdown(results);
  const directory = benchFile('../results');
  mkdirSync(directory, { recursive: true });
  if (isWhole) {
    publish(results);
  } else {
    writeFileSync(join(directory, 'partial.json'), toLines(results));
    writeFileSync(join(directory, 'partial.md'), page);
    writeFileSync(join(directory, 'partial.svg'), renderSvg(results, plots));
  }
  process.stdout.write(`${page}\n`);
}
