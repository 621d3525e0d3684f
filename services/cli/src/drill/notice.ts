/** What customers would have noticed while a vendor was out: pure sums. Latencies in ms. */
import { percentile } from '../replay/statistics.js';

export interface DrillSample {
  readonly totalMs: number;
  /** Who answered; null when nobody did. */
  readonly vendor: string | null;
  readonly attempts: number;
  /** Why it failed; null when it was answered. */
  readonly failure: string | null;
}

export interface Noticed {
  readonly requests: number;
  readonly failed: number;
  /** Reasons of failures, each once. */
  readonly reasons: readonly string[];
  /** Answers that took more than one attempt. */
  readonly failedOver: number;
  readonly p50: number | null;
  readonly p99: number | null;
  /** Against the mesh with all vendors in; null where either is unknown. */
  readonly extraP50: number | null;
  readonly extraP99: number | null;
  /** Vendors that answered, with their number, most first. */
  readonly answeredBy: readonly (readonly [vendor: string, answers: number])[];
}

export function notice(samples: readonly DrillSample[], usual: Noticed | null): Noticed {
  const answered = samples.filter(({ failure }) => failure === null);
  const latencies = answered.map(({ totalMs }) => totalMs);
  const p50 = percentile(latencies, 0.5);
  const p99 = percentile(latencies, 0.99);
  const byVendor = Map.groupBy(answered, ({ vendor }) => vendor ?? 'unknown');
  return {
    requests: samples.length,
    failed: samples.length - answered.length,
    reasons: [...new Set(samples.flatMap(({ failure }) => failure ?? []))],
    failedOver: answered.filter(({ attempts }) => attempts > 1).length,
    p50,
    p99,
    extraP50: extra(p50, usual?.p50 ?? null),
    extraP99: extra(p99, usual?.p99 ?? null),
    answeredBy: [...byVendor].map(([vendor, own]) => [vendor, own.length] as const).sort(([, a], [, b]) => b - a),
  };
}

function extra(now: number | null, usual: number | null): number | null {
  return now === null || usual === null ? null : now - usual;
}
