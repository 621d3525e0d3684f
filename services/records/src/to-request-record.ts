// One request as its caller sees it, from what the sink said at its end and from what the facts say of its attempts.
import { addUsage, noUsage, type UsageBuckets } from '@skein/contracts/attempt';
import type { CompletionFinishedFact } from '@skein/contracts/orchestrator';
import type { RequestRecord } from '@skein/contracts/records';
import { traceIdOf } from '@skein/telemetry';
import { foldAttempt, newsOfSummary, type AttemptRecord } from './fold-attempt.js';

/**
 * The record of a request. Without the sink's word (`finished` is null) it is still running, as far as anyone knows; null
 * where nothing at all is known.
 */
export function toRequestRecord(
  finished: CompletionFinishedFact | null,
  facts: readonly AttemptRecord[],
): RequestRecord | null {
  const attempts = (finished === null ? [...facts] : withSummaries(finished, facts)).sort((a, b) => a.no - b.no);
  const known = finished === null ? runningRequest(attempts) : finishedRequest(finished);
  if (known === null) return null;
  const startedAt = Math.min(known.startedAt, ...attempts.map((attempt) => attempt.startedAt));
  const isFree = finished?.cache === 'hit' && attempts.length === 0;
  return {
    ...known.record,
    attempts: attempts.map(({ summary, state }) => ({ ...summary, outcome: state })),
    usage: isFree ? noUsage : sumUsage(attempts),
    cost_nano_usd: isFree ? 0 : sumCosts(attempts),
    created_at: new Date(startedAt).toISOString(),
  };
}

type KnownRecord = Omit<RequestRecord, 'attempts' | 'usage' | 'cost_nano_usd' | 'created_at'>;

function finishedRequest(fact: CompletionFinishedFact): { startedAt: number; record: KnownRecord } {
  return {
    startedAt: Math.round(fact.at - fact.total_ms),
    record: {
      id: fact.request_id,
      status: fact.status,
      tenant: fact.caller.tenant,
      user: fact.caller.user,
      task: fact.task,
      request: { model: fact.requested_model, stream: fact.stream, metadata: fact.metadata },
      explanation: fact.explanation,
      cache: fact.cache,
      overhead_ms: fact.overhead_ms,
      total_ms: fact.total_ms,
      error: fact.error,
      trace_id: fact.trace_id ?? traceIdOf(fact.traceparent),
    },
  };
}

/** Until the sink has spoken, the first attempt is all there is to tell by. */
function runningRequest([first]: readonly AttemptRecord[]): { startedAt: number; record: KnownRecord } | null {
  if (first === undefined) return null;
  return {
    startedAt: first.startedAt,
    record: {
      id: first.requestId,
      status: 'running',
      tenant: first.tenant,
      user: first.user,
      task: first.task,
      request: { model: `${first.summary.vendor}/${first.summary.model}`, stream: false, metadata: {} },
      explanation: null,
      cache: null,
      overhead_ms: null,
      total_ms: null,
      error: null,
      trace_id: traceIdOf(first.traceparent ?? undefined),
    },
  };
}

/** The worker's own facts come before the sink's account of the same attempt, in whatever order they arrived. */
function withSummaries(finished: CompletionFinishedFact, facts: readonly AttemptRecord[]): AttemptRecord[] {
  const attempts = new Map(facts.map((attempt) => [attempt.id, attempt]));
  finished.attempts.forEach((summary, index) => {
    const known = attempts.get(summary.id) ?? null;
    const news = newsOfSummary(summary, {
      requestId: finished.request_id,
      tenant: finished.caller.tenant,
      user: finished.caller.user,
      no: known?.no ?? index + 1,
      startedAt: Math.round(finished.at - summary.total_ms),
      task: finished.task,
      traceparent: finished.traceparent ?? null,
    });
    attempts.set(summary.id, foldAttempt(known, news));
  });
  return [...attempts.values()];
}

function sumUsage(attempts: readonly AttemptRecord[]): UsageBuckets | null {
  const known = attempts.flatMap(({ summary: { usage } }) => (usage === null ? [] : [usage]));
  return known.length === 0 ? null : known.reduce(addUsage);
}

/** Nano-USD over the attempts whose cost is known; null while none is. */
function sumCosts(attempts: readonly AttemptRecord[]): number | null {
  const known = attempts.flatMap(({ summary: { cost_nano_usd: cost } }) => (cost === null ? [] : [cost]));
  return known.length === 0 ? null : known.reduce((sum, cost) => sum + cost, 0);
}
