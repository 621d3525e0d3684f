/** The vendor call as a client span and as metrics, in OpenTelemetry's names for generative AI. */
import { SpanStatusCode, type Attributes, type Span } from '@opentelemetry/api';
import { inputTokens, outputTokens, type AnswerValidation } from '@skein/contracts/attempt';
import type { AttemptOrder } from '@skein/contracts/provider';
import type { ModelRecord, Vendor } from '@skein/catalog';
import { genAi, modelLabel, recordAnswerCheck, recordAttempt, spanAttributes, withSpan } from '@skein/telemetry';
import type { VendorLine } from './call-vendor.js';
import type { Settlement } from './settle-attempt.js';

const MS_PER_SECOND = 1_000;

/** Runs `work` inside `chat {model}`, under the caller's span. */
export function inAttemptSpan<Result>(
  vendor: Vendor,
  line: VendorLine,
  order: AttemptOrder,
  callerTraceparent: string | undefined,
  work: (span: Span) => Promise<Result>,
): Promise<Result> {
  const attributes = (): Attributes => ({
    [genAi.operationName]: order.operation,
    [genAi.providerName]: vendor.genAiProviderName,
    [genAi.requestModel]: order.head.model,
    [genAi.requestStream]: order.stream,
    [spanAttributes.serverAddress]: line.address,
    [spanAttributes.requestId]: order.request_id,
    [spanAttributes.attemptId]: order.head.attempt_id,
    [spanAttributes.attemptNo]: order.head.attempt_no,
    [spanAttributes.tenant]: order.caller.tenant,
  });
  const name = `${order.operation} ${order.head.model}`;
  return withSpan(name, { kind: 'client', attributes, parent: callerTraceparent }, work);
}

/** Writes what the attempt came to on its span. */
export function describeOnSpan(span: Span, { end, usage, costNanoUsd, priceRevision }: Settlement): void {
  if (!span.isRecording()) return;
  const { progress, error } = end;
  const found: Record<string, string | number | string[] | null | undefined> = {
    [genAi.responseModel]: progress?.modelServed,
    [genAi.responseId]: progress?.answerId,
    [genAi.responseFinishReasons]: progress?.finishReason == null ? null : [progress.finishReason],
    [genAi.responseTimeToFirstChunk]: end.firstByteMs === null ? null : end.firstByteMs / MS_PER_SECOND,
    [genAi.inputTokens]: usage && inputTokens(usage),
    [genAi.outputTokens]: usage && outputTokens(usage),
    [genAi.cacheReadInputTokens]: usage?.cache_read,
    [genAi.cacheCreationInputTokens]: usage && usage.cache_write_5m + usage.cache_write_1h,
    [genAi.reasoningOutputTokens]: usage?.reasoning,
    [spanAttributes.costNanoUsd]: costNanoUsd,
    [spanAttributes.priceRevision]: costNanoUsd === null ? null : priceRevision,
    [spanAttributes.errorType]: error?.code,
  };
  for (const [name, value] of Object.entries(found)) if (value != null) span.setAttribute(name, value);
  if (error !== null && end.outcome !== 'cancelled')
    span.setStatus({ code: SpanStatusCode.ERROR, message: error.code });
}

/** Counts the attempt. */
export function measureAttempt(
  vendor: Vendor,
  order: AttemptOrder,
  record: ModelRecord | null,
  { end, usage }: Settlement,
): void {
  recordAttempt({
    operation: order.operation,
    provider: vendor.genAiProviderName,
    model: modelLabel(order.head.model, record !== null),
    durationSeconds: end.totalMs / MS_PER_SECOND,
    firstChunkSeconds: order.stream && end.firstByteMs !== null ? end.firstByteMs / MS_PER_SECOND : null,
    tokens: usage === null ? null : { input: inputTokens(usage), output: outputTokens(usage) },
    error: end.error?.code ?? null,
  });
}

/** Counts what came of checking the answer. */
export function measureCheck(
  vendor: Vendor,
  order: AttemptOrder,
  record: ModelRecord | null,
  validation: AnswerValidation | null,
): void {
  if (validation === null) return;
  recordAnswerCheck({
    provider: vendor.genAiProviderName,
    model: modelLabel(order.head.model, record !== null),
    toolCalls: validation.tool_calls,
    structured: validation.structured,
  });
}
