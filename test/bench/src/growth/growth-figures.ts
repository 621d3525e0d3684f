import type { Spread } from '../statistics.ts';

/** One size of what grows, and what it does to the figure. */
export interface GrowthPoint {
  readonly size: number;
  readonly figure: Spread;
}

/** How one thing grows: the points measured, and the straight line through their medians. */
export interface GrowthLine {
  /** Such as `workers`. */
  readonly of: string;
  /** What is measured and in which unit. */
  readonly figure: string;
  readonly points: readonly GrowthPoint[];
  /** Least squares over the medians: the figure at nothing, and what one more adds. */
  readonly atNothing: number;
  readonly perUnit: number;
  /** The figure at the largest size over that at the smallest: the median of the rounds' ratios. */
  readonly lastToFirst: Spread;
}

/** Extrapolated from the CPU of one request over all processes and servers, µs. */
export interface CoresFor {
  readonly target: string;
  readonly cpuUs: number;
  readonly cores: number;
}

export interface GrowthFigures {
  readonly lines: readonly GrowthLine[];
  /** Cores at which everything on would pass 10,000 requests/s. */
  readonly cores: readonly CoresFor[];
}

/** The straight line of least squares through points; flat where there is one. */
export function fitLine(points: readonly { x: number; y: number }[]): { atNothing: number; perUnit: number } {
  const mean = (read: (point: { x: number; y: number }) => number): number =>
    points.reduce((sum, point) => sum + read(point), 0) / Math.max(1, points.length);
  const meanX = mean(({ x }) => x);
  const meanY = mean(({ y }) => y);
  const spread = points.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0);
  const perUnit = spread === 0 ? 0 : points.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0) / spread;
  return { atNothing: meanY - perUnit * meanX, perUnit };
}
