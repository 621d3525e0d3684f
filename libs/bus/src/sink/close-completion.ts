// What a sink tells others when a completion is over: the record of it, and the answer where the conductor wants it kept.
import { StoreAnswer } from '@skein/contracts/cache';
import { operationTable } from '@skein/contracts/operation';
import {
  CompletionFinished,
  type AttemptSummary,
  type CompletionFinishedFact,
  type CompletionOrder,
  type CompletionResult,
} from '@skein/contracts/orchestrator';
import { RequestBody } from '@skein/contracts/wire';
import { traceIdOf } from '@skein/telemetry';
import { passTailOn } from '../tailed-json.js';
import type { Bus } from '../types.js';
import type { AnswerEnd } from './answer-stream.js';

export interface ClosedCompletion {
  readonly order: CompletionOrder;
  /** The conductor's word; null when it was lost. */
  readonly result: CompletionResult | null;
  readonly answer: AnswerEnd;
  readonly totalMs: number;
  /** What the mesh added, where the sink knows better than total less vendors'. */
  readonly overheadMs?: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly traceparent: string | undefined;
}

/** The attempts of a request: the conductor's word, or what the frames themselves said when the conductor was lost. */
export function attemptsOf(result: CompletionResult | null, end: AnswerEnd): readonly AttemptSummary[] {
  if (result !== null) return result.attempts;
  const { head, usage } = end;
  if (head === null || head.cache === 'hit') return [];
  return [
    {
      id: head.attempt_id,
      vendor: head.vendor,
      model: head.model,
      outcome: end.status === 'succeeded' ? 'finished' : 'unknown',
      first_byte_ms: usage?.first_byte_ms ?? null,
      total_ms: usage?.total_ms ?? 0,
      usage: usage?.usage ?? null,
      usage_source: usage?.usage_source ?? 'none',
      cost_nano_usd: usage?.cost_nano_usd ?? null,
      error: null,
    },
  ];
}

/** What a prompt was taken for; only a prompt has a task. A conductor of an earlier version says it in its explanation alone. */
export function taskOf({ operation }: CompletionOrder, result: CompletionResult | null): string | null {
  if (result === null || !operationTable[operation].isClassified) return null;
  return result.task === undefined ? (result.explanation?.features.task ?? null) : result.task;
}

/** What became of a request, for records and reports. Pure. */
export function toCompletionFinished(closed: ClosedCompletion): CompletionFinishedFact {
  const { order, result, answer, totalMs, overheadMs, at, traceparent } = closed;
  const attempts = [...attemptsOf(result, answer)];
  const vendorMs = attempts.reduce((sum, attempt) => sum + attempt.total_ms, 0);
  return passTailOn('explanation', result, {
    request_id: order.request_id,
    kind: order.kind,
    operation: order.operation,
    caller: order.caller,
    status: answer.status,
    requested_model: order.model,
    stream: order.stream,
    task: taskOf(order, result),
    metadata: order.metadata,
    cache: result?.cache ?? answer.head?.cache ?? 'off',
    attempts,
    overhead_ms: overheadMs ?? (result === null ? null : Math.max(0, totalMs - vendorMs)),
    total_ms: totalMs,
    error: answer.error?.toWire() ?? null,
    trace_id: traceIdOf(traceparent),
    at,
    ...(traceparent !== undefined && { traceparent }),
  });
}

/** Hands a whole, successful answer that the conductor wants kept to the cache. A cache that is away loses nothing but a hit. */
export function keepAnswer(
  bus: Bus,
  { order, result, answer, at }: Pick<ClosedCompletion, 'order' | 'result' | 'answer' | 'at'>,
): void {
  const { head, kept, usage } = answer;
  if (answer.status !== 'succeeded' || result?.store_as == null || head === null || kept === null) return;
  const origin = {
    vendor: head.vendor,
    model: head.model,
    request_id: order.request_id,
    usage: usage?.usage ?? null,
    finish_reason: usage?.finish_reason ?? null,
    stored_at: at,
  };
  bus.tell(
    StoreAnswer,
    { key: result.store_as, form: kept.form, origin },
    {
      requestId: order.request_id,
      tenant: order.caller.tenant,
      deadline: performance.now() + StoreAnswer.deadlineMs,
    },
    new RequestBody(kept.bytes),
  );
}

/** Tells record and cache. They may be down: a rejection is for the log, nobody else waits. */
export async function closeCompletion(bus: Bus, closed: ClosedCompletion): Promise<void> {
  keepAnswer(bus, closed);
  await bus.state(CompletionFinished, toCompletionFinished(closed), 'soon');
}
