import { newId } from '@skein/bus';
import { ReplayAnswer } from '@skein/contracts/cache';
import { toSkeinError, type SkeinError } from '@skein/contracts/errors';
import { operationTable } from '@skein/contracts/operation';
import type { AttemptSummary, CompletionOrder, CompletionResult, Explanation } from '@skein/contracts/orchestrator';
import type { RoutePlan } from '@skein/contracts/router';
import type { CallContext, RequestBody } from '@skein/contracts/wire';
import { AttemptChain, callerLeft, type RunContext } from './attempt-chain.js';
import { briefPlan } from './brief-plan.js';
import type { ConductorTools } from './conductor-tools.js';
import { SinkLine } from './sink-line.js';
import { runShadows } from './run-shadows.js';
import { classify, decide, lookUp, usesCache, type CacheAnswer } from './understand.js';

interface EarlyLookUp {
  readonly vendor: string;
  readonly model: string;
  readonly answer: Promise<CacheAnswer | null>;
}

/** One request, from its order to its result. Keeps nothing beyond it. */
export class Conductor {
  #attempts: readonly AttemptSummary[] = [];
  #explanation: Explanation | null = null;
  #cache: CompletionResult['cache'] = 'off';
  #storeAs: string | null = null;
  /** Attempts whose frames may have reached the sink are numbered from 1; a replay from the cache is one. */
  #attemptNo = 0;
  readonly #sink: SinkLine;
  /** What the customer is told beside what the plan says. */
  readonly #notices: string[] = [];

  constructor(
    private readonly tools: ConductorTools,
    private readonly order: CompletionOrder,
    private readonly body: RequestBody,
    private readonly context: RunContext,
  ) {
    this.#sink = new SinkLine(tools.bus, order.sink, order.request_id);
  }

  async run(): Promise<CompletionResult> {
    try {
      return await this.#walk();
    } catch (thrown) {
      const error = toSkeinError(thrown);
      if (error.code === 'internal')
        this.tools.logger.error({ err: error, request_id: this.order.request_id }, 'a completion failed');
      return this.#ended(error);
    }
  }

  async #walk(): Promise<CompletionResult> {
    const { bus } = this.tools;
    const { tenant, key_id } = this.order.caller;
    const question = { ...this.order, tenant, key_id };
    const early = this.#earlyLookUp();
    const { features: guessed, isAssumed } = await classify(bus, question, this.body, this.context);
    if (isAssumed && this.order.model === 'auto')
      this.#notices.push('the classifier is away: this was routed unclassified');
    const features = await this.tools.namer.name(guessed, this.order, this.body, this.context);
    const plan = await decide(bus, question, features, this.context, this.tools.roomWaitMs);
    const shed = [...this.tools.shed()];
    this.#explanation = { features, plan: briefPlan(plan), ...(shed.length > 0 && { shed }) };
    runShadows(this.tools, this.order, this.body, { features, plan });
    const context = { ...this.context, deadline: Math.min(this.context.deadline, performance.now() + plan.request_ms) };
    const hit = await this.#askCache(plan, early, context);
    if (hit !== null) return hit;
    return this.#tryCandidates(plan, context);
  }

  /** For an explicit `vendor/model` the cache is asked beside the classifier. */
  #earlyLookUp(): EarlyLookUp | null {
    const { model, caller, cache, temperature } = this.order;
    const slash = model.indexOf('/');
    if (slash <= 0 || !isCacheable(this.order) || !(cache === 'exact' || (cache === 'policy' && temperature === 0)))
      return null;
    const where = { vendor: model.slice(0, slash), model: model.slice(slash + 1) };
    return { ...where, answer: lookUp(this.tools.bus, { tenant: caller.tenant, ...where }, this.body, this.context) };
  }

  async #askCache(plan: RoutePlan, early: EarlyLookUp | null, context: CallContext): Promise<CompletionResult | null> {
    const first = plan.candidates[0];
    if (first === undefined || !isCacheable(this.order)) return null;
    if (!usesCache(this.order.cache, plan.cache, this.order.temperature)) return null;
    this.#cache = 'miss';
    const sameModel = early !== null && early.vendor === first.vendor && early.model === first.model;
    const found = sameModel
      ? await early.answer
      : await lookUp(
          this.tools.bus,
          { tenant: this.order.caller.tenant, vendor: first.vendor, model: first.model },
          this.body,
          context,
        );
    if (found === null) return null;
    this.#storeAs = found.key;
    if (found.origin === null) return null;
    this.#attemptNo += 1;
    try {
      await this.tools.bus.call(
        ReplayAnswer,
        {
          key: found.key,
          include_usage: wantsUsage(this.body.json),
          order: {
            request_id: this.order.request_id,
            sink: this.order.sink,
            operation: this.order.operation,
            stream: this.order.stream,
            head: {
              attempt_id: newId('att'),
              attempt_no: this.#attemptNo,
              vendor: found.origin.vendor,
              model: found.origin.model,
              reason: 'an exact answer was in the cache',
              cache: 'hit',
              notices: [...first.notices, ...this.#notices],
            },
            kind: this.order.kind,
            caller: this.order.caller,
            task: this.#task(),
            limits: first.limits,
            continuation: null,
          },
        },
        context,
      );
    } catch (thrown) {
      // Lapsed or lost between look-up and replay: the vendors are still there. What it sent is fenced off.
      this.tools.logger.debug({ err: toSkeinError(thrown) }, 'a cached answer could not be replayed');
      const error = toSkeinError(thrown);
      const fence = await this.#sink.fence(this.#attemptNo, context);
      if (fence.gone) return this.#ended(callerLeft());
      if (!fence.committed) return null;
      await this.#sink.breakOff(this.#attemptNo, error, context);
      return this.#ended(error);
    }
    this.#cache = 'hit';
    this.#storeAs = null;
    return this.#ended(null);
  }

  async #tryCandidates(plan: RoutePlan, context: RunContext): Promise<CompletionResult> {
    const chain = new AttemptChain(this.tools, {
      order: this.order,
      body: this.body,
      plan,
      context,
      sink: this.#sink,
      cache: this.#cache,
      task: this.#task(),
      lastAttemptNo: this.#attemptNo,
      notices: this.#notices,
    });
    this.#attempts = chain.attempts;
    return this.#ended(await chain.run());
  }

  #task(): string | null {
    const { task = null } = this.#explanation?.features ?? {};
    return operationTable[this.order.operation].isClassified ? task : null;
  }

  #ended(error: SkeinError | null): CompletionResult {
    return {
      status: error === null ? 'succeeded' : error.code === 'cancelled' ? 'cancelled' : 'failed',
      error: error?.toWire() ?? null,
      cache: this.#cache,
      store_as: error === null ? this.#storeAs : null,
      attempts: [...this.#attempts],
      task: this.#explanation?.features.task ?? null,
      explanation: this.#explanation,
    };
  }
}

/** Sound in pieces and events of a transcript are no chunks that the cache could play again. */
const isCacheable = ({ operation, stream }: CompletionOrder): boolean => operation === 'chat' || !stream;

/** Did the caller ask for usage at the end of a stream? */
function wantsUsage(asked: unknown): boolean {
  const options = isRecord(asked) ? asked['stream_options'] : undefined;
  return isRecord(options) && options['include_usage'] === true;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
