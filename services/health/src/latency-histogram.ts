/**
 * Latencies in buckets that grow by a fifth, so that a percentile is right to about a tenth whatever its size, in a fixed
 * space and without keeping samples. Immutable: adding gives a new histogram. Plain arrays, because a copy of one costs a
 * fiftieth of a typed array's, whose memory is asked of the system.
 */
export type Histogram = readonly number[];

const GROWTH = 1.2;
const LOG_GROWTH = Math.log(GROWTH);
/** Up to 1.2^76 ms, about seventeen minutes; longer ones count as that. */
const BUCKETS = 78;

export const noLatencies: Histogram = new Array<number>(BUCKETS).fill(0);

function bucketOf(ms: number): number {
  if (ms <= 1) return 0;
  return Math.min(BUCKETS - 1, 1 + Math.floor(Math.log(ms) / LOG_GROWTH));
}

/** The middle of a bucket, in ms. */
function valueOf(bucket: number): number {
  if (bucket === 0) return 1;
  return Math.round(GROWTH ** (bucket - 0.5) * 10) / 10;
}

/** The histogram with one latency (ms) more. */
export function withLatency(histogram: Histogram, ms: number): Histogram {
  const next = histogram.slice();
  const bucket = bucketOf(ms);
  next[bucket] = (next[bucket] ?? 0) + 1;
  return next;
}

/** Several histograms as one. */
export function mergeHistograms(histograms: readonly Histogram[]): Histogram {
  const sum = new Array<number>(BUCKETS).fill(0);
  for (const histogram of histograms)
    for (let at = 0; at < BUCKETS; at += 1) sum[at] = (sum[at] ?? 0) + (histogram[at] ?? 0);
  return sum;
}

export function samplesIn(histogram: Histogram): number {
  let samples = 0;
  for (const count of histogram) samples += count;
  return samples;
}

/** The latency (ms) that a share (0–1) of the samples does not exceed; null when there are fewer than `atLeast`. */
export function percentile(histogram: Histogram, share: number, atLeast: number): number | null {
  const samples = samplesIn(histogram);
  if (samples === 0 || samples < atLeast) return null;
  const rank = Math.max(1, Math.ceil(samples * share));
  let seen = 0;
  for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
    seen += histogram[bucket] ?? 0;
    if (seen >= rank) return valueOf(bucket);
  }
  return null;
}
