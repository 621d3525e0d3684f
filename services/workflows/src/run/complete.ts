// One call through the orchestrator, with this room as its sink: ordered, awaited, and told to record and cache.
import { runCompletion, type AnswerEnd, type AnswerListener, type Bus } from '@skein/bus';
import { formatUsd } from '@skein/catalog';
import { StoreAnswer } from '@skein/contracts/cache';
import { errorTable, SkeinError, type ErrorCode } from '@skein/contracts/errors';
import type { RequestMetadata } from '@skein/contracts/gateway';
import {
  CompletionFinished,
  type AttemptSummary,
  type CompletionOrder,
  type CompletionResult,
} from '@skein/contracts/orchestrator';
import { RequestBody } from '@skein/contracts/wire';
import { traceIdOf, type Logger } from '@skein/telemetry';
import type { Stage } from '../definition/stage.js';
import type { Run } from './run.js';

/** What every call of a step knows. */
export interface StepCall {
  readonly bus: Bus;
  readonly logger: Logger;
  readonly stage: Stage;
  readonly run: Run;
  readonly requestId: string;
  /** What it may cost, nano-USD; null: no bound. */
  readonly budgetNano: number | null;
  /** Monotonic moment, ms. */
  readonly deadline: number;
  readonly signal: AbortSignal;
  readonly traceparent: string | undefined;
}

type Asked = Pick<CompletionOrder, 'operation' | 'model' | 'stream'> & Partial<CompletionOrder>;

/** A question without an answer. `isOurs`: our own rooms broke it off, which speaks neither against it nor against a vendor. */
export class AskFailed extends Error {
  override readonly name = 'AskFailed';
  constructor(
    readonly error: SkeinError,
    readonly attempts: readonly AttemptSummary[],
    readonly isOurs: boolean,
  ) {
    super(error.message, { cause: error });
  }
}

const OUR_OWN: ReadonlySet<ErrorCode> = new Set(['unavailable', 'no_responders', 'worker_lost', 'worker_busy']);
/** With the answer there, the conductor's word is waited for so long at most. */
const RESULT_PATIENCE_MS = 2_000;

/** Calls, and waits for the end. Throws `AskFailed`. */
export async function complete(
  call: StepCall,
  asked: Asked,
  body: Record<string, unknown>,
  listener: AnswerListener,
): Promise<{ answer: AnswerEnd; attempts: readonly AttemptSummary[] }> {
  const { bus, logger, requestId, run, signal, traceparent } = call;
  const order: CompletionOrder = { ...orderOf(call, bus.instance), ...asked };
  const startedAt = performance.now();
  const context = { requestId, tenant: run.caller.tenant, deadline: call.deadline, traceparent };
  const completion = runCompletion(bus, order, RequestBody.of(body), context, listener);
  const leave = (): void => completion.leave();
  if (signal.aborted) leave();
  signal.addEventListener('abort', leave, { once: true });
  const answer = await completion.answered;
  const result = await Promise.race([completion.result, pause(RESULT_PATIENCE_MS)]);
  signal.removeEventListener('abort', leave);
  tellOthers(bus, logger, { order, answer, result, totalMs: performance.now() - startedAt, traceparent });
  const attempts = result?.attempts ?? attemptsShownBy(answer);
  if (answer.status !== 'succeeded') throw failureOf(answer, attempts);
  return { answer, attempts };
}

function orderOf({ stage, run, requestId, budgetNano }: StepCall, sink: string) {
  const { policy, priority, cache } = stage.spec;
  const metadata: RequestMetadata = {
    ...run.metadata,
    ...policy,
    priority: priority ?? run.priority,
    ...boundOf(policy?.max_cost_usd, run.metadata.max_cost_usd, budgetNano),
  };
  return {
    request_id: requestId,
    sink,
    temperature: null,
    max_output_tokens: null,
    kind: 'workflow',
    caller: run.caller,
    metadata,
    cache: cache ?? 'policy',
    on_unknown: 'next',
  } as const;
}

/** The nearer of what the stage may cost and what is left of the run's budget. */
function boundOf(
  own: string | number | undefined,
  callers: string | number | undefined,
  budgetNano: number | null,
): RequestMetadata {
  const bounds = [own, callers, budgetNano === null ? undefined : formatUsd(budgetNano)].flatMap((bound) =>
    bound === undefined ? [] : [bound],
  );
  const [nearest] = bounds.sort((a, b) => Number(a) - Number(b));
  return nearest === undefined ? {} : { max_cost_usd: nearest };
}

function failureOf(answer: AnswerEnd, attempts: readonly AttemptSummary[]): AskFailed {
  const error = answer.error ?? new SkeinError('internal', 'The answer ended without a reason');
  const isLost = attempts.some((attempt) => attempt.error !== null && OUR_OWN.has(attempt.error.code));
  const isOurs =
    answer.status === 'cancelled' || OUR_OWN.has(error.code) || (isLost && errorTable[error.code].retry !== 'never');
  return new AskFailed(error, attempts, isOurs);
}

/** Without the conductor's word, the answer itself names the one attempt that gave it. */
function attemptsShownBy({ head, usage, status }: AnswerEnd): AttemptSummary[] {
  if (head === null || usage === null || head.cache === 'hit') return [];
  return [
    {
      id: head.attempt_id,
      vendor: head.vendor,
      model: head.model,
      outcome: status === 'succeeded' ? 'finished' : 'unknown',
      first_byte_ms: usage.first_byte_ms,
      total_ms: usage.total_ms,
      usage: usage.usage,
      usage_source: usage.usage_source,
      cost_nano_usd: usage.cost_nano_usd,
      error: null,
    },
  ];
}

interface StatedAnswer {
  readonly order: CompletionOrder;
  readonly answer: AnswerEnd;
  readonly result: CompletionResult | null;
  readonly totalMs: number;
  readonly traceparent: string | undefined;
}

/** Record and cache are told, not waited for: they may be down. */
function tellOthers(bus: Bus, logger: Logger, { order, answer, result, totalMs, traceparent }: StatedAnswer): void {
  const note = (error: unknown): void =>
    logger.warn({ err: error, request: order.request_id }, 'a completion of a stage was not told of');
  const attempts = [...(result?.attempts ?? attemptsShownBy(answer))];
  const vendorMs = attempts.reduce((sum, attempt) => sum + attempt.total_ms, 0);
  bus
    .state(
      CompletionFinished,
      {
        request_id: order.request_id,
        kind: order.kind,
        caller: order.caller,
        status: answer.status,
        requested_model: order.model,
        stream: order.stream,
        task: result?.explanation?.features.task ?? null,
        metadata: order.metadata,
        cache: result?.cache ?? answer.head?.cache ?? 'off',
        explanation: result?.explanation ?? null,
        attempts,
        overhead_ms: result === null ? null : Math.max(0, totalMs - vendorMs),
        total_ms: totalMs,
        error: answer.error?.toWire() ?? null,
        trace_id: traceIdOf(traceparent),
        at: Date.now(),
        ...(traceparent !== undefined && { traceparent }),
      },
      'soon',
    )
    .catch(note);
  if (answer.status !== 'succeeded' || result?.store_as == null || answer.head === null || answer.kept === null) return;
  const entry = {
    key: result.store_as,
    form: answer.kept.form,
    origin: {
      vendor: answer.head.vendor,
      model: answer.head.model,
      request_id: order.request_id,
      usage: answer.usage?.usage ?? null,
      finish_reason: answer.usage?.finish_reason ?? null,
      stored_at: Date.now(),
    },
  };
  const lines = answer.kept.payloads.flatMap((payload, index) => (index === 0 ? [payload] : [NEWLINE, payload]));
  const deadline = performance.now() + StoreAnswer.deadlineMs;
  bus
    .call(
      StoreAnswer,
      entry,
      { requestId: order.request_id, tenant: order.caller.tenant, deadline },
      { body: new RequestBody(Buffer.concat(lines)) },
    )
    .catch(note);
}

const NEWLINE = Buffer.from('\n');
function pause(ms: number): Promise<null> {
  return new Promise((resolve) => setTimeout(resolve, ms, null).unref());
}
