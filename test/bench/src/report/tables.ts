/** The figures as tables in Markdown. Where there are several runs, a cell has a figure of each: `first · second`. */
import type { Judgement } from '../goals.ts';
import type { GrowthFigures } from '../growth/growth-figures.ts';
import type { OpenStreams } from '../open-streams.ts';
import { flagMeanings } from '../sanity.ts';
import type { Spread } from '../statistics.ts';
import type { CellFigures, PartFigures } from '../summary.ts';
import type { WholeRun } from '../whole-run.ts';

/** Medians alone, or with [min–max] over the rounds. */
export type Detail = 'medians' | 'spreads';

type Show = (figures: CellFigures) => string;

export function wholeTables(runs: readonly WholeRun[], detail: Detail): readonly string[] {
  const cells = runs.flatMap((run) => run.cells);
  const names = (isStream: boolean): string[] => [
    ...new Set(cells.filter(({ stream }) => stream === isStream).map(({ cell }) => cell)),
  ];
  const value = (spread: Spread, digits: number): string => shown(spread, digits, detail);
  const grid = (title: string, isStream: boolean, show: Show): string =>
    names(isStream).length === 0 ? '' : `**${title}**\n\n${gridOf(runs, names(isStream), show)}`;
  const cpu: Show = ({ target, ownCpuUs, serverCpuUs, cpuToChain }) => {
    if (target === 'direct') return '';
    const ratio = cpuToChain === null || target === 'chain' ? '' : ` (${value(cpuToChain, 1)})`;
    return `${ownCpuUs.median.toFixed(0)} + ${serverCpuUs.median.toFixed(0)}${ratio}`;
  };
  return [
    grid('Plain requests: answers/s', false, (one) => value(one.answersPerSecond, 0)),
    grid(
      'Plain requests: p50 / p99 in ms (added to the direct p50)',
      false,
      (one) => `${precise(one.p50Ms.median)} / ${precise(one.p99Ms.median)}${added(one, one.addedP50Ms)}`,
    ),
    grid('Plain requests: CPU µs a request, own + servers’ (× chain)', false, cpu),
    grid('Streams of 100 chunks: first token p50 in ms (added to direct)', true, (one) => {
      const time = detail === 'spreads' ? value(one.firstBodyP50Ms, 2) : precise(one.firstBodyP50Ms.median);
      return `${time}${added(one, one.addedFirstBodyMs)}`;
    }),
    grid('Streams: chunks/s', true, (one) => value(one.chunksPerSecond, 0)),
    grid('Streams: CPU µs a stream of 100 chunks, own + servers’ (× chain)', true, cpu),
  ].filter((text) => text !== '');
}

function gridOf(runs: readonly WholeRun[], names: readonly string[], show: Show): string {
  const targets = [...new Set(runs.flatMap(({ cells }) => cells.map(({ target }) => target)))];
  const cellText = (target: string, name: string): string => {
    const found = runs.flatMap(({ cells }) => cells.filter((one) => one.target === target && one.cell === name));
    const flagged = found.some(({ flags }) => flags.length > 0);
    return `${found.map(show).join(' · ')}${flagged ? ' ⚑' : ''}`;
  };
  return table(
    ['target', ...names.map(cellTitle)],
    targets.map((target) => [`\`${target}\``, ...names.map((name) => cellText(target, name))]),
  );
}

/** `plain@16` → `16`, `50ms@256` → `256, vendor 50 ms`. */
function cellTitle(name: string): string {
  const [kind = '', inFlight = ''] = name.split('@');
  return kind === '50ms' ? `${inFlight}, vendor takes 50 ms` : inFlight;
}

const added = ({ target }: CellFigures, ms: number): string =>
  target === 'direct' ? '' : ` (+${precise(Math.max(0, ms))})`;

export function startTable(runs: readonly WholeRun[]): string {
  const names = [...new Set(runs.flatMap(({ targets }) => targets.map(({ target }) => target)))];
  const rows = names
    .filter((name) => name !== 'direct')
    .map((name) => {
      const found = runs.flatMap(({ targets }) => targets.filter(({ target }) => target === name));
      const each = (show: (one: (typeof found)[number]) => string): string => found.map(show).join(' · ');
      return [
        `\`${name}\``,
        each(({ startMs }) => startMs.toFixed(0)),
        found[0] === undefined ? '' : `${found[0].processes} + ${found[0].servers}`,
        each(({ idleMb }) => `${idleMb.own.toFixed(0)} + ${idleMb.servers.toFixed(0)}`),
        each(({ endMb }) => `${endMb.own.toFixed(0)} + ${endMb.servers.toFixed(0)}`),
      ];
    });
  return table(
    [
      'target',
      'start to first answer, ms',
      'processes + servers’',
      'resident MB idle, own + servers’',
      'after the load',
    ],
    rows,
  );
}

export function openTable(open: readonly OpenStreams[]): string {
  return table(
    [
      'target',
      'open, of them alive',
      'resident MB before, own + servers’',
      'while open',
      'own, shared pages once',
      'kB a stream',
      'CPU ms/s',
    ],
    open.map((one) => [
      `\`${one.target}\``,
      `${one.open} of ${one.wanted}, ${one.alive}${faultsOf(one)}`,
      `${one.idleMb.own.toFixed(0)} + ${one.idleMb.servers.toFixed(0)}`,
      `${one.openMb.own.toFixed(0)} + ${one.openMb.servers.toFixed(0)}`,
      one.openProportionalMb.toFixed(0),
      (((one.openMb.own - one.idleMb.own) * 1_000) / Math.max(1, one.open)).toFixed(0),
      one.cpuMsPerSecond.toFixed(0),
    ]),
  );
}

function faultsOf({ faults }: OpenStreams): string {
  const told = Object.entries(faults).map(([fault, count]) => `${count} × ${fault}`);
  return told.length === 0 ? '' : ` (${told.join(', ')})`;
}

export function partsTable(parts: readonly PartFigures[], detail: Detail): string {
  return table(
    ['part', 'way', 'at once', 'per second', 'p50 µs', 'CPU µs, all processes'],
    parts.map((one) => [
      one.part,
      one.way,
      one.inFlight === 0 ? '' : String(one.inFlight),
      shown(one.perSecond, 0, detail),
      shown(one.p50Us, 1, detail),
      one.cpuUs.median.toFixed(1),
    ]),
  );
}

export function growthTable({ lines }: GrowthFigures): string {
  return table(
    ['more of', 'figure', 'at size: figure', 'one more adds', 'last over first'],
    lines.map((line) => [
      line.of,
      line.figure,
      line.points.map(({ size, figure }) => `${size.toLocaleString('en')}: ${precise(figure.median)}`).join(' · '),
      line.perUnit.toPrecision(2),
      shown(line.lastToFirst, 2, 'spreads'),
    ]),
  );
}

export function coresText({ cores }: GrowthFigures): string {
  return cores
    .map(
      ({ target, cpuUs, cores: count }) =>
        `- ${target}: ${cpuUs.toFixed(0)} µs of CPU a request, servers included → ${count.toFixed(1)} cores for 10,000 requests/s (extrapolated, with nothing lost in waiting)`,
    )
    .join('\n');
}

export function goalsTable(goals: readonly Judgement[]): string {
  return table(
    ['goal', 'bound', 'measured', ''],
    goals.map(({ goal, bound, measured, isMet }) => [goal, bound, measured.join(' · '), isMet ? 'met' : '**not met**']),
  );
}

export function doubts(runs: readonly WholeRun[]): string {
  const flagged = runs.flatMap(({ cells }, run) =>
    cells.filter(({ flags }) => flags.length > 0).map((one) => ({ ...one, run: run + 1 })),
  );
  if (flagged.length === 0) return 'None.';
  const used = flagMeanings.filter(({ name }) =>
    flagged.some(({ flags }) => flags.some((flag) => flag.startsWith(name))),
  );
  return [
    ...used.map(({ name, what }) => `- **${name}**: ${what}`),
    '',
    ...flagged.map(({ run, target, cell, flags }) => `- run ${run}, ${target} ${cell}: ${flags.join(', ')}`),
  ].join('\n');
}

function shown({ median, min, max }: Spread, digits: number, detail: Detail): string {
  const text = (value: number) => value.toFixed(digits);
  return detail === 'medians' || min === max ? text(median) : `${text(median)} [${text(min)}–${text(max)}]`;
}

export const precise = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
