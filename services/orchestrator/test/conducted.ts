import { LookUpAnswer, ReplayAnswer } from '@skein/contracts/cache';
import { Classify, type Features } from '@skein/contracts/classifier';
import { SkeinError, type ErrorCode, type SkeinErrorOptions } from '@skein/contracts/errors';
import type { CompletionOrder, CompletionResult } from '@skein/contracts/orchestrator';
import { runAttemptAt, type AttemptOrder, type AttemptOutcome } from '@skein/contracts/provider';
import { DecideRoute, type RouteCandidate, type RoutePlan } from '@skein/contracts/router';
import { awaitCommit, fenceAttempt, switchAttempt, type FenceReply, type SwitchRequest } from '@skein/contracts/sink';
import { RequestBody } from '@skein/contracts/wire';
import { createLogger } from '@skein/telemetry';
import type { Sheddable } from '@skein/contracts/orchestrator';
import { Conductor } from '../src/conduct.js';
import { HedgeSpend } from '../src/hedge-spend.js';
import { WorkerPool } from '../src/worker-pool.js';
import { FakeBus, type FakeCall } from './fake-bus.js';

export const SINK = 'gateway-1';

export const anOrder: CompletionOrder = {
  request_id: 'req_1',
  sink: SINK,
  operation: 'chat',
  model: 'auto',
  stream: true,
  temperature: null,
  max_output_tokens: null,
  kind: 'live',
  caller: { tenant: 'acme', project: null, key_id: 'key_1', user: null, cost_center: null },
  metadata: {},
  cache: 'policy',
  on_unknown: 'next',
};

export const someFeatures: Features = {
  task: 'code',
  declared: null,
  confidence: 0.9,
  abstained: false,
  language: 'en',
  tokens: 12,
  turns: 0,
  complexity: { score: 0.2, tier: 'simple' },
  needs: [],
};

export const candidate = (vendor: string, callMs = 30_000): RouteCandidate => ({
  vendor,
  model: `${vendor}-model`,
  score: 1,
  reason: `${vendor} is next`,
  expected: { input_tokens: 1, output_tokens: 1, cost_nano_usd: 1, latency_ms: 1 },
  limits: { first_byte_ms: null, idle_ms: null, call_ms: callMs },
  notices: [],
});

export const planOf = (vendors: readonly string[], rest: Partial<RoutePlan> = {}): RoutePlan => ({
  revision: 'r1',
  strategy: 'balanced',
  candidates: vendors.map((vendor) => candidate(vendor)),
  excluded: [],
  cache: 'never',
  on_mid_stream_failure: 'error',
  on_cancel: 'cut',
  request_ms: 120_000,
  retries: { most: 0, base_ms: 10, cap_ms: 50 },
  answers: { empty: 'next', truncated: 'next', filtered: 'return', invalid: 'next', re_ask: 0 },
  hedging: { mode: 'off', max_extra_spend: 0.05 },
  last_resort: null,
  ...rest,
});

export const finished: AttemptOutcome = {
  outcome: 'finished',
  usage: null,
  usage_source: 'none',
  cost_nano_usd: 10,
  finish_reason: 'stop',
  first_byte_ms: 1,
  total_ms: 2,
  model_served: null,
  vendor_request_id: null,
  error: null,
};

/** The outcome of an attempt at which the vendor failed. */
export const failed = (code: ErrorCode, options: SkeinErrorOptions = {}): AttemptOutcome => ({
  ...finished,
  outcome: 'failed',
  cost_nano_usd: 0,
  error: new SkeinError(code, `the vendor said ${code}`, { source: 'vendor', ...options }).toWire(),
});

export const notCommitted: FenceReply = {
  gone: false,
  committed: false,
  last_seq: -1,
  text_so_far: '',
  only_text: true,
};
export const committed = (text: string, only_text = true): FenceReply => ({
  gone: false,
  committed: true,
  last_seq: 3,
  text_so_far: text,
  only_text,
});

type Attempted = AttemptOutcome | SkeinError | ((call: FakeCall<AttemptOrder>) => Promise<AttemptOutcome>);

/** A conductor at work on one order in a mesh that does what the test says; `walk` is what it did, in order. */
export class Conducted {
  readonly bus = new FakeBus();
  readonly leaving = new AbortController();
  readonly attempts: FakeCall<AttemptOrder>[] = [];
  readonly switches: SwitchRequest[] = [];
  readonly fenced: number[] = [];
  readonly pool: WorkerPool;
  readonly spend = new HedgeSpend();
  readonly shed = new Set<Sheddable>();

  constructor(readonly plan: RoutePlan) {
    const { bus } = this;
    bus.fleet.have(
      [...new Set(plan.candidates.map(({ vendor }) => vendor))].map((vendor) => ({ vendor, instance: `${vendor}-1` })),
    );
    this.pool = new WorkerPool(bus.fleet, 10);
    bus.on(Classify, () => someFeatures);
    bus.on(DecideRoute, () => plan);
    bus.on(switchAttempt(SINK), ({ request }) => {
      this.switches.push(request);
      return { gone: false };
    });
    this.fences();
  }

  /** What the attempts at a vendor come to, one after the other. */
  attempt(vendor: string, ...outcomes: Attempted[]): this {
    this.bus.on(runAttemptAt(vendor), async (call) => {
      this.attempts.push(call);
      const outcome = outcomes.shift();
      if (outcome === undefined) throw new Error(`${vendor} was asked more often than the test says`);
      if (outcome instanceof SkeinError) throw outcome;
      return typeof outcome === 'function' ? outcome(call) : outcome;
    });
    return this;
  }

  /** What the sink says to the fences, one after the other; `notCommitted` when the test says no more. */
  fences(...replies: (FenceReply | SkeinError)[]): this {
    this.bus.on(fenceAttempt(SINK), ({ request }) => {
      this.fenced.push(request.attempt_no);
      const reply = replies.shift() ?? notCommitted;
      if (reply instanceof SkeinError) throw reply;
      return reply;
    });
    return this;
  }

  run(order: Partial<CompletionOrder> = {}, deadlineMs = 60_000, body = {}): Promise<CompletionResult> {
    const tools = {
      bus: this.bus,
      pool: this.pool,
      namer: { name: (features: Features) => Promise.resolve(features) },
      logger: createLogger('test', 'silent'),
      queueWaitMs: 50,
      roomWaitMs: 1_000,
      spend: this.spend,
      shed: () => this.shed,
    };
    const context = { requestId: 'req_1', deadline: performance.now() + deadlineMs, signal: this.leaving.signal };
    return new Conductor(tools, { ...anOrder, ...order }, RequestBody.of({ model: 'auto', ...body }), context).run();
  }

  get walk(): string[] {
    return this.bus.said.map(
      (subject) => shortNames[subject] ?? subject.replace(/^skein\.(?:rpc\.provider|fact)\.(.*)\.v1$/, '$1'),
    );
  }

  /** The last fact stated, whole. */
  get lastFact(): unknown {
    return this.bus.facts.at(-1)?.body;
  }
}

const shortNames: Readonly<Record<string, string>> = {
  [Classify.subject]: 'classify',
  [DecideRoute.subject]: 'decide',
  [LookUpAnswer.subject]: 'look up',
  [ReplayAnswer.subject]: 'replay',
  [fenceAttempt(SINK).subject]: 'fence',
  [awaitCommit(SINK).subject]: 'commit',
  [switchAttempt(SINK).subject]: 'switch',
};
