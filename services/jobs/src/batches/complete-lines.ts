import { closeCompletion, type Bus } from '@skein/bus';
import { SkeinError, toSkeinError } from '@skein/contracts/errors';
import type { RequestMetadata } from '@skein/contracts/gateway';
import type { CompletionOrder } from '@skein/contracts/orchestrator';
import { RequestBody } from '@skein/contracts/wire';
import type { Logger } from '@skein/telemetry';
import { endRun, type EndedRun } from '../decide-run.js';
import { toOrder } from '../order-run.js';
import { readBodyMetadata } from '../read-submission.js';
import { completeRun, CLOSING } from '../run-completion.js';
import type { Batch } from './batch.js';
import { runsAs } from './line-bodies.js';

const LONGEST_RUN_MS = 600_000;

/** A request made for a batch: a line of it, or a call that several lines share. */
export interface LinesRequest {
  readonly of: 'line' | 'call';
  readonly requestId: string;
  readonly body: object;
}

interface Manner {
  readonly order: Partial<CompletionOrder>;
  readonly untold: string;
  readonly unrun: string;
  readonly errorOf: (thrown: unknown) => SkeinError;
}

const manners: Readonly<Record<LinesRequest['of'], Manner>> = {
  line: {
    order: {},
    untold: 'a line was not told of',
    unrun: 'a line was not run',
    errorOf: (thrown) =>
      thrown instanceof SkeinError ? thrown : new SkeinError('internal', 'The line was not run.', { cause: thrown }),
  },
  call: {
    order: { judged_by_sink: true },
    untold: 'a call was not told of',
    unrun: 'a merged call was not made',
    errorOf: toSkeinError,
  },
};

/** Runs one request of a batch, with this room as its sink. Never rejects: failures are ends. */
export async function completeLines(
  { bus, logger }: { readonly bus: Bus; readonly logger: Logger },
  batch: Batch,
  { of, requestId, body }: LinesRequest,
  signal: AbortSignal,
): Promise<EndedRun> {
  const manner = manners[of];
  const startedAt = performance.now();
  const traceparent = batch.traceparent ?? undefined;
  try {
    const order = { ...toLineOrder(batch, body, requestId, bus.instance), ...manner.order };
    const deadline = startedAt + Math.min(LONGEST_RUN_MS, batch.expiresAt.getTime() - Date.now());
    const context = { requestId, tenant: batch.caller.tenant, deadline, traceparent, signal };
    const run = await completeRun(bus, order, RequestBody.of(body), context);
    const totalMs = performance.now() - startedAt;
    const closed = { order, result: run.conductor, answer: run.answer, totalMs, at: Date.now(), traceparent };
    closeCompletion(bus, closed).catch((error: unknown) =>
      logger.warn({ err: error, request: requestId }, manner.untold),
    );
    const ended = endRun(run.conductor, run.answer);
    const isOurs = !signal.aborted || signal.reason === CLOSING;
    return ended.ending === 'answered' || isOurs ? ended : { ...ended, ending: 'abandoned' };
  } catch (thrown) {
    logger.error({ err: thrown, request: requestId }, manner.unrun);
    const error = manner.errorOf(thrown).toWire();
    return { ending: 'failed', result: null, error, attempts: [], explanation: null, isBlind: false };
  }
}

/** A batch has no hurry, unless its line says so; it never spends quota that others may need. */
function toLineOrder(batch: Batch, written: object, requestId: string, sink: string): CompletionOrder {
  const body = written as Record<string, unknown>;
  const metadata: RequestMetadata = { priority: 'low', ...readBodyMetadata(body) };
  const caller = {
    ...batch.caller,
    user: metadata.user ?? batch.caller.user,
    cost_center: metadata.cost_center ?? batch.caller.cost_center,
  };
  return {
    ...toOrder({ endpoint: runsAs[batch.endpoint], body, caller, metadata, retryUnknown: true }, requestId, sink),
    spare_quota_only: true,
  };
}
