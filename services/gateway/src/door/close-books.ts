import { taskOf, toCompletionFinished, type AnswerEnd, type Bus } from '@skein/bus';
import { liveCatalog } from '@skein/boot';
import { formatUsd, isVendorId, vendorById } from '@skein/catalog';
import { inputTokens, outputTokens } from '@skein/contracts/attempt';
import { CompletionFinished, type CompletionResult } from '@skein/contracts/orchestrator';
import { logRequest, modelLabel, recordRequest, traceIdOf, type Logger } from '@skein/telemetry';
import type { AdmittedChat } from './admitted-chat.js';
import { attemptsOf, costOf, overheadMs } from './answer-figures.js';

export interface FinishedChat {
  readonly chat: AdmittedChat;
  readonly traceparent: string | undefined;
  readonly end: AnswerEnd;
  readonly result: CompletionResult | null;
  /** Monotonic moments, ms. */
  readonly endedAt: number;
  readonly firstContentAt: number | null;
  /** Ms since the epoch at its end. */
  readonly at: number;
}

/** After the answer: it is measured, the line written, the fact stated. Never rejects. */
export async function closeBooks(bus: Bus, logger: Logger, finished: FinishedChat): Promise<void> {
  const { chat, traceparent, end, result, endedAt } = finished;
  const { order } = chat;
  const totalMs = endedAt - chat.receivedAt;
  const attempts = attemptsOf(result, end);
  const traceId = traceIdOf(traceparent);
  const used = end.usage?.usage ?? null;
  const cost = costOf(attempts);
  measure(bus, finished, totalMs, cost);
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
      task_type: taskOf(order, result),
      cache: result?.cache ?? end.head?.cache ?? 'off',
      attempts: attempts.length,
      error_code: end.error?.code ?? null,
    },
    end.error?.row.level ?? 'info',
  );
  if (end.error !== null && end.error.code === 'internal')
    logger.error({ err: end.error, request_id: order.request_id }, 'internal error');
  const closed = {
    order,
    result,
    answer: end,
    totalMs,
    overheadMs: overheadMs(totalMs, attempts),
    at: finished.at,
    traceparent,
  };
  await bus
    .state(CompletionFinished, toCompletionFinished(closed), 'soon')
    .catch((error: unknown) =>
      logger.error({ err: error, request_id: order.request_id }, 'a finished request could not be stated'),
    );
}

function measure(bus: Bus, finished: FinishedChat, totalMs: number, costNanoUsd: number | null): void {
  const { end, chat, firstContentAt } = finished;
  const { head } = end;
  const catalog = liveCatalog(bus).current;
  const inCatalogue = head !== null && isVendorId(head.vendor) && catalog.recordOf(head.vendor, head.model) !== null;
  recordRequest({
    operation: chat.order.operation,
    provider: head !== null && isVendorId(head.vendor) ? vendorById(head.vendor).genAiProviderName : null,
    model: modelLabel(head?.model ?? chat.order.model, inCatalogue),
    task: taskOf(chat.order, finished.result),
    durationSeconds: totalMs / 1000,
    firstTokenSeconds: chat.order.stream && firstContentAt !== null ? (firstContentAt - chat.receivedAt) / 1000 : null,
    costNanoUsd,
    error: end.error?.code ?? null,
  });
}
