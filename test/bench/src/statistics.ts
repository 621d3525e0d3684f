/** Of sorted values, the one below which the share lies; 0 when there are none. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Half the way from the least to the most, as a share of the median. */
export function relativeSpread({ median, min, max }: Spread): number {
  return median === 0 ? 0 : (max - min) / 2 / median;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle] : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
  return { median: median ?? 0, min: sorted[0] ?? 0, max: sorted[sorted.length - 1] ?? 0 };
}
