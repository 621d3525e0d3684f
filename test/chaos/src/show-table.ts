import type { NotRun, Row } from './run-fault.js';
import { sum } from './tally.js';

const HEAD = [
  'fault',
  'asked',
  'answered',
  'failed, and why',
  'streams ended by',
  'p50 +ms',
  'p99 +ms',
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
  const streams = sum(tally.streams.values());
  const extra = (p: number): string => {
    const [own, base] = [tally.quantile(p), calm?.tally.quantile(p) ?? null];
    return own === null || base === null ? '–' : String(Math.round(own - base));
  };
  return [
    name,
    String(tally.plainAnswered + tally.plainFailed + streams),
    String(tally.plainAnswered + (tally.streams.get('whole') ?? 0)),
    list(tally.failures) || '0',
    endsOf(tally.streams, books.failovers.filter(({ isMidStream }) => isMidStream).length),
    extra(0.5),
    extra(0.99),
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

const list = (counts: ReadonlyMap<string, number>): string =>
  [...counts].map(([what, count]) => `${count} ${what}`).join(', ');
