import { newId, type Bus } from '@skein/bus';
import type { AnswerHead } from '@skein/contracts/attempt';
import { ReplayAnswer } from '@skein/contracts/cache';
import { SkeinError, toSkeinError } from '@skein/contracts/errors';
import type { AttemptSummary, CompletionOrder, CompletionResult, Explanation } from '@skein/contracts/orchestrator';
import type { RouteCandidate, RoutePlan } from '@skein/contracts/router';
import { fenceAttempt, switchAttempt, type FenceReply } from '@skein/contracts/sink';
import type { CallContext, RequestBody } from '@skein/contracts/wire';
import type { Logger } from '@skein/telemetry';
import { allAttemptsFailed } from './final-error.js';
import { attemptBudget, nextStep } from './next-step.js';
import { runOneAttempt, type AttemptReport } from './run-one-attempt.js';
import { classify, decide, lookUp, usesCache, type CacheAnswer } from './understand.js';
import type { WorkerPool } from './worker-pool.js';

/** Near the deadline the worker gives up this much earlier, so that its own word on the attempt still arrives in time. */
const OUTCOME_MARGIN_MS = 200;

export interface ConductorTools {
  readonly bus: Bus;
  readonly pool: WorkerPool;
  readonly logger: Logger;
  readonly queueWaitMs: number;
}

interface EarlyLookUp {
  readonly vendor: string;
  readonly model: string;
  readonly answer: Promise<CacheAnswer | null>;
}

/** One request, from its order to its result. Keeps nothing beyond it. */
export class Conductor {
  readonly #attempts: AttemptSummary[] = [];
  #explanation: Explanation | null = null;
  #cache: CompletionResult['cache'] = 'off';
  #storeAs: string | null = null;
  /** Attempts whose frames may have reached the sink are numbered from 1; a replay from the cache is one. */
  #attemptNo = 0;

  constructor(
    private readonly tools: ConductorTools,
    private readonly order: CompletionOrder,
    private readonly body: RequestBody,
    private readonly context: CallContext & { readonly signal: AbortSignal },
  ) {}

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
    const question = { ...this.order, tenant: this.order.caller.tenant };
    const early = this.#earlyLookUp();
    const features = await classify(bus, question, this.body, this.context);
    const plan = await decide(bus, question, features, this.context);
    this.#explanation = { features, plan };
    const context = { ...this.context, deadline: Math.min(this.context.deadline, performance.now() + plan.request_ms) };
    const hit = await this.#askCache(plan, early, context);
    if (hit !== null) return hit;
    return this.#tryCandidates(plan, context);
  }

  /** For an explicit `vendor/model` the cache is asked beside the classifier. */
  #earlyLookUp(): EarlyLookUp | null {
    const { model, caller, cache, temperature } = this.order;
    const slash = model.indexOf('/');
    if (slash <= 0 || !(cache === 'exact' || (cache === 'policy' && temperature === 0))) return null;
    const where = { vendor: model.slice(0, slash), model: model.slice(slash + 1) };
    return { ...where, answer: lookUp(this.tools.bus, { tenant: caller.tenant, ...where }, this.body, this.context) };
  }

  async #askCache(plan: RoutePlan, early: EarlyLookUp | null, context: CallContext): Promise<CompletionResult | null> {
    const first = plan.candidates[0];
    if (first === undefined || !usesCache(this.order.cache, plan.cache, this.order.temperature)) return null;
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
    const head = this.#head(first, this.#attemptNo, 'an exact answer was in the cache', 'hit');
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
            head: { ...head, vendor: found.origin.vendor, model: found.origin.model },
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
      const fence = await this.#fence(this.#attemptNo, context);
      if (fence.gone) return this.#ended(callerLeft());
      if (fence.committed) return this.#breakOff(this.#attemptNo, toSkeinError(thrown), context);
      return null;
    }
    this.#cache = 'hit';
    this.#storeAs = null;
    return this.#ended(null);
  }

  async #tryCandidates(plan: RoutePlan, context: CallContext & { signal: AbortSignal }): Promise<CompletionResult> {
    const candidates = [...plan.candidates];
    let hasWaited = false;
    let losses = 0;
    let continuation: { text_so_far: string } | null = null;
    let last: SkeinError | null = null;
    for (let index = 0; index < candidates.length; index += 1) {
      const candidate = candidates[index];
      if (candidate === undefined || context.deadline <= performance.now()) break;
      const left = candidates.length - index - 1;
      const lease = await this.#acquire(candidate, left, context);
      if (context.signal.aborted) {
        lease?.release();
        return this.#ended(callerLeft());
      }
      if (lease === null) {
        last = noWorker(candidate.vendor);
        continue;
      }
      const attemptNo = (this.#attemptNo += 1);
      const remainingMs = context.deadline - performance.now();
      const report: AttemptReport = await runOneAttempt(this.tools.bus, {
        order: this.order,
        candidate,
        head: this.#head(candidate, attemptNo, candidate.reason, this.#cache === 'off' ? 'off' : 'miss'),
        body: this.body,
        instance: lease.instance,
        task: this.#task(),
        callMs: attemptBudget(candidate.limits.call_ms, remainingMs - OUTCOME_MARGIN_MS, left),
        continuation,
        context,
        onCancel: plan.on_cancel,
        mustAccept: left > 0,
      }).finally(() => lease.release());
      this.#attempts.push(report.summary);
      if (report.error === null) return this.#ended(null);
      last = report.error;
      if (last.code === 'no_responders') lease.setAside();
      if (context.signal.aborted) return this.#ended(callerLeft());

      const fence = await this.#fence(attemptNo, context);
      if (fence.gone) return this.#ended(last);
      if (fence.committed) {
        const goesOn =
          plan.on_mid_stream_failure === 'continue' && fence.only_text && left > 0 && last.row.retry !== 'never';
        if (!goesOn) return this.#breakOff(attemptNo, last, context);
        continuation = { text_so_far: fence.text_so_far };
        await this.#switch(
          attemptNo + 1,
          'continue',
          `${candidate.vendor} broke off; another model goes on`,
          null,
          context,
        );
        continue;
      }
      if (report.life.state === 'unknown' && this.order.on_unknown === 'stop') return this.#ended(last);
      const step = nextStep({
        error: last,
        candidatesLeft: left,
        remainingMs: context.deadline - performance.now(),
        hasWaited,
        losses,
      });
      if (step.do === 'refuse') return this.#ended(last);
      if (step.do === 'give-up') break;
      if (step.do === 'again') {
        losses += 1;
        candidates.push(candidate);
      }
      if (step.do === 'wait-and-retry') {
        hasWaited = true;
        await waitFor(step.afterMs, context.signal);
        candidates.push(candidate);
      }
    }
    last ??= new SkeinError('unavailable', 'No candidate could be tried');
    if (context.deadline - performance.now() <= 0)
      last = new SkeinError('deadline_exceeded', last.message, { cause: last });
    return this.#ended(allAttemptsFailed(this.#attempts, last));
  }

  /** With others left to try, a full or missing worker is passed over at once; the last candidate is waited for. */
  #acquire(candidate: RouteCandidate, left: number, context: CallContext & { signal: AbortSignal }) {
    if (left > 0) return Promise.resolve(this.tools.pool.tryAcquire(candidate.vendor));
    const waitMs = Math.min(this.tools.queueWaitMs, context.deadline - performance.now());
    return this.tools.pool.acquire(candidate.vendor, waitMs, context.signal);
  }

  /** From the reply on, frames of the attempt are dropped for good. Without a sink there is nobody to answer. */
  async #fence(attemptNo: number, context: CallContext): Promise<FenceReply> {
    const gone: FenceReply = { gone: true, committed: false, last_seq: -1, text_so_far: '', only_text: false };
    while (performance.now() < context.deadline && !context.signal?.aborted) {
      try {
        return await this.tools.bus.call(
          fenceAttempt(this.order.sink),
          { request_id: this.order.request_id, attempt_no: attemptNo },
          { ...context, signal: undefined },
        );
      } catch (thrown) {
        const error = toSkeinError(thrown);
        if (error.code === 'no_responders' || !this.tools.bus.fleet.isAlive(this.order.sink)) return gone;
        await waitFor(100, context.signal);
      }
    }
    return gone;
  }

  async #breakOff(attemptNo: number, error: SkeinError, context: CallContext): Promise<CompletionResult> {
    await this.#switch(attemptNo, 'error', error.message, error, context);
    return this.#ended(error);
  }

  async #switch(
    attemptNo: number,
    mode: 'continue' | 'error',
    notice: string,
    error: SkeinError | null,
    context: CallContext,
  ): Promise<void> {
    await this.tools.bus
      .call(
        switchAttempt(this.order.sink),
        { request_id: this.order.request_id, attempt_no: attemptNo, mode, notice, error: error?.toWire() ?? null },
        { ...context, signal: undefined },
      )
      .catch(() => undefined);
  }

  #head(candidate: RouteCandidate, attemptNo: number, reason: string, cache: AnswerHead['cache']): AnswerHead {
    return {
      attempt_id: newId('att'),
      attempt_no: attemptNo,
      vendor: candidate.vendor,
      model: candidate.model,
      reason,
      cache,
      notices: candidate.notices,
    };
  }

  #task(): string | null {
    return this.#explanation?.features.task ?? null;
  }

  #ended(error: SkeinError | null): CompletionResult {
    return {
      status: error === null ? 'succeeded' : error.code === 'cancelled' ? 'cancelled' : 'failed',
      error: error?.toWire() ?? null,
      cache: this.#cache,
      store_as: error === null ? this.#storeAs : null,
      attempts: this.#attempts,
      explanation: this.#explanation,
    };
  }
}

const callerLeft = () => new SkeinError('cancelled', 'The caller left');

const noWorker = (vendor: string) =>
  new SkeinError('unavailable', `Every worker of ${vendor} is busy or away`, { retryAfterMs: 1_000 });

/** Did the caller ask for usage at the end of a stream? */
function wantsUsage(asked: unknown): boolean {
  const options = isRecord(asked) ? asked['stream_options'] : undefined;
  return isRecord(options) && options['include_usage'] === true;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function waitFor(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done, { once: true });
  });
}
