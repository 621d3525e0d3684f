// Spans of PostgreSQL and Redis calls, beneath the span of whoever makes them. The instrumentations patch a module when it
// is required; where rooms have imported it before telemetry began, asking for it once more lets them patch it then.
import { createRequire } from 'node:module';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { IORedisInstrumentation } from '@opentelemetry/instrumentation-ioredis';
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg';

/** Starts the instrumentations with the providers in force. Returns the way to undo it. */
export function instrumentClients(): () => void {
  const undo = registerInstrumentations({
    instrumentations: [
      new PgInstrumentation({ requireParentSpan: true, ignoreConnectSpans: true }),
      // Keys name tenants and requests: only the command is told.
      new IORedisInstrumentation({ requireParentSpan: true, dbStatementSerializer: (command) => command }),
    ],
  });
  const require = createRequire(import.meta.url);
  for (const client of ['pg', 'ioredis']) require(client);
  return undo;
}
