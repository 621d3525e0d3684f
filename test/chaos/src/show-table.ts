import type { Failover } from './failovers.js';
import { quantile } from './quantile.js';
import type { NotRun, Row } from './run-fault.js';

const HEAD = [
  'fault',
  'asked',
  'answered',
  'failed, and why',
  'streams ended by',
  'p50 +ms',
  'p99 +ms',
  'to the next vendor p50 / p99 ms',
  'jobs done',
  'jobs lost',
  'served',
  'unknown',
  'drift',
];

/** One Markdown table, a row a fault; latencies are what each has over the first row. */
export function showTable(rows: readonly (Row | NotRun)[]): string {
  const calm = rows.find((row): row is Row => 'tally' in row);
  const lines = rows.map((row) => ('notRun' in row ? [row.name, `not run: ${row.notRun}`] : cellsOf(row, calm)));
  const all = [
    HEAD,
    HEAD.map(() => '---'),
    ...lines.map((cells) => [...cells, ...Array<string>(HEAD.length - cells.length).fill('')]),
  ];
  return all.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function cellsOf({ name, tally, books }: Row, calm: Row | undefined): string[] {
  const extra = (p: number): string => {
    const [own, base] = [tally.quantile(p), calm?.tally.quantile(p) ?? null];
    return own === null || base === null ? '–' : String(Math.round(own - base));
  };
  return [
    name,
    String(tally.asked),
    String(tally.answeredWhole),
    list(tally.failures) || '0',
    endsOf(tally.streams, books.failovers.filter(({ isMidStream }) => isMidStream).length),
    extra(0.5),
    extra(0.99),
    paceOf(books.failovers),
    list(tally.jobs) || '–',
    String(tally.lostJobs),
    String(books.served),
    String(books.unknown),
    String(books.drift),
  ];
}

function endsOf(streams: ReadonlyMap<string, number>, wentOn: number): string {
  const ends = list(new Map([...streams].filter(([end]) => end !== 'whole'))) || 'all whole';
  return wentOn === 0 ? ends : `${ends}, ${wentOn} went on elsewhere`;
}

/** Of failovers; nothing where nobody had to be asked instead. */
function paceOf(failovers: readonly Failover[]): string {
  const times = failovers.map(({ toRequestMs }) => toRequestMs);
  return times.length === 0 ? '' : `${quantile(times, 0.5)} / ${quantile(times, 0.99)}`;
}

const list = (counts: ReadonlyMap<string, number>): string =>
  [...counts].map(([what, count]) => `${count} ${what}`).join(', ');
