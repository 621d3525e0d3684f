export { createLogger, type Logger } from './logger.js';
export { startTelemetry, type MetricsHandler, type Telemetry, type TelemetryOptions } from './start.js';
export {
  continueTrace,
  currentTraceparent,
  isSampled,
  linkedSpan,
  traceIdOf,
  traceparentOf,
  inSpan,
  withSpan,
  type SpanKindName,
  type SpanOptions,
} from './trace.js';
export {
  recordAnswerCheck,
  recordAttempt,
  recordRejectedKey,
  recordRequest,
  type AnswerCheck,
  type AttemptMeasure,
  type RequestMeasure,
} from './measures.js';
export { modelLabel, taskLabel, type ModelLabel } from './labels.js';
export {
  counter,
  histogram,
  observableGauge,
  type CounterInstrument,
  type HistogramInstrument,
  type Labels,
  type Observation,
} from './instruments.js';
export { logRequest, type RequestLogLine } from './request-log.js';
export { genAi, metricNames, operations, spanAttributes, type MetricName, type Operation } from './semconv.js';
