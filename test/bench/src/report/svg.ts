/** Bars, one panel a measure: what is compared stands side by side, the line over a bar's end is [min–max] over the rounds. */
import type { Spread } from '../statistics.ts';
import type { Results } from '../results.ts';
import type { CellFigures } from '../summary.ts';

interface Bar {
  readonly label: string;
  readonly value: Spread;
  /** The part of the value that the backing servers used. */
  readonly tail?: number;
  readonly color: string;
}

interface Panel {
  readonly title: string;
  readonly unit: string;
  readonly groups: readonly { readonly name: string; readonly bars: readonly Bar[] }[];
}

const colors: Record<string, string> = {
  direct: '#9aa0a6',
  'node-raw': '#7a8b99',
  chain: '#4c6a85',
  nginx: '#5b8f6b',
  portkey: '#8a6fb0',
  ccr: '#b08ac9',
  'skein-one': '#d9622b',
  'skein-three': '#e79a4f',
  'skein-apart': '#f0c48a',
};
const OTHER_COLOR = '#999999';
const SERVER_COLOR = '#2f2f2f';
const WIDTH = 860;
const LEFT = 190;
const RIGHT = 130;
const BAR = 15;
const GAP = 4;

export const plots = ['requests', 'cpu', 'latency', 'streams'] as const;
export type Plot = (typeof plots)[number];

/** Of the first run: the panels of these plots, one below the other. */
export function renderSvg({ runs, machine }: Results, which: readonly Plot[]): string {
  const cells = runs[0]?.cells ?? [];
  const panel = (title: string, unit: string, isStream: boolean, read: Read): Panel => {
    const shown = cells.filter(({ stream }) => stream === isStream);
    const groups = [...Map.groupBy(shown, ({ cell }) => cell)].map(([name, group]) => ({
      name,
      bars: group.flatMap((one) => {
        return one.target === 'direct'
          ? []
          : [{ ...read(one), label: one.target, color: colors[one.target] ?? OTHER_COLOR }];
      }),
    }));
    return { title, unit, groups };
  };
  const panels: Readonly<Record<Plot, () => readonly Panel[]>> = {
    requests: () => [
      panel('Plain requests answered, one core', '/s', false, (one) => ({ value: one.answersPerSecond })),
    ],
    cpu: () => [
      panel('CPU per plain request (dark: backing servers)', 'µs', false, (one) => ({
        value: one.cpuUs,
        tail: one.serverCpuUs.median,
      })),
    ],
    latency: () => [panel('Plain requests, p50', 'ms', false, (one) => ({ value: one.p50Ms }))],
    streams: () => [
      panel('Streams, first token p50', 'ms', true, (one) => ({ value: one.firstBodyP50Ms })),
      panel('CPU per stream of 100 chunks (dark: backing servers)', 'µs', true, (one) => ({
        value: one.cpuUs,
        tail: one.serverCpuUs.median,
      })),
    ],
  };
  let y = 34;
  const drawn = which
    .flatMap((plot) => panels[plot]())
    .filter(({ groups }) => groups.length > 0)
    .map((one) => {
      const { svg, height } = drawPanel(one, y);
      y += height;
      return svg;
    });
  const caption = `${machine.date.slice(0, 10)} · ${machine.commit} · ${machine.cores} × ${machine.cpu} · subject on one core`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}" font-family="system-ui, sans-serif" font-size="12">`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    text(16, 20, caption, 'fill="#666666"'),
    ...drawn,
    '</svg>\n',
  ].join('\n');
}

type Read = (one: CellFigures) => Omit<Bar, 'label' | 'color'>;

function drawPanel({ title, unit, groups }: Panel, top: number): { svg: string; height: number } {
  const most = Math.max(1e-9, ...groups.flatMap(({ bars }) => bars.map(({ value }) => value.max)));
  const scale = (value: number) => (value / most) * (WIDTH - LEFT - RIGHT);
  const parts = [text(16, top + 16, title, 'font-size="14" font-weight="600" fill="#222222"')];
  let y = top + 28;
  for (const { name, bars } of groups) {
    parts.push(text(16, y + BAR - 3, name, 'fill="#444444"'));
    for (const { label, value, tail = 0, color } of bars) {
      const width = scale(value.median);
      const dark = scale(Math.min(tail, value.median));
      parts.push(
        text(LEFT - 8, y + BAR - 3, label, 'text-anchor="end" fill="#444444"'),
        `<rect x="${LEFT}" y="${y}" width="${width.toFixed(1)}" height="${BAR}" fill="${color}"/>`,
        dark > 0
          ? `<rect x="${(LEFT + width - dark).toFixed(1)}" y="${y}" width="${dark.toFixed(1)}" height="${BAR}" fill="${SERVER_COLOR}" fill-opacity="0.55"/>`
          : '',
        `<line x1="${(LEFT + scale(value.min)).toFixed(1)}" x2="${(LEFT + scale(value.max)).toFixed(1)}" y1="${y + BAR / 2}" y2="${y + BAR / 2}" stroke="#111111"/>`,
        text(
          LEFT + Number(Math.max(width, scale(value.max)).toFixed(1)) + 6,
          y + BAR - 3,
          `${short(value.median)} ${unit}`,
          'fill="#222222"',
        ),
      );
      y += BAR + GAP;
    }
    y += 8;
  }
  return { svg: parts.filter((part) => part !== '').join('\n'), height: y - top + 12 };
}

const short = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toFixed(2));

const text = (x: number, y: number, content: string, attributes: string): string =>
  `<text x="${x}" y="${y}" ${attributes}>${content.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</text>`;
