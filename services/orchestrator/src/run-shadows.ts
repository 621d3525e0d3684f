import { newId, type Bus } from '@skein/bus';
import type { CompletionOrder, Explanation } from '@skein/contracts/orchestrator';
import { CompletionFinished } from '@skein/contracts/orchestrator';
import { toSkeinError } from '@skein/contracts/errors';
import type { RouteCandidate } from '@skein/contracts/router';
import type { RequestBody } from '@skein/contracts/wire';
import type { Logger } from '@skein/telemetry';
import { runOneAttempt } from './run-one-attempt.js';
import type { WorkerPool } from './worker-pool.js';

interface ShadowTools {
  readonly bus: Bus;
  readonly pool: WorkerPool;
  readonly logger: Logger;
}

/** No process has this name, so that the frames of a shadow fall to the ground. */
const NOBODY = 'shadow';

/** Operations whose copies do no harm: asking twice changes nothing anywhere. */
const copied: ReadonlySet<CompletionOrder['operation']> = new Set(['chat']);

/**
 * Starts the copies a plan asks for. Nobody waits for them, they take only a worker that is free, and each is a request of
 * its own in record and ledger: kind `shadow`, tagged with the request it copies. Only requests of live callers are copied.
 */
export function runShadows(
  tools: ShadowTools,
  order: CompletionOrder,
  body: RequestBody,
  explanation: Explanation,
): void {
  if (order.kind !== 'live' || !copied.has(order.operation)) return;
  for (const candidate of explanation.plan.shadow ?? []) {
    void runShadow(tools, order, body, candidate, explanation).catch((thrown: unknown) =>
      tools.logger.debug({ err: toSkeinError(thrown), request_id: order.request_id }, 'a shadow did not run'),
    );
  }
}

async function runShadow(
  { bus, pool }: ShadowTools,
  original: CompletionOrder,
  body: RequestBody,
  candidate: RouteCandidate,
  explanation: Explanation,
): Promise<void> {
  const lease = pool.tryAcquire(candidate.vendor);
  if (lease === null) return;
  const startedAt = performance.now();
  const order: CompletionOrder = { ...original, request_id: newId('req'), sink: NOBODY, stream: false, kind: 'shadow' };
  const { features, plan } = explanation;
  const { error, summary } = await runOneAttempt(bus, {
    order,
    candidate,
    head: {
      attempt_id: newId('att'),
      attempt_no: 1,
      vendor: candidate.vendor,
      model: candidate.model,
      reason: candidate.reason,
      cache: 'off',
      notices: [],
    },
    body,
    instance: lease.instance,
    task: features.task,
    limits: { ...candidate.limits, first_byte_ms: null, idle_ms: null },
    acceptance: plan.answers,
    continuation: null,
    context: { requestId: order.request_id, tenant: order.caller.tenant, deadline: startedAt + plan.request_ms },
    onCancel: () => 'cut',
    mustAccept: false,
  }).finally(() => lease.release());
  await bus.state(
    CompletionFinished,
    {
      request_id: order.request_id,
      kind: order.kind,
      operation: order.operation,
      caller: order.caller,
      status: error === null ? 'succeeded' : 'failed',
      requested_model: order.model,
      stream: false,
      task: features.task,
      metadata: { ...order.metadata, tags: [...(order.metadata.tags ?? []), `shadow_of:${original.request_id}`] },
      cache: 'off',
      explanation: { features, plan: { ...plan, candidates: [candidate], shadow: [] } },
      attempts: [summary],
      overhead_ms: null,
      total_ms: performance.now() - startedAt,
      error: error?.toWire() ?? null,
      trace_id: null,
      at: Date.now(),
    },
    'soon',
  );
}
