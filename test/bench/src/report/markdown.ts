import type { Machine } from '../machine.ts';
import type { Results } from '../results.ts';
import {
  coresText,
  doubts,
  goalsTable,
  growthTable,
  openTable,
  partsTable,
  startTable,
  table,
  wholeTables,
} from './tables.ts';

/** The run as a page: every figure with [min–max] over its rounds. */
export function renderMarkdown(results: Results): string {
  const { machine, effort, rounds, seconds, runs, open, parts, growth, goals, missing, whatTargetsAre } = results;
  const section = (title: string, body: string): string => `### ${title}\n\n${body}\n`;
  return [
    '# Bench results\n',
    `${describe(machine)}\n\n${effort}: ${runs.length} × ${rounds} alternating rounds, ${seconds.toFixed(0)} s in all. Cells are the median over the rounds [min–max], of each run; ⚑ marks doubts, listed at the end.\n`,
    table(
      ['target', 'what it is'],
      Object.entries(whatTargetsAre).map(([name, what]) => [`\`${name}\``, what]),
    ) + '\n',
    ...missing.map(({ what, why }) => `Left out: ${what} (${why}).\n`),
    ...wholeTables(runs, 'spreads').map((text) => `${text}\n`),
    runs.length === 0 ? '' : section('Start and memory', startTable(runs)),
    open.length === 0 ? '' : section('Streams that stay open', openTable(open)),
    parts.length === 0 ? '' : section('Parts', partsTable(parts, 'spreads')),
    growth === null ? '' : section('Growth', `${growthTable(growth)}\n\n${coresText(growth)}`),
    goals.length === 0 ? '' : section('Goals', goalsTable(goals)),
    runs.length === 0 ? '' : section('Doubts', doubts(runs)),
  ]
    .filter((text) => text !== '')
    .join('\n');
}

export function describe(machine: Machine): string {
  const pinned = machine.pinned ? 'subject pinned to core 0, load and mock vendor to core 1' : 'NOT pinned';
  return (
    `${machine.date} · commit ${machine.commit}${machine.dirty ? ' with changes' : ''} · ${machine.cores} × ${machine.cpu}, ` +
    `${machine.memoryGb} GB, Linux ${machine.kernel}, Node ${machine.node} · ${pinned} · load average before ${machine.loadBefore.toFixed(1)}`
  );
}
