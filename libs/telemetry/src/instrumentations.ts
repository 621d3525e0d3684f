// Spans of PostgreSQL and Redis calls, beneath the span of whoever makes them. Rooms have imported both clients long before
// telemetry starts, which is too late for the hooks that instrumentations set on loading; so the modules are handed to them.
import { createRequire } from 'node:module';
import { trace } from '@opentelemetry/api';
import { registerInstrumentations, type ShimWrapped } from '@opentelemetry/instrumentation';
import { IORedisInstrumentation } from '@opentelemetry/instrumentation-ioredis';
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg';

type Method = (this: unknown, ...parts: unknown[]) => unknown;
type Prototype = Record<string, Method | (Method & ShimWrapped)>;

/** By module, the method that makes a span at every call; the rest of what is instrumented runs once a connection. */
const hotMethods = [
  { name: 'pg', of: (pg: { Client: { prototype: Prototype } }) => pg.Client.prototype, method: 'query' },
  { name: 'ioredis', of: (redis: { prototype: Prototype }) => redis.prototype, method: 'sendCommand' },
] as const;

/** Starts the instrumentations with the providers in force. Returns the way to undo it. */
export function instrumentClients(): () => void {
  const instrumentations = [
    new PgInstrumentation({ requireParentSpan: true, ignoreConnectSpans: true }),
    // Keys name tenants and requests: only the command is told.
    new IORedisInstrumentation({ requireParentSpan: true, dbStatementSerializer: (command) => command }),
  ];
  const undo = registerInstrumentations({ instrumentations });
  const require = createRequire(import.meta.url);
  for (const definition of instrumentations.flatMap((each) => each.getModuleDefinitions())) {
    definition.moduleExports = require(definition.name);
    definition.patch?.(definition.moduleExports);
  }
  const undoGuards = hotMethods.map(({ name, of, method }) => traceOnlyRecorded(of(require(name)), method));
  return () => {
    for (const undoGuard of undoGuards) undoGuard();
    undo();
  };
}

/**
 * Lets a call past its instrumentation unless its span would be recorded: finding that out inside costs attributes, a span
 * and callbacks at each command, which at a sampling of 10 % was a quarter of a request.
 */
function traceOnlyRecorded(prototype: Prototype, method: string): () => void {
  const traced = prototype[method];
  if (traced === undefined || !('__original' in traced)) throw new Error(`${method} is not instrumented`);
  const plain = traced.__original as Method;
  prototype[method] = function (...parts) {
    const isRecorded = trace.getActiveSpan()?.isRecording() === true;
    return (isRecorded ? traced : plain).apply(this, parts);
  };
  return () => {
    prototype[method] = traced;
  };
}
