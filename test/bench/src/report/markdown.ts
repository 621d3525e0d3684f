import type { Judgement } from '../goals.ts';
import type { Machine } from '../machine.ts';
import { flagMeanings } from '../sanity.ts';
import type { Spread } from '../statistics.ts';
import type { CellFigures, PartFigures } from '../summary.ts';
import type { Results } from '../results.ts';

/** The run as a page: tables of medians with [min–max] over the rounds. */
export function renderMarkdown({ machine, effort, rounds, seconds, cells, targets, parts, goals }: Results): string {
  const targetNames = [...new Set(cells.map(({ target }) => target))];
  const cellNames = [...new Set(cells.map(({ cell }) => cell))];
  const isStream = (cell: string) => cells.some((one) => one.cell === cell && one.stream);
  const grid = (title: string, names: readonly string[], show: (figures: CellFigures) => string) =>
    names.length === 0
      ? ''
      : `### ${title}\n\n${table(
          ['target', ...names],
          targetNames.map((target) => [target, ...names.map((name) => shown(cells, target, name, show))]),
        )}\n`;
  const plain = cellNames.filter((name) => !isStream(name));
  const streams = cellNames.filter(isStream);
  return [
    '# Bench results\n',
    `${describe(machine)}\n\n${effort}: ${rounds} alternating rounds, ${seconds.toFixed(0)} s in all. Cells are the median over the rounds [min–max]; ⚑ marks doubts, listed at the end.\n`,
    grid('Plain requests: answers/s', plain, (one) => spread(one.answersPerSecond, 0)),
    grid(
      'Plain requests: p50 / p99, ms',
      plain,
      (one) => `${one.p50Ms.median.toFixed(2)} / ${one.p99Ms.median.toFixed(2)}`,
    ),
    grid('Plain requests: CPU µs a request, own + servers (× chain)', plain, cpu),
    grid('Streams of 100 chunks: chunks/s', streams, (one) => spread(one.chunksPerSecond, 0)),
    grid(
      'Streams: first token, ms (added to direct)',
      streams,
      (one) => `${spread(one.firstBodyP50Ms, 2)} (+${one.addedFirstBodyMs.toFixed(2)})`,
    ),
    grid('Streams: CPU µs a stream of 100 chunks, own + servers (× chain)', streams, cpu),
    targets.length === 0
      ? ''
      : `### Start and memory\n\n${table(
          [
            'target',
            'start to first answer, ms',
            'processes + servers',
            'idle MB, own + servers',
            'after load MB, own + servers',
          ],
          targets.map((one) => [
            one.target,
            one.startMs.toFixed(0),
            `${one.processes} + ${one.servers}`,
            `${one.idleMb.own.toFixed(0)} + ${one.idleMb.servers.toFixed(0)}`,
            `${one.endMb.own.toFixed(0)} + ${one.endMb.servers.toFixed(0)}`,
          ]),
        )}\n`,
    parts.length === 0 ? '' : `### Parts\n\n${partsTable(parts)}\n`,
    goals.length === 0 ? '' : `### Goals that need no peer\n\n${goalsTable(goals)}\n`,
    `### Doubts\n\n${doubts(cells)}\n`,
  ]
    .filter((section) => section !== '')
    .join('\n');
}

function describe(machine: Machine): string {
  const pinned = machine.pinned ? 'subject pinned to core 0, load and mock vendor to core 1' : 'NOT pinned';
  return (
    `${machine.date} · commit ${machine.commit}${machine.dirty ? ' with changes' : ''} · ${machine.cores} × ${machine.cpu}, ` +
    `${machine.memoryGb} GB, Linux ${machine.kernel}, Node ${machine.node} · ${pinned} · load average before ${machine.loadBefore.toFixed(1)}`
  );
}

function shown(
  cells: readonly CellFigures[],
  target: string,
  cell: string,
  show: (figures: CellFigures) => string,
): string {
  const figures = cells.find((one) => one.target === target && one.cell === cell);
  if (figures === undefined) return '—';
  return `${show(figures)}${figures.flags.length > 0 ? ' ⚑' : ''}`;
}

function cpu({ ownCpuUs, serverCpuUs, cpuToChain, target }: CellFigures): string {
  if (target === 'direct') return '—';
  const ratio = cpuToChain === null || target === 'chain' ? '' : ` (${spread(cpuToChain, 1)})`;
  return `${ownCpuUs.median.toFixed(0)} + ${serverCpuUs.median.toFixed(0)}${ratio}`;
}

function partsTable(parts: readonly PartFigures[]): string {
  return table(
    ['part', 'way', 'at once', 'per second', 'p50 µs', 'CPU µs, all processes'],
    parts.map((one) => [
      one.part,
      one.way,
      one.inFlight === 0 ? '' : String(one.inFlight),
      spread(one.perSecond, 0),
      spread(one.p50Us, 1),
      one.cpuUs.median.toFixed(1),
    ]),
  );
}

function goalsTable(goals: readonly Judgement[]): string {
  return table(
    ['goal', 'bound', 'measured', ''],
    goals.map(({ goal, bound, measured, isMet }) => [goal, bound, measured, isMet ? 'met' : '**not met**']),
  );
}

function doubts(cells: readonly CellFigures[]): string {
  const flagged = cells.filter(({ flags }) => flags.length > 0);
  if (flagged.length === 0) return 'None.';
  const used = flagMeanings.filter(({ name }) =>
    flagged.some(({ flags }) => flags.some((flag) => flag.startsWith(name))),
  );
  return [
    ...used.map(({ name, what }) => `- **${name}**: ${what}`),
    '',
    ...flagged.map(({ target, cell, flags }) => `- ${target} ${cell}: ${flags.join(', ')}`),
  ].join('\n');
}

function spread({ median, min, max }: Spread, digits: number): string {
  const text = (value: number) => value.toFixed(digits);
  return min === max ? text(median) : `${text(median)} [${text(min)}–${text(max)}]`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
