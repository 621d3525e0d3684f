import { formatUsd } from '@skein/catalog';
import type { AnswerHead } from '@skein/contracts/attempt';
import type { AttemptSummary } from '@skein/contracts/orchestrator';

export { attemptsOf } from '@skein/bus';

/** What the mesh added, in ms: the request's time less the vendors' own. */
export function overheadMs(totalMs: number, attempts: readonly AttemptSummary[]): number {
  const vendorsMs = attempts.reduce((sum, attempt) => sum + attempt.total_ms, 0);
  return Math.max(0, Math.round((totalMs - vendorsMs) * 1000) / 1000);
}

/** Headers that are known as soon as it is known who answers. */
export function headHeaders(requestId: string, head: AnswerHead): Record<string, string> {
  const notice = head.notices.join('; ');
  return {
    'x-request-id': requestId,
    'x-skein-vendor': head.vendor,
    'x-skein-model': headerText(head.model),
    'x-skein-reason': headerText(head.reason),
    'x-skein-attempts': String(head.cache === 'hit' ? 0 : head.attempt_no),
    'x-skein-cache': head.cache,
    ...(notice !== '' && { 'x-skein-notice': headerText(notice) }),
  };
}

/** Headers that need the whole answer: what it cost and what the mesh added. */
export function closingHeaders(attempts: readonly AttemptSummary[], totalMs: number): Record<string, string> {
  const cost = costOf(attempts);
  return {
    'x-skein-attempts': String(attempts.length),
    'x-skein-overhead-ms': String(overheadMs(totalMs, attempts)),
    ...(cost !== null && { 'x-skein-cost-usd': formatUsd(cost) }),
  };
}

/**
 * What a request cost, nano-USD: all its attempts together. Null when an attempt used something whose price nobody knows;
 * an attempt that used nothing costs nothing.
 */
export function costOf(attempts: readonly AttemptSummary[]): number | null {
  let sum = 0;
  for (const { cost_nano_usd, usage, outcome } of attempts) {
    if (cost_nano_usd !== null) sum += cost_nano_usd;
    else if (usage !== null || outcome === 'finished') return null;
  }
  return sum;
}

/** Header values are ASCII on one line, whatever a vendor or a model is called. */
export function headerText(text: string): string {
  return text.replace(/[^\x20-\x7e]+/g, ' ').trim();
}
