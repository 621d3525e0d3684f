// One call through the orchestrator, with this room as its sink: ordered, awaited, and told to record and cache.
import { attemptsOf, closeCompletion, runCompletion, type AnswerEnd, type AnswerListener, type Bus } from '@skein/bus';
import { formatUsd } from '@skein/catalog';
import { errorTable, SkeinError, type ErrorCode } from '@skein/contracts/errors';
import type { RequestMetadata } from '@skein/contracts/gateway';
import type { AttemptSummary, CompletionOrder } from '@skein/contracts/orchestrator';
import { RequestBody } from '@skein/contracts/wire';
import type { Logger } from '@skein/telemetry';
import type { Stage } from '../definition/stage.js';
import type { DegradedNews } from './degraded-news.js';
import type { Run } from './run.js';

/** What every call of a step knows. */
export interface StepCall {
  readonly bus: Bus;
  readonly logger: Logger;
  readonly news: DegradedNews;
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
  const totalMs = performance.now() - startedAt;
  closeCompletion(bus, { order, answer, result, totalMs, at: Date.now(), traceparent }).catch((error: unknown) =>
    logger.warn({ err: error, request: requestId }, 'a completion of a stage was not told of'),
  );
  if (result !== null) call.news.hear(result.explanation?.shed ?? [], performance.now());
  const attempts = attemptsOf(result, answer);
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

function pause(ms: number): Promise<null> {
  return new Promise((resolve) => setTimeout(resolve, ms, null).unref());
}
