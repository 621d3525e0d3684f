import type { Failover } from './failovers.js';
import { quantile } from './quantile.js';

/** Two lines on how fast the next vendor was asked and answered; none where nobody had to be. */
export function showFailovers(failovers: readonly Failover[]): string {
  if (failovers.length === 0) return '';
  const lines = [
    ['request', failovers.map(({ toRequestMs }) => toRequestMs)],
    ['first byte', failovers.flatMap(({ toFirstByteMs }) => (toFirstByteMs === null ? [] : [toFirstByteMs]))],
  ] as const;
  return lines
    .map(([to, times]) => {
      const [p50, p99] = [quantile(times, 0.5), quantile(times, 0.99)];
      return `a vendor failed → the next one's ${to}: p50 ${p50 ?? '–'} ms, p99 ${p99 ?? '–'} ms (${times.length} times)`;
    })
    .join('\n');
}
