// A conductor for specs, at the same contract as the real one: it answers a completion order with frames and a result.
import {
  Complete,
  type AttemptSummary,
  type CompletionOrder,
  type CompletionResult,
} from '@skein/contracts/orchestrator';
import type { Bus, ServedContext } from '@skein/bus';
import type { AnswerHead, UsageFrame } from '@skein/contracts/attempt';
import { SkeinError, type ErrorCode } from '@skein/contracts/errors';
import type { FrameKind } from '@skein/contracts/wire';

export type Conduct = (order: CompletionOrder, context: ServedContext) => Promise<CompletionResult>;

export interface Conductor {
  /** What it was asked, in order. */
  readonly orders: CompletionOrder[];
  /** What it does with the next orders. */
  conduct: Conduct;
}

export function startConductor(bus: Bus): Conductor {
  const conductor: Conductor = { orders: [], conduct: answering(bus) };
  bus.serve('orchestrator', Complete, (order, context) => {
    conductor.orders.push(order);
    return conductor.conduct(order, context);
  });
  return conductor;
}

export const attemptOf = (order: CompletionOrder, change: Partial<AttemptSummary> = {}): AttemptSummary => ({
  id: `att_${order.request_id}_1`,
  vendor: 'openai',
  model: 'gpt-4o-mini',
  outcome: 'finished',
  first_byte_ms: 1,
  total_ms: 2,
  usage: null,
  usage_source: 'none',
  cost_nano_usd: 1_000,
  error: null,
  ...change,
});

const resultOf = (change: Partial<CompletionResult>): CompletionResult => ({
  status: 'succeeded',
  error: null,
  cache: 'off',
  store_as: null,
  attempts: [],
  explanation: null,
  ...change,
});

const headOf = (attempt: AttemptSummary): AnswerHead => ({
  attempt_id: attempt.id,
  attempt_no: 1,
  vendor: attempt.vendor,
  model: attempt.model,
  reason: 'spec',
  cache: 'off',
  notices: [],
});

const usageOf = (attempt: AttemptSummary): UsageFrame => ({
  head: headOf(attempt),
  usage: null,
  usage_source: 'none',
  cost_nano_usd: attempt.cost_nano_usd,
  finish_reason: 'stop',
  first_byte_ms: 1,
  total_ms: 2,
});

function emit(bus: Bus, order: CompletionOrder, frames: readonly [FrameKind, unknown][]): void {
  frames.forEach(([kind, payload], seq) =>
    bus.emitFrame(order.sink, order.request_id, 1, {
      kind,
      seq,
      hasContent: kind === 'whole' || kind === 'chunk',
      payload: new TextEncoder().encode(JSON.stringify(payload)),
    }),
  );
}

/** Sends the whole answer straight to the sink, as a worker does, and says so. */
export function answering(bus: Bus, body: unknown = { object: 'chat.completion', choices: [] }): Conduct {
  return async (order) => {
    const attempt = attemptOf(order);
    emit(bus, order, [
      ['notice', { notice: 'head', head: headOf(attempt) }],
      ['usage', usageOf(attempt)],
      ['whole', body],
    ]);
    return resultOf({ attempts: [attempt] });
  };
}

/** Streams those pieces of text to the sink, as a worker does. */
export function streaming(bus: Bus, texts: readonly string[]): Conduct {
  return async (order) => {
    const attempt = attemptOf(order);
    const pieces: [FrameKind, unknown][] = texts.map((content) => [
      'chunk',
      { id: 'c', object: 'chat.completion.chunk', choices: [{ index: 0, delta: { content }, finish_reason: null }] },
    ]);
    const frames: [FrameKind, unknown][] = [
      ['notice', { notice: 'head', head: headOf(attempt) }],
      ...pieces,
      ['usage', usageOf(attempt)],
      ['end', {}],
    ];
    emit(bus, order, frames);
    return resultOf({ attempts: [attempt] });
  };
}

/** Fails with that code, after attempts of those outcomes. */
export function failing(code: ErrorCode, outcomes: readonly AttemptSummary['outcome'][] = ['failed']): Conduct {
  const error = new SkeinError(code, `the spec says ${code}`).toWire();
  return async (order) =>
    resultOf({
      status: 'failed',
      error,
      attempts: outcomes.map((outcome, index) =>
        attemptOf(order, {
          id: `att_${order.request_id}_${index + 1}`,
          outcome,
          cost_nano_usd: outcome === 'unknown' ? null : 10,
          error: outcome === 'finished' ? null : new SkeinError('vendor_failed', 'no').toWire(),
        }),
      ),
    });
}

/** Does the first, then the next, and the last for ever. */
export function inTurn(...conducts: [Conduct, ...Conduct[]]): Conduct {
  let turn = 0;
  return (order, context) => {
    const conduct = conducts[Math.min(turn, conducts.length - 1)] ?? conducts[0];
    turn += 1;
    return conduct(order, context);
  };
}

/** Works until it is told to stop, and says what it had begun. `begun` resolves when it has the order. */
export function holding(): { conduct: Conduct; begun: Promise<CompletionOrder>; stopped: Promise<void> } {
  const begun = Promise.withResolvers<CompletionOrder>();
  const stopped = Promise.withResolvers<void>();
  const conduct: Conduct = async (order, { signal }) => {
    begun.resolve(order);
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    stopped.resolve();
    const error = new SkeinError('cancelled', 'told to stop').toWire();
    return resultOf({
      status: 'cancelled',
      error,
      attempts: [attemptOf(order, { outcome: 'cancelled', cost_nano_usd: 3 })],
    });
  };
  return { conduct, begun: begun.promise, stopped: stopped.promise };
}
