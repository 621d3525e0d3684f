/** What the READMEs say of the last full run, between markers, so that prose around it stays. */
import type { Results } from '../results.ts';
import { describe } from './markdown.ts';
import {
  coresText,
  goalsTable,
  growthTable,
  openTable,
  partsTable,
  precise,
  startTable,
  table,
  wholeTables,
} from './tables.ts';

const MARK = 'bench results';
const begin = `<!-- ${MARK}: written by npm run bench:publish -->`;
const end = `<!-- end of ${MARK} -->`;

/** Throws when a text lacks the markers. */
export function putSection(text: string, section: string): string {
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`A README lacks the markers "${begin}" and "${end}"`);
  return `${text.slice(0, from + begin.length)}\n\n${section}\n\n${text.slice(to)}`;
}

/** For the bench's own README: all of it, medians alone. */
export function benchSection(results: Results): string {
  const { runs, rounds, open, parts, growth, goals, missing } = results;
  return [
    `${describe(results.machine)}. ${countRuns(results)} of ${rounds} alternating rounds, with all targets started afresh${runs.length > 1 ? ': figures are \`first run · second run\`, medians' : ': figures are medians'} over the rounds; [results/latest.md](results/latest.md) has them with their spread, ⚑ marks cells with a doubt that is listed there.`,
    ...missing.map(({ what, why }) => `Left out: ${what} (${why}).`),
    `![Requests per second](results/requests.svg)`,
    `![CPU per request](results/cpu.svg)`,
    `![Latency](results/latency.svg)`,
    `![Streams](results/streams.svg)`,
    `### Goals\n\n${metCount(results)}\n\n${goalsTable(goals)}`,
    `### Side by side\n\n${wholeTables(runs, 'medians').join('\n\n')}`,
    `### Start and memory\n\n${startTable(runs)}`,
    `**Streams that stay open, all at once**\n\n${openTable(open)}`,
    `### Parts\n\n${partsTable(parts, 'medians')}`,
    growth === null
      ? ''
      : `### Growth\n\n![Growth](results/growth.svg)\n\n${growthTable(growth)}\n\n${coresText(growth)}`,
  ]
    .filter((text) => text !== '')
    .join('\n\n');
}

/** For the project's README: what somebody wants to know who compares gateways. */
export function projectSection(results: Results): string {
  const { runs } = results;
  const names = [...new Set(runs.flatMap(({ cells }) => cells.map(({ target }) => target)))];
  const shown = names.filter((name) => name !== 'direct' && name !== 'node-raw');
  const find = (name: string, cell: string) =>
    runs.flatMap(({ cells }) => cells.filter((one) => one.target === name && one.cell === cell));
  const rows = shown.map((name) => [
    `\`${name}\``,
    ...['plain@16', 'plain@64', 'plain@256'].map((cell) =>
      find(name, cell)
        .map((one) => one.answersPerSecond.median.toFixed(0))
        .join(' · '),
    ),
    find(name, 'plain@1')
      .map((one) => precise(one.addedP50Ms))
      .join(' · '),
    find(name, 'plain@16')
      .map((one) => one.cpuUs.median.toFixed(0))
      .join(' · '),
    find(name, 'stream@1')
      .map((one) => precise(one.addedFirstBodyMs))
      .join(' · '),
  ]);
  return [
    `Everything on, the whole gateway with its servers on one core (${results.machine.cpu}, Node ${results.machine.node}), beside other gateways that were run in the same rounds; figures of ${countRuns(results)} at commit ${results.machine.commit}:`,
    table(
      [
        '',
        'requests/s at 16',
        'at 64',
        'at 256 in flight',
        'added ms at 1',
        'CPU µs a request at 16',
        'ms to the first token, added',
      ],
      rows,
    ),
    `![CPU per request](test/bench/results/cpu.svg)`,
    `${metCount(results)} Which, how it was measured, parts, growth and what was tried: [test/bench](test/bench/README.md).`,
  ].join('\n\n');
}

const countRuns = ({ runs }: Results): string => (runs.length === 1 ? 'one run' : `${runs.length} runs`);

function metCount({ goals, runs }: Results): string {
  const met = goals.filter(({ isMet }) => isMet).length;
  return `${met} of ${goals.length} goals are met${runs.length > 1 ? ' in each run' : ''}.`;
}
