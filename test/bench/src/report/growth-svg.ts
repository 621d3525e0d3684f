/** Small plots of what grows, one a line: sizes on a logarithmic axis, the figure from nothing, bars for [min–max]. */
import type { GrowthFigures, GrowthLine } from '../growth/growth-figures.ts';

const WIDTH = 280;
const HEIGHT = 170;
const COLUMNS = 3;
const INSET = { left: 52, right: 16, top: 40, bottom: 28 };

export function renderGrowthSvg({ lines }: GrowthFigures): string {
  const rows = Math.ceil(lines.length / COLUMNS);
  const plots = lines.map((line, index) => {
    const x = (index % COLUMNS) * WIDTH;
    const y = Math.floor(index / COLUMNS) * HEIGHT;
    return `<g transform="translate(${x} ${y})">\n${plot(line)}\n</g>`;
  });
  const [width, height] = [COLUMNS * WIDTH, rows * HEIGHT];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif" font-size="11">`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    ...plots,
    '</svg>\n',
  ].join('\n');
}

function plot({ of, figure, points }: GrowthLine): string {
  const most = Math.max(1e-9, ...points.map((point) => point.figure.max));
  const sizes = points.map(({ size }) => Math.log(size));
  const [first = 0, last = 1] = [sizes[0], sizes.at(-1)];
  const left = (size: number): number =>
    INSET.left + ((Math.log(size) - first) / Math.max(1e-9, last - first)) * (WIDTH - INSET.left - INSET.right);
  const top = (value: number): number => INSET.top + (1 - value / most) * (HEIGHT - INSET.top - INSET.bottom);
  const path = points.map((point) => `${left(point.size).toFixed(1)},${top(point.figure.median).toFixed(1)}`);
  const bottom = HEIGHT - INSET.bottom;
  return [
    `<text x="12" y="16" font-weight="600" fill="#222222">${of}</text>`,
    `<text x="12" y="30" font-size="9" fill="#666666">${figure}</text>`,
    `<line x1="${INSET.left}" x2="${WIDTH - INSET.right}" y1="${bottom}" y2="${bottom}" stroke="#bbbbbb"/>`,
    `<text x="${INSET.left - 6}" y="${INSET.top + 4}" text-anchor="end" fill="#666666">${label(most)}</text>`,
    `<text x="${INSET.left - 6}" y="${bottom + 4}" text-anchor="end" fill="#666666">0</text>`,
    `<polyline points="${path.join(' ')}" fill="none" stroke="#d9622b" stroke-width="2"/>`,
    ...points.flatMap(({ size, figure: { median, min, max } }) => [
      `<line x1="${left(size).toFixed(1)}" x2="${left(size).toFixed(1)}" y1="${top(min).toFixed(1)}" y2="${top(max).toFixed(1)}" stroke="#111111"/>`,
      `<circle cx="${left(size).toFixed(1)}" cy="${top(median).toFixed(1)}" r="3.5" fill="#d9622b"/>`,
      `<text x="${left(size).toFixed(1)}" y="${bottom + 16}" text-anchor="middle" fill="#444444">${size.toLocaleString('en')}</text>`,
    ]),
  ].join('\n');
}

const label = (value: number): string => (value >= 10 ? value.toFixed(0) : value.toFixed(2));
