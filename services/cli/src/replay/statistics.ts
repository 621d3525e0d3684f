/** What a replay came to, as pure sums over its samples. Latencies in ms, money in nano-USD. */
export interface Sample {
  readonly task: string;
  /** `vendor/model` of what answered; the model asked for when nothing did. */
  readonly model: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Null when the price of the model is unknown or nothing was answered. */
  readonly costNano: bigint | null;
  readonly totalMs: number;
  /** Null on unstreamed and failed requests. */
  readonly firstTokenMs: number | null;
  readonly cacheHit: boolean;
  /** Did it take more than one attempt? */
  readonly failedOver: boolean;
  /** Why it failed; null when it was answered. */
  readonly failure: string | null;
}

export interface Spread {
  readonly p50: number;
  readonly p95: number;
}

export interface Totals {
  readonly requests: number;
  readonly failed: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costNano: bigint;
  /** Answers whose cost nobody knows; they are not in the sum. */
  readonly unpriced: number;
  /** Over answered requests; null when there are none. */
  readonly latencyMs: Spread | null;
  /** Over streamed answers; null when there are none. */
  readonly firstTokenMs: Spread | null;
  readonly cacheHits: number;
  readonly failovers: number;
}

export interface ReplaySummary {
  readonly all: Totals;
  readonly byTask: ReadonlyMap<string, Totals>;
  readonly byModel: ReadonlyMap<string, Totals>;
  /** Reasons of failures with their number, most frequent first. */
  readonly failures: ReadonlyMap<string, number>;
}

export function summarise(samples: readonly Sample[]): ReplaySummary {
  return {
    all: total(samples),
    byTask: totalsBy(samples, (sample) => sample.task),
    byModel: totalsBy(samples, (sample) => sample.model),
    failures: countFailures(samples),
  };
}

/**
 * The smallest value that at least `share` (0–1) of all values do not exceed (nearest rank): always a value that was
 * measured. Null of nothing.
 */
export function percentile(values: readonly number[], share: number): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  const rank = Math.max(1, Math.ceil(share * sorted.length));
  return sorted[rank - 1] ?? null;
}

function totalsBy(samples: readonly Sample[], keyOf: (sample: Sample) => string): Map<string, Totals> {
  const groups = Map.groupBy(samples, keyOf);
  return new Map([...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, group]) => [key, total(group)]));
}

function total(samples: readonly Sample[]): Totals {
  const answered = samples.filter(({ failure }) => failure === null);
  return {
    requests: samples.length,
    failed: samples.length - answered.length,
    inputTokens: sum(answered.map(({ inputTokens }) => inputTokens)),
    outputTokens: sum(answered.map(({ outputTokens }) => outputTokens)),
    costNano: answered.reduce((cost, sample) => cost + (sample.costNano ?? 0n), 0n),
    unpriced: answered.filter(({ costNano }) => costNano === null).length,
    latencyMs: spread(answered.map(({ totalMs }) => totalMs)),
    firstTokenMs: spread(answered.flatMap(({ firstTokenMs }) => firstTokenMs ?? [])),
    cacheHits: answered.filter(({ cacheHit }) => cacheHit).length,
    failovers: answered.filter(({ failedOver }) => failedOver).length,
  };
}

function spread(values: readonly number[]): Spread | null {
  const p50 = percentile(values, 0.5);
  const p95 = percentile(values, 0.95);
  return p50 === null || p95 === null ? null : { p50, p95 };
}

function countFailures(samples: readonly Sample[]): Map<string, number> {
  const groups = Map.groupBy(
    samples.flatMap(({ failure }) => failure ?? []),
    (reason) => reason,
  );
  return new Map([...groups].map(([reason, group]) => [reason, group.length] as const).sort(([, a], [, b]) => b - a));
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
