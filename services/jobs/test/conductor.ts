// A conductor for specs, at the same contract as the real one: it answers a completion order with frames and a result.
import {
  Complete,
  ExplainRoute,
  type AttemptSummary,
  type CompletionOrder,
  type CompletionResult,
} from '@skein/contracts/orchestrator';
import type { Bus, ServedContext } from '@skein/bus';
import type { AnswerHead, UsageFrame } from '@skein/contracts/attempt';
import { SkeinError, type ErrorCode } from '@skein/contracts/errors';
import { mergePolicy, type RoutePlan } from '@skein/contracts/router';
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
  bus.serve('orchestrator', ExplainRoute, async () => ({ features, plan, error: null }));
  return conductor;
}

const features = {
  task: 'classification' as const,
  declared: null,
  confidence: 1,
  abstained: false,
  language: 'en',
  tokens: 40,
  turns: 1,
  complexity: { score: 0, tier: 'simple' as const },
  needs: [],
};

/** Every line may be merged, and goes to a model whose vendor has no batch API. */
const plan: RoutePlan = {
  revision: 'spec',
  strategy: 'balanced',
  candidates: [
    {
      vendor: 'deepseek',
      model: 'deepseek-v4-flash',
      score: 1,
      reason: 'spec',
      expected: { input_tokens: 40, output_tokens: 5, cost_nano_usd: 100, latency_ms: null },
      limits: { first_byte_ms: null, idle_ms: null, call_ms: 30_000 },
      notices: [],
    },
  ],
  excluded: [],
  cache: 'never',
  on_mid_stream_failure: 'error',
  on_cancel: 'cut',
  request_ms: 120_000,
  retries: { most: 0, base_ms: 1, cap_ms: 1 },
  answers: { empty: 'next', truncated: 'next', filtered: 'return', invalid: 'next', re_ask: 0 },
  hedging: { mode: 'off', max_extra_spend: 0 },
  last_resort: null,
  merge: mergePolicy.parse({ mode: 'asked' }),
};

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

interface OneOfMany {
  readonly id: string;
  readonly input: string;
}

/** Answers `<input>!` to each request: of a merged call, those that `pick` lets through; or to the one that comes alone. */
export function answeringMany(
  bus: Bus,
  pick: (requests: readonly OneOfMany[]) => readonly OneOfMany[] = (requests) => requests,
): Conduct {
  return async (order, context) => {
    const { messages } = context.body.json as { messages: readonly { readonly content: string }[] };
    const asked = messages.at(-1)?.content ?? '';
    const many = asked.startsWith('[') ? (JSON.parse(asked) as OneOfMany[]) : null;
    const answers = many === null ? null : pick(many).map(({ id, input }) => `${id}: ${input}!`);
    const content = answers === null ? `${asked}!` : JSON.stringify({ answers });
    const body = {
      id: 'chatcmpl-spec',
      object: 'chat.completion',
      choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
    };
    return answering(bus, body)(order, context);
  };
}
