// Spans of PostgreSQL and Redis calls, beneath the span of whoever makes them. Rooms have imported both clients long before
// telemetry starts, which is too late for the hooks that instrumentations set on loading; so the modules are handed to them.
import { createRequire } from 'node:module';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { IORedisInstrumentation } from '@opentelemetry/instrumentation-ioredis';
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg';

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
  return undo;
}
