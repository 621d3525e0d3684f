import type { AnswerEnd, Bus } from '@skein/bus';
import { liveCatalog } from '@skein/boot';
import { formatUsd, isVendorId, vendorById } from '@skein/catalog';
import { inputTokens, outputTokens } from '@skein/contracts/attempt';
import { StoreAnswer } from '@skein/contracts/cache';
import { operationTable } from '@skein/contracts/operation';
import { CompletionFinished, type CompletionResult } from '@skein/contracts/orchestrator';
import { RequestBody } from '@skein/contracts/wire';
import { logRequest, modelLabel, recordRequest, traceIdOf, type Logger } from '@skein/telemetry';
import type { AdmittedChat } from './admitted-chat.js';
import { attemptsOf, costOf, overheadMs } from './answer-figures.js';

export interface FinishedChat {
  readonly bus: Bus;
  readonly logger: Logger;
  readonly chat: AdmittedChat;
  readonly traceparent: string | undefined;
  readonly end: AnswerEnd;
  readonly result: CompletionResult | null;
  /** Monotonic moments, ms. */
  readonly endedAt: number;
  readonly firstContentAt: number | null;
}

const CACHE_STORE_MS = 5_000;

/** After the answer: the limit is given back, the fact stated, the line written, the answer handed to the cache. */
export async function closeBooks(finished: FinishedChat): Promise<void> {
  const { bus, logger, chat, traceparent, end, result, endedAt } = finished;
  const { order } = chat;
  const totalMs = endedAt - chat.receivedAt;
  const attempts = attemptsOf(result, end);
  const traceId = traceIdOf(traceparent);
  const used = end.usage?.usage ?? null;
  await chat.admission.release(used === null ? undefined : inputTokens(used) + outputTokens(used));
  const cost = costOf(attempts);
  measure(finished, totalMs, cost);
  logRequest(
    logger,
    {
      request_id: order.request_id,
      trace_id: traceId,
      status: end.status,
      model: end.head === null ? order.model : `${end.head.vendor}/${end.head.model}`,
      vendor: end.head?.vendor ?? null,
      tokens_input: used === null ? null : inputTokens(used),
      tokens_output: used === null ? null : outputTokens(used),
      latency_ms: Math.round(totalMs),
      first_token_ms: finished.firstContentAt === null ? null : Math.round(finished.firstContentAt - chat.receivedAt),
      cost_usd: cost === null ? null : formatUsd(cost),
      tenant: order.caller.tenant,
      user_id: order.caller.user,
      task_type: taskOf(finished),
      cache: result?.cache ?? end.head?.cache ?? 'off',
      attempts: attempts.length,
      error_code: end.error?.code ?? null,
    },
    end.error?.row.level ?? 'info',
  );
  if (end.error !== null && end.error.code === 'internal')
    logger.error({ err: end.error, request_id: order.request_id }, 'internal error');
  await bus
    .state(
      CompletionFinished,
      {
        request_id: order.request_id,
        kind: order.kind,
        operation: order.operation,
        caller: order.caller,
        status: end.status,
        requested_model: order.model,
        stream: order.stream,
        task: taskOf(finished),
        metadata: order.metadata,
        cache: result?.cache ?? end.head?.cache ?? 'off',
        explanation: result?.explanation ?? null,
        attempts: [...attempts],
        overhead_ms: overheadMs(totalMs, attempts),
        total_ms: totalMs,
        error: end.error?.toWire() ?? null,
        trace_id: traceId,
        at: Date.now(),
        ...(traceparent !== undefined && { traceparent }),
      },
      'soon',
    )
    .catch((error: unknown) =>
      logger.error({ err: error, request_id: order.request_id }, 'a finished request could not be stated'),
    );
  storeAnswer(finished);
}

/** Only a prompt has a task. */
function taskOf({ chat, result }: FinishedChat): string | null {
  return operationTable[chat.order.operation].isClassified ? (result?.explanation?.features.task ?? null) : null;
}

function measure(finished: FinishedChat, totalMs: number, costNanoUsd: number | null): void {
  const { bus, end, chat, firstContentAt } = finished;
  const { head } = end;
  const catalog = liveCatalog(bus).current;
  const inCatalogue = head !== null && isVendorId(head.vendor) && catalog.recordOf(head.vendor, head.model) !== null;
  recordRequest({
    operation: chat.order.operation,
    provider: head !== null && isVendorId(head.vendor) ? vendorById(head.vendor).genAiProviderName : null,
    model: modelLabel(head?.model ?? chat.order.model, inCatalogue),
    task: taskOf(finished),
    durationSeconds: totalMs / 1000,
    firstTokenSeconds: chat.order.stream && firstContentAt !== null ? (firstContentAt - chat.receivedAt) / 1000 : null,
    costNanoUsd,
    error: end.error?.code ?? null,
  });
}

/** Only whole, successful answers are kept; a cache that is away loses nothing but a hit. */
function storeAnswer({ bus, chat, end, result }: FinishedChat): void {
  if (result?.store_as == null || end.status !== 'succeeded' || end.kept === null || end.head === null) return;
  const body = new RequestBody(Buffer.concat(withNewlines(end.kept.payloads)));
  void bus
    .call(
      StoreAnswer,
      {
        key: result.store_as,
        form: end.kept.form,
        origin: {
          vendor: end.head.vendor,
          model: end.head.model,
          request_id: chat.order.request_id,
          usage: end.usage?.usage ?? null,
          finish_reason: end.usage?.finish_reason ?? null,
          stored_at: Date.now(),
        },
      },
      { requestId: chat.order.request_id, tenant: chat.key.tenant, deadline: performance.now() + CACHE_STORE_MS },
      { body },
    )
    .catch(() => undefined);
}

const NEWLINE = Buffer.from('\n');

function withNewlines(payloads: readonly Uint8Array[]): Uint8Array[] {
  return payloads.flatMap((payload, index) => (index === 0 ? [payload] : [NEWLINE, payload]));
}
