/**
 * `npm run bench:check`: has a request become dearer? CPU of a request over that of the bare chain in the same rounds, so that
 * the machine matters little, beside the ratios of results/baseline.json. What is above by more than 15 % and by more than
 * twice the spread of both is measured a second time; what is above then too ends the command with an error. `--update` writes
 * the baseline.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { plain, stream, type Cell } from './cells.ts';
import { benchFile } from './checkout.ts';
import { describeMachine } from './machine.ts';
import { SUBJECT_CORE, pinSelf } from './pinning.ts';
import { startMockVendor, startTarget, type RunningTarget } from './running-target.ts';
import { relativeSpread, spreadOf } from './statistics.ts';
import { cpuOfVisit, ratioOf } from './summary.ts';
import { targets } from './targets.ts';
import { toLines } from './to-lines.ts';
import { settle, visit, type Visit } from './whole.ts';

const CHAIN = 'chain';
const WATCHED = ['skein-one', 'skein-three'] as const;
const CELLS: readonly Cell[] = [plain(16), stream(16)];
const LEAST_ROUNDS = 5;
const LEAST_TOLERANCE = 0.15;
const TIMES = { settleMs: 15_000, warmupMs: 400, windowMs: 2_500 };

/** A ratio to the chain, and how far its rounds lie apart as a share of it. */
interface Ratio {
  readonly target: string;
  readonly cell: string;
  readonly ratio: number;
  readonly spread: number;
}
interface Baseline {
  readonly commit: string;
  readonly date: string;
  readonly machine: string;
  readonly ratios: readonly Ratio[];
}

const { values: options } = parseArgs({
  options: { update: { type: 'boolean' }, rounds: { type: 'string', default: String(LEAST_ROUNDS) } },
});
const rounds = Math.max(LEAST_ROUNDS, Number(options.rounds));
const file = benchFile('../results/baseline.json');
pinSelf();
const found = await measure();
if (options.update === true) {
  const { commit, date, cpu, cores } = describeMachine();
  writeFileSync(file, toLines({ commit, date, machine: `${cores} × ${cpu}`, ratios: found } satisfies Baseline));
  for (const { target, cell, ratio } of found) say(`${target} ${cell}: ${ratio.toFixed(2)} × the chain`);
} else {
  const baseline = JSON.parse(readFileSync(file, 'utf8')) as Baseline;
  say(`beside commit ${baseline.commit} of ${baseline.date.slice(0, 10)}, ${baseline.machine}`);
  let worse = dearer(found, baseline);
  if (worse.length > 0) {
    say('once more, to be sure');
    const again = dearer(await measure(), baseline);
    worse = worse.filter((name) => again.includes(name));
  }
  say(worse.length === 0 ? 'nothing has become dearer' : `dearer in both runs: ${worse.join(', ')}`);
  process.exitCode = worse.length === 0 ? 0 : 1;
}

/** Says how each ratio stands; returns those that are beyond what chance explains. */
function dearer(now: readonly Ratio[], { ratios }: Baseline): string[] {
  return now.flatMap(({ target, cell, ratio, spread }) => {
    const before = ratios.find((one) => one.target === target && one.cell === cell);
    if (before === undefined) throw new Error(`The baseline has no ${target} ${cell}: write it anew with --update`);
    const tolerance = Math.max(LEAST_TOLERANCE, 2 * Math.max(spread, before.spread));
    const change = ratio / before.ratio - 1;
    const isDearer = change > tolerance;
    const percent = (share: number): string => `${(share * 100).toFixed(0)} %`;
    say(
      `${isDearer ? 'DEARER' : 'ok    '} ${target} ${cell}: ${ratio.toFixed(2)} × the chain, ${percent(change)} on ${before.ratio.toFixed(2)}; up to ${percent(tolerance)} is chance`,
    );
    return isDearer ? [`${target} ${cell}`] : [];
  });
}

async function measure(): Promise<Ratio[]> {
  const scratch = mkdtempSync(join(tmpdir(), 'skein-bench-check-'));
  const mock = await startMockVendor();
  const running: RunningTarget[] = [];
  try {
    for (const name of [CHAIN, ...WATCHED]) {
      const target = targets.find((one) => one.name === name);
      if (target !== undefined) running.push(await startTarget(target, mock, scratch));
    }
    for (const one of running) await settle(one, [false, true], TIMES.settleMs);
    const visits: Visit[] = [];
    for (let round = 0; round < rounds; round += 1) {
      for (const cell of CELLS) {
        for (const one of round % 2 === 0 ? running : [...running].reverse()) {
          visits.push(await visit(one, running, cell, { ...TIMES, cores: [SUBJECT_CORE], round }));
        }
      }
    }
    const broken = visits.find(({ errors }) => errors > 0);
    if (broken !== undefined) throw new Error(`${broken.target} ${broken.cell}: ${broken.firstError}`);
    return WATCHED.flatMap((target) => CELLS.map(({ name: cell }) => ratioIn(visits, target, cell)));
  } finally {
    for (const one of running.reverse()) await one.stop();
    await mock.stop();
    rmSync(scratch, { recursive: true, force: true });
  }
}

function ratioIn(visits: readonly Visit[], target: string, cell: string): Ratio {
  const ratio = ratioOf(visits, cell, [target, CHAIN], cpuOfVisit) ?? spreadOf([]);
  return { target, cell, ratio: ratio.median, spread: relativeSpread(ratio) };
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
