import { Controller, Inject, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { BUS, LOGGER, SETTINGS } from '@skein/boot';
import { Serves, type Bus, type ServedContext } from '@skein/bus';
import type { SettingsOf } from '@skein/config';
import { toSkeinError } from '@skein/contracts/errors';
import {
  Complete,
  CompletionFinished,
  ExplainRoute,
  type CompletionOrder,
  type CompletionResult,
} from '@skein/contracts/orchestrator';
import type { RoutePlan } from '@skein/contracts/router';
import { Stopper, type StopSignal } from '@skein/contracts/wire';
import { traceIdOf, traceparentOf, withSpan, type Logger } from '@skein/telemetry';
import { Conductor } from './conduct.js';
import type { ConductorTools } from './conductor-tools.js';
import { HedgeSpend } from './hedge-spend.js';
import { LoadWatch } from './load-watch.js';
import type { orchestratorSettings } from './settings.js';
import { classify, decide, type Question } from './understand.js';
import { TaskNamer } from './task-namer.js';
import { WorkerPool } from './worker-pool.js';

@Controller()
export class OrchestratorController implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #tools: ConductorTools;
  readonly #load: LoadWatch;
  readonly #namer: TaskNamer;

  constructor(
    @Inject(BUS) bus: Bus,
    @Inject(LOGGER) logger: Logger,
    @Inject(SETTINGS) settings: SettingsOf<typeof orchestratorSettings>,
  ) {
    const pool = new WorkerPool(bus.fleet, settings.ORCHESTRATOR_MAX_WAITING);
    const load = new LoadWatch(pool, logger);
    this.#load = load;
    this.#namer = new TaskNamer(bus, logger, () => load.shed.has('llm_classification'));
    bus.tellStats('orchestrator', () => ({ shed: [...load.shed] }));
    this.#tools = {
      bus,
      logger,
      pool,
      namer: this.#namer,
      queueWaitMs: settings.ORCHESTRATOR_QUEUE_WAIT_MS,
      roomWaitMs: settings.ORCHESTRATOR_ROOM_WAIT_MS,
      spend: new HedgeSpend(),
      shed: () => load.shed,
    };
  }

  onApplicationBootstrap(): Promise<void> {
    return this.#namer.start();
  }

  beforeApplicationShutdown(): void {
    this.#namer.stop();
    this.#load.stop();
  }

  @Serves(Complete)
  complete(order: CompletionOrder, context: ServedContext): Promise<CompletionResult> {
    return withSpan('complete', { parent: context.traceparent }, async (span) => {
      const startedAt = performance.now();
      const watched = watchSink(this.#tools.bus, order.sink, context.signal);
      const callContext = {
        requestId: order.request_id,
        tenant: order.caller.tenant,
        deadline: context.deadline,
        traceparent: traceparentOf(span) ?? context.traceparent,
        signal: watched.signal,
      };
      try {
        const result = await new Conductor(this.#tools, order, context.body, callContext).run();
        if (watched.isSinkLost() && order.kind === 'live')
          await stateForLostSink(this.#tools.bus, order, result, startedAt, callContext.traceparent);
        return result;
      } finally {
        watched.stop();
      }
    });
  }

  @Serves(ExplainRoute)
  async explain(question: Question, context: ServedContext) {
    const { bus, roomWaitMs } = this.#tools;
    const { features } = await classify(bus, question, context.body, context);
    try {
      const plan: RoutePlan = await decide(bus, question, features, context, roomWaitMs);
      return { features, plan, error: null };
    } catch (thrown) {
      return { features, plan: null, error: toSkeinError(thrown).toWire() };
    }
  }
}

interface WatchedSink {
  readonly signal: StopSignal;
  isSinkLost(): boolean;
  stop(): void;
}

/** A signal that aborts when the caller cancels, and when the sink's process is lost: nobody is left to answer. */
function watchSink(bus: Bus, sink: string, callersSignal: StopSignal): WatchedSink {
  const stopper = new Stopper();
  const letCallerGo = stopper.follow(callersSignal);
  let isLost = false;
  const stopWatching = bus.fleet.onLost((instance) => {
    if (instance !== sink) return;
    isLost = true;
    stopper.abort({ reason: 'the sink is gone', mode: 'cut' });
  });
  return {
    signal: stopper,
    isSinkLost: () => isLost,
    stop: () => {
      stopWatching();
      letCallerGo();
    },
  };
}

/** What the sink can no longer say: its request is over, and nobody was there for the end of it. */
async function stateForLostSink(
  bus: Bus,
  order: CompletionOrder,
  result: CompletionResult,
  startedAt: number,
  traceparent: string | undefined,
): Promise<void> {
  await bus
    .state(CompletionFinished, {
      request_id: order.request_id,
      kind: order.kind,
      operation: order.operation,
      caller: order.caller,
      status: 'cancelled',
      requested_model: order.model,
      stream: order.stream,
      task: result.explanation?.features.task ?? null,
      metadata: order.metadata,
      cache: result.cache,
      explanation: result.explanation,
      attempts: result.attempts,
      overhead_ms: null,
      total_ms: performance.now() - startedAt,
      error: result.error,
      trace_id: traceIdOf(traceparent),
      at: Date.now(),
      ...(traceparent !== undefined && { traceparent }),
    })
    .catch(() => undefined);
}
