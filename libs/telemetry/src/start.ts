/**
 * OpenTelemetry of a process, started once before its rooms. Context and ids are always there, so that every request has a
 * trace id in all rooms; spans are recorded and sent only where there is an endpoint to send them to.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { context, diag, DiagLogLevel, metrics, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes, type Resource } from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader, type MetricProducer } from '@opentelemetry/sdk-metrics';
import {
  AlwaysOffSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { attachGauges, SCOPE } from './instruments.js';
import { instrumentClients } from './instrumentations.js';
import type { Logger } from './logger.js';
import { openTallies } from './tallies.js';

const SHUTDOWN_BOUND_MS = 3_000;
/** Not longer than the exit waits: an export in flight would keep the process. */
const EXPORT_TIMEOUT_MS = SHUTDOWN_BOUND_MS;
const METRICS_INTERVAL_MS = 60_000;

export interface TelemetryOptions {
  readonly service: string;
  /** Unique name of the process. */
  readonly instance: string;
  /** Base of an OTLP/HTTP receiver (`OTEL_EXPORTER_OTLP_ENDPOINT`); without it nothing is exported. */
  readonly endpoint?: string;
  /** Share of root traces that is recorded, 0–1; a caller's own decision wins. Default 1. Only with an endpoint. */
  readonly sampleRatio?: number;
  /** Sent with every export, for receivers that ask for a key. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Told what goes wrong with exports. */
  readonly logger?: Logger;
}

export type MetricsHandler = (request: IncomingMessage, response: ServerResponse) => void;

export interface Telemetry {
  /** Sends what is still held, within three seconds, and ends telemetry. A dead receiver does not hold up the exit. */
  shutdown(): Promise<void>;
  /** Answers a scrape with Prometheus text. */
  metricsHandler(): MetricsHandler;
}

let running: Telemetry | undefined;

/** Starts telemetry for this process, or returns what an earlier call has started. */
export function startTelemetry(options: TelemetryOptions): Telemetry {
  running ??= start(options);
  return running;
}

function start(options: TelemetryOptions): Telemetry {
  if (options.logger !== undefined) reportProblems(options.logger);
  const resource = resourceFromAttributes({
    'service.name': options.service,
    'service.namespace': 'skein',
    'service.instance.id': options.instance,
  });
  const tracerProvider = makeTracerProvider(options, resource);
  const metricProducers = [openTallies(resource, SCOPE)];
  const prometheus = new PrometheusExporter({ preventServerStart: true, withoutScopeInfo: true, metricProducers });
  const readers = [prometheus, ...makeMetricReaders(options, metricProducers)];
  const meterProvider = new MeterProvider({ resource, readers });

  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(tracerProvider);
  metrics.setGlobalMeterProvider(meterProvider);
  attachGauges();
  const undoInstrumentations = options.endpoint === undefined ? () => undefined : instrumentClients();

  return {
    metricsHandler: () => (request, response) => prometheus.getMetricsRequestHandler(request, response),
    shutdown: async () => {
      running = undefined;
      undoInstrumentations();
      await within(SHUTDOWN_BOUND_MS, [tracerProvider.shutdown(), meterProvider.shutdown()]);
      for (const api of [trace, metrics, propagation, context, diag]) api.disable();
    },
  };
}

function makeTracerProvider(options: TelemetryOptions, resource: Resource): TracerProvider {
  if (options.endpoint === undefined) return new TracerProvider({ resource, sampler: new AlwaysOffSampler() });
  const exporter = new OTLPTraceExporter(exporterOptions(options, options.endpoint, 'traces'));
  return new TracerProvider({
    resource,
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(options.sampleRatio ?? 1) }),
    spanProcessors: [new BatchSpanProcessor({ exporter, maxQueueSize: 8_192 })],
  });
}

function makeMetricReaders(
  options: TelemetryOptions,
  metricProducers: MetricProducer[],
): PeriodicExportingMetricReader[] {
  if (options.endpoint === undefined) return [];
  const exporter = new OTLPMetricExporter(exporterOptions(options, options.endpoint, 'metrics'));
  return [new PeriodicExportingMetricReader({ exporter, metricProducers, exportIntervalMillis: METRICS_INTERVAL_MS })];
}

function exporterOptions({ headers }: TelemetryOptions, endpoint: string, signal: 'traces' | 'metrics') {
  return {
    url: `${endpoint.replace(/\/+$/, '')}/v1/${signal}`,
    headers: { ...headers },
    timeoutMillis: EXPORT_TIMEOUT_MS,
  };
}

function reportProblems(logger: Logger): void {
  const report = (message: string): void => logger.warn({ telemetry: message }, 'telemetry');
  const ignore = (): void => undefined;
  diag.setLogger({ error: report, warn: report, info: ignore, debug: ignore, verbose: ignore }, DiagLogLevel.WARN);
}

async function within(boundMs: number, work: readonly Promise<void>[]): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const bound = new Promise<void>((resolve) => (timer = setTimeout(resolve, boundMs)));
  await Promise.race([Promise.allSettled(work), bound]);
  clearTimeout(timer);
}
