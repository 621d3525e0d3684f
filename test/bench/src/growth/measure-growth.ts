/** How cost grows with what there is more of. */
import type { Attempts } from '../attempts.ts';
import type { Effort } from '../cells.ts';
import type { PartVisit } from '../parts/parts.ts';
import { startTarget, type MockVendor, type RunningTarget } from '../running-target.ts';
import { spreadOf } from '../statistics.ts';
import { cpuOfVisit } from '../summary.ts';
import { settle, visit, type Visit } from '../whole.ts';
import { fitLine, type CoresFor, type GrowthFigures, type GrowthLine } from './growth-figures.ts';
import { LEDGER_SIZES, measureLedgerGrowth, type LedgerWay } from './ledger-growth.ts';
import { seriesGroups, type Series } from './series.ts';

/** Answers a second that the number of cores is told for. */
const WANTED_PER_SECOND = 10_000;
/** Of a second's answers; with more of them a figure tells nothing. */
const MOST_ERRORS = 0.01;

interface Measured {
  readonly series: Series;
  /** Visits by size. */
  readonly visits: ReadonlyMap<number, readonly Visit[]>;
}

export async function measureGrowth(
  effort: Effort,
  mock: MockVendor,
  scratch: string,
  attempts: Attempts,
): Promise<GrowthFigures> {
  const measured: Measured[] = [];
  for (const group of seriesGroups) {
    const name = `growth: ${group.map(({ of }) => of).join(' and ')}`;
    measured.push(...((await attempts.try(name, () => measureGroup(group, effort, mock, scratch))) ?? []));
  }
  const ledger = await attempts.try('growth: ledger rows', () =>
    measureLedgerGrowth(effort.growthRounds, effort.growthMs / 2),
  );
  return {
    lines: [...measured.map(lineOf), ...(ledger === null ? [] : ledgerLines(ledger))],
    cores: coresFor(measured),
  };
}

async function measureGroup(
  group: readonly Series[],
  effort: Effort,
  mock: MockVendor,
  scratch: string,
): Promise<Measured[]> {
  const targets = [...new Set(group.flatMap(({ sizes }) => sizes.map(({ target }) => target)))];
  const running: RunningTarget[] = [];
  try {
    for (const target of targets) running.push(await startTarget(target, mock, scratch));
    const settleMs = group.some(({ warmsSlowly }) => warmsSlowly === true) ? effort.slowSettleMs : effort.settleMs;
    for (const one of running) await settle(one, [false], settleMs);
    const visits = new Map(group.map((series) => [series, new Map<number, Visit[]>()]));
    for (let round = 0; round < effort.growthRounds; round += 1) {
      for (const series of group) {
        const sizes = round % 2 === 0 ? series.sizes : [...series.sizes].reverse();
        for (const { size, target } of sizes) {
          const one = running.find((other) => other.target === target);
          if (one === undefined) continue;
          const seen = await visit(one, running, series.cellOf(size), {
            cores: series.cores,
            warmupMs: effort.warmupMs,
            windowMs: effort.growthMs,
            round,
          });
          if (seen.errors > MOST_ERRORS * seen.answersPerSecond)
            throw new Error(`${target.name}: ${seen.errors} errors, ${seen.firstError}`);
          const bySize = visits.get(series);
          bySize?.set(size, [...(bySize.get(size) ?? []), seen]);
        }
      }
    }
    return group.map((series) => ({ series, visits: visits.get(series) ?? new Map<number, Visit[]>() }));
  } finally {
    for (const one of running.reverse()) await one.stop();
  }
}

function lineOf({ series, visits }: Measured): GrowthLine {
  const rounds = series.sizes.map(({ size }) => ({ size, values: (visits.get(size) ?? []).map(series.read) }));
  return growthLine(series.of, series.figure, rounds);
}

function ledgerLines(visits: readonly PartVisit[]): GrowthLine[] {
  return [
    ledgerLine(visits, 'postings, 100 at once', 'CPU µs a posting', ({ cpuUs }) => cpuUs),
    ledgerLine(visits, "a key's usage", 'ms to tell what one of 1,000 keys used', ({ p50Us }) => p50Us / 1_000),
  ];
}

function ledgerLine(
  visits: readonly PartVisit[],
  way: LedgerWay,
  figure: string,
  read: (visit: PartVisit) => number,
): GrowthLine {
  const rounds = LEDGER_SIZES.map((size) => ({
    size,
    values: visits.filter((one) => one.part === String(size) && one.way === way).map(read),
  }));
  return growthLine('ledger rows', figure, rounds);
}

/** Values are in the order of the rounds. */
function growthLine(
  of: string,
  figure: string,
  rounds: readonly { readonly size: number; readonly values: readonly number[] }[],
): GrowthLine {
  const points = rounds.map(({ size, values }) => ({ size, figure: spreadOf(values) }));
  const [first, last] = [rounds[0]?.values ?? [], rounds.at(-1)?.values ?? []];
  const ratios = last.flatMap((value, round) => {
    const other = first[round] ?? 0;
    return other > 0 ? [value / other] : [];
  });
  return {
    of,
    figure,
    points,
    ...fitLine(points.map(({ size, figure: { median } }) => ({ x: size, y: median }))),
    lastToFirst: spreadOf(ratios),
  };
}

/** Of CPU alone: that many cores would be full, each message still crosses from process to process, and no core waits. */
function coresFor(measured: readonly Measured[]): CoresFor[] {
  const wanted: readonly [string, number, string][] = [
    ['of each room', 2, 'every room apart, two of each, 64 in flight'],
    ['models', 10, 'one process, 16 in flight'],
  ];
  return wanted.flatMap(([of, size, target]) => {
    const visits = measured.find(({ series }) => series.of === of)?.visits.get(size) ?? [];
    if (visits.length === 0) return [];
    const cpuUs = spreadOf(visits.map(cpuOfVisit)).median;
    return [{ target, cpuUs, cores: (WANTED_PER_SECOND * cpuUs) / 1e6 }];
  });
}
