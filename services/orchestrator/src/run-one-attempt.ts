import type { Bus } from '@skein/bus';
import {
  AttemptFinished,
  advanceAttempt,
  isSettled,
  plannedAttempt,
  type AnswerHead,
  type AttemptEnding,
  type AttemptLife,
} from '@skein/contracts/attempt';
import { SkeinError, fromWireError, toSkeinError, type ErrorCode } from '@skein/contracts/errors';
import type { AttemptSummary, CompletionOrder } from '@skein/contracts/orchestrator';
import { runAttemptAt, type AttemptOrder, type AttemptOutcome } from '@skein/contracts/provider';
import type { AnswerAcceptance, AttemptLimits, RouteCandidate } from '@skein/contracts/router';
import type { CallContext, RequestBody } from '@skein/contracts/wire';

/** Hearing neither a frame's echo nor `accepted` within this, the conductor goes on to the next candidate. */
const ACCEPT_WITHIN_MS = 250;
/** The worker keeps the attempt's own time; its reply may come this much later. */
const REPLY_GRACE_MS = 1_500;

export interface AttemptTask {
  readonly order: CompletionOrder;
  readonly candidate: RouteCandidate;
  readonly head: AnswerHead;
  readonly body: RequestBody;
  /** The worker to ask. */
  readonly instance: string;
  readonly task: string | null;
  readonly limits: AttemptLimits;
  readonly acceptance: AnswerAcceptance;
  readonly continuation: AttemptOrder['continuation'];
  readonly context: CallContext;
  /** How to stop it, asked when it is stopped. */
  readonly onCancel: () => 'cut' | 'drain';
  /** Give the worker up when it says nothing at once? Only where someone else can answer. */
  readonly mustAccept: boolean;
}

export interface AttemptReport {
  readonly life: AttemptLife;
  readonly summary: AttemptSummary;
  /** Why it did not answer; null when it did. */
  readonly error: SkeinError | null;
  /** What the model wrote, where it was turned down for its form; null otherwise. */
  readonly rejected: string | null;
}

/** The worker never took it up: it was not sent to a vendor. */
const notTaken = new Set<ErrorCode>(['worker_busy', 'no_responders', 'invalid_request']);

/**
 * One attempt from `planned` to its end, by the attempt machine. The worker states what it came to; when the worker is
 * lost, the conductor states `unknown`, and a later fact of the worker's supersedes it.
 */
export async function runOneAttempt(bus: Bus, task: AttemptTask): Promise<AttemptReport> {
  const startedAt = performance.now();
  let life = advanceAttempt(plannedAttempt, 'send');
  try {
    const outcome = await bus.call(
      runAttemptAt(task.candidate.vendor),
      attemptOrder(task),
      { ...task.context, deadline: Math.min(task.context.deadline, startedAt + task.limits.call_ms + REPLY_GRACE_MS) },
      {
        body: task.body,
        instance: task.instance,
        get onAbort() {
          return task.onCancel();
        },
        ...(task.mustAccept && { acceptWithinMs: ACCEPT_WITHIN_MS }),
        onAccepted: () => {
          if (!isSettled(life)) life = advanceAttempt(life, 'accept');
        },
      },
    );
    life = advanceAttempt(life, endingEvents[outcome.outcome]);
    const error = outcome.outcome === 'finished' ? null : errorOf(outcome, task);
    return { life, summary: summaryOf(task, outcome), error, rejected: outcome.rejected ?? null };
  } catch (thrown) {
    const error = toSkeinError(thrown);
    const ending: AttemptEnding = notTaken.has(error.code) ? 'failed' : 'unknown';
    life = advanceAttempt(life, endingEvents[ending]);
    const totalMs = performance.now() - startedAt;
    void bus
      .state(AttemptFinished, {
        ...identityOf(task),
        outcome: ending,
        usage: null,
        usage_source: 'none',
        cost_nano_usd: ending === 'failed' ? 0 : null,
        price_revision: '',
        finish_reason: null,
        first_byte_ms: null,
        total_ms: totalMs,
        stream: task.order.stream,
        sandboxed: false,
        model_served: null,
        vendor_request_id: null,
        error: error.toWire(),
        instance: bus.instance,
      })
      .catch(() => undefined);
    const summary: AttemptSummary = {
      id: task.head.attempt_id,
      vendor: task.candidate.vendor,
      model: task.candidate.model,
      outcome: ending,
      first_byte_ms: null,
      total_ms: totalMs,
      usage: null,
      usage_source: 'none',
      cost_nano_usd: ending === 'failed' ? 0 : null,
      error: error.toWire(),
    };
    return { life, summary, error, rejected: null };
  }
}

const endingEvents = { finished: 'finish', failed: 'fail', cancelled: 'cancel', unknown: 'lose' } as const;

function identityOf({ order, candidate, head, task, context }: AttemptTask) {
  return {
    attempt_id: head.attempt_id,
    request_id: order.request_id,
    attempt_no: head.attempt_no,
    kind: order.kind,
    caller: order.caller,
    vendor: candidate.vendor,
    model: candidate.model,
    task,
    at: Date.now(),
    ...(context.traceparent !== undefined && { traceparent: context.traceparent }),
  };
}

function attemptOrder(task: AttemptTask): AttemptOrder {
  const { order, head, limits, acceptance, continuation, candidate } = task;
  const { max_output_tokens, keep_share } = candidate;
  return {
    request_id: order.request_id,
    sink: order.sink,
    operation: order.operation,
    stream: order.stream,
    head,
    kind: order.kind,
    caller: order.caller,
    task: task.task,
    limits,
    // An answer that ends at our own bound is what was planned, not one cut short.
    acceptance: max_output_tokens === undefined ? acceptance : { ...acceptance, truncated: 'return' },
    continuation,
    ...(max_output_tokens !== undefined && { max_output_tokens }),
    ...(keep_share !== undefined && { keep_share }),
  };
}

function summaryOf(task: AttemptTask, outcome: AttemptOutcome): AttemptSummary {
  return {
    id: task.head.attempt_id,
    vendor: task.candidate.vendor,
    model: task.candidate.model,
    outcome: outcome.outcome,
    first_byte_ms: outcome.first_byte_ms,
    total_ms: outcome.total_ms,
    usage: outcome.usage,
    usage_source: outcome.usage_source,
    cost_nano_usd: outcome.cost_nano_usd,
    error: outcome.error,
    ...(outcome.model_served !== null && { model_served: outcome.model_served }),
  };
}

function errorOf(outcome: AttemptOutcome, task: AttemptTask): SkeinError {
  if (outcome.error !== null) return fromWireError(outcome.error);
  if (outcome.outcome === 'cancelled') return new SkeinError('cancelled', 'The attempt was cancelled');
  return new SkeinError('vendor_failed', `${task.candidate.vendor} gave no answer`, {
    source: 'vendor',
    vendor: task.candidate.vendor,
  });
}
