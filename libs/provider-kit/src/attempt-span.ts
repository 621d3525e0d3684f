/** The vendor call as a span and as metrics, in OpenTelemetry's names for generative AI. */
import {
  context as otelContext,
  metrics,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Span,
} from '@opentelemetry/api';
import { inputTokens, outputTokens } from '@skein/contracts/attempt';
import type { AttemptOrder } from '@skein/contracts/provider';
import type { Vendor } from '@skein/catalog';
import type { VendorLine } from './call-vendor.js';
import type { Settlement } from './settle-attempt.js';

const meter = () => metrics.getMeter('skein');

export interface AttemptSpan {
  /** W3C context of this span, or of the caller's where nothing is traced. */
  readonly traceparent: string | undefined;
  end(settlement: Settlement): void;
}

/** Starts `chat {model}`, a client span under the caller's. */
export function startAttemptSpan(
  vendor: Vendor,
  line: VendorLine,
  order: AttemptOrder,
  callerTraceparent: string | undefined,
): AttemptSpan {
  const parent =
    trace.getActiveSpan() !== undefined
      ? otelContext.active()
      : propagation.extract(ROOT_CONTEXT, { traceparent: callerTraceparent });
  const attributes = {
    'gen_ai.operation.name': order.operation,
    'gen_ai.provider.name': vendor.genAiProviderName,
    'gen_ai.request.model': order.head.model,
    'server.address': line.address,
    'server.port': line.port,
  };
  const span = trace.getTracer('skein').startSpan(
    `${order.operation} ${order.head.model}`,
    {
      kind: SpanKind.CLIENT,
      attributes: {
        ...attributes,
        'skein.request_id': order.request_id,
        'skein.attempt_id': order.head.attempt_id,
        'skein.attempt_no': order.head.attempt_no,
      },
    },
    parent,
  );
  const carrier: { traceparent?: string } = {};
  propagation.inject(trace.setSpan(parent, span), carrier);
  return {
    traceparent: carrier.traceparent ?? callerTraceparent,
    end(settlement) {
      recordMetrics(attributes, settlement);
      endSpan(span, settlement);
    },
  };
}

function endSpan(span: Span, { end, usage, costNanoUsd }: Settlement): void {
  if (end.progress?.modelServed) span.setAttribute('gen_ai.response.model', end.progress.modelServed);
  if (end.progress?.answerId) span.setAttribute('gen_ai.response.id', end.progress.answerId);
  if (end.progress?.finishReason) span.setAttribute('gen_ai.response.finish_reasons', [end.progress.finishReason]);
  if (usage !== null) {
    span.setAttribute('gen_ai.usage.input_tokens', inputTokens(usage));
    span.setAttribute('gen_ai.usage.output_tokens', outputTokens(usage));
    span.setAttribute('gen_ai.usage.cache_read.input_tokens', usage.cache_read);
  }
  if (costNanoUsd !== null) span.setAttribute('skein.cost_nano_usd', costNanoUsd);
  span.setAttribute('skein.outcome', end.outcome);
  if (end.error !== null) {
    span.setAttribute('error.type', end.error.code);
    if (end.outcome !== 'cancelled') span.setStatus({ code: SpanStatusCode.ERROR, message: end.error.code });
  }
  span.end();
}

function recordMetrics(attributes: Record<string, string | number>, { end, usage }: Settlement): void {
  const labels = { ...attributes, ...(end.error !== null && { 'error.type': end.error.code }) };
  meter()
    .createHistogram('gen_ai.client.operation.duration', { unit: 's', description: 'Duration of calls to vendors' })
    .record(end.totalMs / 1000, labels);
  if (usage === null) return;
  const tokens = meter().createHistogram('gen_ai.client.token.usage', {
    unit: '{token}',
    description: 'Tokens read and written by vendors',
  });
  tokens.record(inputTokens(usage), { ...labels, 'gen_ai.token.type': 'input' });
  tokens.record(outputTokens(usage), { ...labels, 'gen_ai.token.type': 'output' });
}
