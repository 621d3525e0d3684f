/**
 * Spans and W3C trace context in the form the contracts carry it: a `traceparent` string. Works the same whether or not
 * anything is exported. Below a trace that is not sampled nothing is made at all: work there runs in its caller's context.
 */
import {
  context,
  INVALID_TRACEID,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Attributes,
  type Context,
  type Link,
  type Span,
  type SpanContext,
} from '@opentelemetry/api';
import { parseTraceParent } from '@opentelemetry/core';
import { spanAttributes } from './semconv.js';

const TRACER = 'skein';

const spanKinds = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
} as const;
export type SpanKindName = keyof typeof spanKinds;

export interface SpanOptions {
  /** Default `internal`. */
  readonly kind?: SpanKindName;
  /** As a function it is asked only where a span is made. */
  readonly attributes?: Attributes | (() => Attributes);
  /** The caller's `traceparent`, from a header or a contract; without it the active span is the parent. */
  readonly parent?: string;
}

/** The trace id (32 hex digits) of a traceparent; null when there is none or it is malformed. */
export function traceIdOf(traceparent: string | undefined): string | null {
  return spanContextOf(traceparent)?.traceId ?? null;
}

/** The active span as a `traceparent`; undefined outside any span. */
export function currentTraceparent(): string | undefined {
  const span = trace.getActiveSpan();
  return span === undefined ? undefined : traceparentOf(span);
}

/** Written once a span: every room below it is told the same string. */
const written = new WeakMap<Span, string>();

/** A span as a `traceparent`; undefined when telemetry has not been started. */
export function traceparentOf(span: Span): string | undefined {
  const known = written.get(span);
  if (known !== undefined) return known;
  const { traceId, spanId, traceFlags } = span.spanContext();
  if (traceId === INVALID_TRACEID) return undefined;
  const traceparent = `00-${traceId}-${spanId}-${traceFlags < 16 ? '0' : ''}${traceFlags.toString(16)}`;
  written.set(span, traceparent);
  return traceparent;
}

/** Is the trace of a traceparent recorded? False where there is none. */
export function isSampled(traceparent: string | undefined): traceparent is string {
  return traceparent !== undefined && (Number.parseInt(traceparent.slice(-2), 16) & TraceFlags.SAMPLED) !== 0;
}

/** Runs `work` inside a span. What it throws marks the span as failed and is thrown on; the span ends in any case. */
export function withSpan<Result>(
  name: string,
  options: SpanOptions,
  work: (span: Span) => Promise<Result> | Result,
): Promise<Result> {
  const parent = parentContext(options.parent);
  const above = trace.getSpan(parent);
  if (above !== undefined && isUnsampled(above)) return runUnrecorded(above, parent, work);
  return runInside(name, options, parent, [], work);
}

/** The same for work that is done at once: its result is there at once too. */
export function inSpan<Result>(name: string, options: SpanOptions, work: (span: Span) => Result): Result {
  const parent = parentContext(options.parent);
  const above = trace.getSpan(parent);
  if (above !== undefined && isUnsampled(above)) return workUnrecorded(above, parent, work);
  const span = startSpan(name, options, parent, []);
  try {
    return context.with(trace.setSpan(parent, span), work, undefined, span);
  } catch (error) {
    if (span.isRecording()) markFailed(span, error);
    throw error;
  } finally {
    span.end();
  }
}

/**
 * Runs `work` in a trace of its own that points at the ones it serves: for work that belongs to many requests (a batch of
 * facts) or long outlives its cause. A job that runs once for one request continues its trace: `withSpan` with `parent`.
 */
export async function linkedSpan<Result>(
  name: string,
  options: Omit<SpanOptions, 'parent'> & { readonly links: readonly (string | undefined)[] },
  work: (span: Span) => Promise<Result> | Result,
): Promise<Result> {
  const links = options.links
    .filter(isSampled)
    .map(spanContextOf)
    .filter((linked) => linked !== null);
  return runInside(
    name,
    options,
    ROOT_CONTEXT,
    links.map((linked) => ({ context: linked })),
    work,
  );
}

/** Runs `work` with a caller's trace as the active one, without a span: what it calls continues that trace. */
export function continueTrace<Result>(traceparent: string | undefined, work: () => Result): Result {
  return context.with(parentContext(traceparent), work);
}

async function runInside<Result>(
  name: string,
  options: Omit<SpanOptions, 'parent'>,
  parent: Context,
  links: Link[],
  work: (span: Span) => Promise<Result> | Result,
): Promise<Result> {
  const span = startSpan(name, options, parent, links);
  try {
    return await context.with(trace.setSpan(parent, span), work, undefined, span);
  } catch (error) {
    if (span.isRecording()) markFailed(span, error);
    throw error;
  } finally {
    span.end();
  }
}

function startSpan(name: string, options: Omit<SpanOptions, 'parent'>, parent: Context, links: Link[]): Span {
  const kind = spanKinds[options.kind ?? 'internal'];
  const attributes = typeof options.attributes === 'function' ? options.attributes() : options.attributes;
  return trace.getTracer(TRACER).startSpan(name, { kind, attributes, links }, parent);
}

/** What a sampler has refused stays refused further down, so that no span needs to be made to find out. */
function isUnsampled(span: Span): boolean {
  const { traceId, traceFlags } = span.spanContext();
  return traceId !== INVALID_TRACEID && (traceFlags & TraceFlags.SAMPLED) === 0;
}

function runUnrecorded<Result>(
  above: Span,
  parent: Context,
  work: (span: Span) => Promise<Result> | Result,
): Promise<Result> {
  try {
    return Promise.resolve(workUnrecorded(above, parent, work));
  } catch (error) {
    return Promise.reject(error as Error);
  }
}

function workUnrecorded<Result>(above: Span, parent: Context, work: (span: Span) => Result): Result {
  return parent === context.active() ? work(above) : context.with(parent, work, undefined, above);
}

function markFailed(span: Span, error: unknown): void {
  const thrown = error instanceof Error ? error : new Error(String(error));
  const code = 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : thrown.name;
  span.setAttribute(spanAttributes.errorType, code);
  // The message stays out: a vendor's may repeat the prompt.
  span.setStatus({ code: SpanStatusCode.ERROR, message: code });
}

function parentContext(traceparent: string | undefined): Context {
  const active = context.active();
  if (traceparent === undefined || isOf(trace.getSpan(active), traceparent)) return active;
  const parent = spanContextOf(traceparent);
  return parent === null ? active : trace.setSpanContext(active, parent);
}

/** Within a process the caller's span is the active one already: its name is compared, not read anew. */
function isOf(span: Span | undefined, traceparent: string): boolean {
  if (span === undefined) return false;
  if (written.get(span) === traceparent) return true;
  const { traceId, spanId } = span.spanContext();
  return traceparent.startsWith(traceId, 3) && traceparent.startsWith(spanId, 36);
}

function spanContextOf(traceparent: string | undefined): SpanContext | null {
  const parsed = traceparent === undefined ? null : parseTraceParent(traceparent);
  return parsed === null ? null : { ...parsed, isRemote: true };
}
