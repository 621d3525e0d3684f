/**
 * The attempts of one request, from the first candidate to an answer or to nothing left to try. Whatever takes an
 * attempt's place waits for the fence; only hedges run beside one another (`run-beside.ts`).
 */
import { newId } from '@skein/bus';
import type { AnswerHead } from '@skein/contracts/attempt';
import { SkeinError } from '@skein/contracts/errors';
import type { AttemptSummary, CompletionOrder } from '@skein/contracts/orchestrator';
import type { RouteCandidate, RoutePlan } from '@skein/contracts/router';
import { Stopper, type CallContext, type RequestBody, type StopSignal } from '@skein/contracts/wire';
import { attemptTimes } from './attempt-times.js';
import type { ConductorTools } from './conductor-tools.js';
import { askAgain } from './correct-answer.js';
import { degradedNotice } from './degraded-mode.js';
import { allAttemptsFailed } from './final-error.js';
import { nextStep, type Tried } from './next-step.js';
import { pause } from './pause.js';
import { runBeside, type RunningAttempt } from './run-beside.js';
import { runOneAttempt, type AttemptReport } from './run-one-attempt.js';
import type { SinkLine } from './sink-line.js';
import type { WorkerLease } from './worker-pool.js';

/** Near the deadline the worker gives up this much earlier, so that its own word on the attempt still arrives in time. */
const OUTCOME_MARGIN_MS = 200;

export type RunContext = CallContext & { readonly signal: StopSignal };

export interface ChainTask {
  readonly order: CompletionOrder;
  readonly body: RequestBody;
  readonly plan: RoutePlan;
  readonly context: RunContext;
  readonly sink: SinkLine;
  readonly cache: AnswerHead['cache'];
  readonly task: string | null;
  /** The last attempt number that is taken: a replay from the cache may have had one. */
  readonly lastAttemptNo: number;
  /** What whoever gets the answer is told, whichever candidate it is from. */
  readonly notices: readonly string[];
}

/** A candidate whose turn is to come. */
interface Turn {
  readonly place: number;
  readonly candidate: RouteCandidate;
  readonly body: RequestBody;
}

/** What is done after a turn that failed: go on with the queue, or end with this error. */
type Onward = { readonly ends: SkeinError } | 'goes on' | 'nothing left';

export class AttemptChain {
  readonly attempts: AttemptSummary[] = [];
  readonly #queue: Turn[];
  readonly #tried = new Map<number, SkeinError>();
  readonly #pausing: { hasWaited: boolean; losses: number; retried: number; reAsked: number } = {
    hasWaited: false,
    losses: 0,
    retried: 0,
    reAsked: 0,
  };
  #attemptNo: number;
  #continuation: { text_so_far: string } | null = null;
  #lastResort: RouteCandidate | null;
  #last: SkeinError | null = null;

  constructor(
    private readonly tools: ConductorTools,
    private readonly work: ChainTask,
  ) {
    const { plan, body, lastAttemptNo } = work;
    this.#attemptNo = lastAttemptNo;
    this.#lastResort = plan.last_resort;
    this.#queue = plan.candidates.map((candidate, place) => ({ place, candidate, body }));
  }

  /** Runs until an answer is there (null) or the request has failed. Never throws what an attempt came to. */
  async run(): Promise<SkeinError | null> {
    const { context } = this.work;
    for (;;) {
      const turn = this.#queue.shift() ?? this.#lastTurn();
      if (turn === null || this.#remainingMs() <= 0) break;
      const lease = await this.#acquire(turn.candidate);
      if (context.signal.aborted) {
        lease?.release();
        return callerLeft();
      }
      if (lease === null) {
        this.#last = noWorker(turn.candidate.vendor);
        continue;
      }
      const ended = await this.#runTurn(turn, lease);
      if (ended === null) return null;
      if (context.signal.aborted) return callerLeft();
      const onward = await this.#afterFailure(ended);
      if (onward === 'nothing left' && this.#lastResort === null) break;
      if (typeof onward === 'object') return onward.ends;
    }
    return this.#failed();
  }

  /** Null when the turn was answered; else what became of its attempts, the one that counts last. */
  async #runTurn(turn: Turn, lease: WorkerLease): Promise<EndedAttempt[] | null> {
    const { plan, sink, context } = this.work;
    const first = this.#begin(turn, lease);
    const running = await runBeside({
      first,
      mode: this.tools.shed().has('hedging') ? 'off' : plan.hedging.mode,
      afterMs: turn.candidate.hedge_after_ms ?? null,
      committed: (waitMs, signal) => sink.committed(waitMs, { ...context, signal }),
      beginSecond: () => this.#beginSecond(),
    });
    const ended = await Promise.all(running.map(async (attempt) => ({ ...attempt, report: await attempt.report })));
    const answered = ended.some(({ report }) => report.error === null);
    for (const { report, turn: its } of ended) {
      this.attempts.push(report.summary);
      const isExtra = ended.length > 1 && report.summary.outcome === 'cancelled';
      this.tools.spend.note(report.summary.cost_nano_usd ?? 0, isExtra, performance.now());
      if (report.error !== null && !answered) this.#tried.set(its.place, report.error);
    }
    return answered ? null : ended;
  }

  #beginSecond(): RunningAttempt<Turn> | null {
    const { plan } = this.work;
    for (const [index, turn] of this.#queue.entries()) {
      const cost = turn.candidate.expected.cost_nano_usd;
      const isAffordable =
        plan.hedging.mode === 'race' ||
        (cost !== null && this.tools.spend.allows(cost, plan.hedging.max_extra_spend, performance.now()));
      const lease = isAffordable ? this.tools.pool.tryAcquire(turn.candidate.vendor) : null;
      if (lease === null) continue;
      this.#queue.splice(index, 1);
      return this.#begin(turn, lease);
    }
    return null;
  }

  #begin(turn: Turn, lease: WorkerLease): RunningAttempt<Turn> {
    const { order, plan, context } = this.work;
    const { candidate } = turn;
    const left = this.#candidatesLeft();
    const stopping = new Stopper();
    const letCallerGo = stopping.follow(context.signal);
    let how = plan.on_cancel;
    const no = (this.#attemptNo += 1);
    const report = runOneAttempt(this.tools.bus, {
      order,
      candidate,
      head: this.#head(candidate, no),
      body: turn.body,
      instance: lease.instance,
      task: this.work.task,
      limits: attemptTimes(candidate.limits, {
        stream: order.stream,
        remainingMs: this.#remainingMs() - OUTCOME_MARGIN_MS,
        candidatesLeft: left,
      }),
      acceptance: order.judged_by_sink === true ? { ...plan.answers, ...judgedElsewhere } : plan.answers,
      continuation: this.#continuation,
      context: { ...context, signal: stopping },
      onCancel: () => how,
      mustAccept: left > 0,
    }).finally(() => {
      letCallerGo();
      lease.release();
    });
    const stop = () => {
      how = 'cut';
      stopping.abort();
    };
    return { no, turn, lease, report, stop };
  }

  /** Fences what has failed, and decides by the error table what is next. */
  async #afterFailure(ended: readonly EndedAttempt[]): Promise<Onward> {
    const { plan, sink, context, order } = this.work;
    for (const { no, report, lease, turn } of ended) {
      const error = report.error ?? callerLeft();
      this.#last = error;
      if (error.code === 'no_responders') lease.setAside();
      const fence = await sink.fence(no, context);
      if (fence.gone) return { ends: error };
      if (fence.committed) return this.#goOn(no, turn, error, fence.only_text ? fence.text_so_far : null);
      if (report.life.state === 'unknown' && order.on_unknown === 'stop') return { ends: error };
    }
    const counts = ended.find(({ report }) => report.error?.row.retry === 'never') ?? ended.at(-1);
    if (counts === undefined) return 'nothing left';
    const { report, turn } = counts;
    const reAsks = this.tools.shed().has('verification') ? 0 : plan.answers.re_ask;
    if (report.rejected !== null && this.#pausing.reAsked < reAsks && this.#remainingMs() > 0) {
      this.#pausing.reAsked += 1;
      const body = askAgain(turn.body, report.rejected, report.error?.message ?? '');
      this.#queue.unshift({ ...turn, body });
      return 'goes on';
    }
    return this.#follow(turn, report.error ?? callerLeft());
  }

  async #follow(turn: Turn, error: SkeinError): Promise<Onward> {
    const { plan, context } = this.work;
    const step = nextStep({
      error,
      candidatesLeft: this.#queue.length,
      remainingMs: this.#remainingMs(),
      ...this.#pausing,
      tried: this.#triedInOrder(),
      retries: plan.retries,
      filtered: plan.answers.filtered,
      chance: Math.random(),
    });
    switch (step.do) {
      case 'refuse':
        return { ends: error };
      case 'give-up':
        return 'nothing left';
      case 'next':
        return 'goes on';
      case 'again':
        this.#pausing.losses += 1;
        this.#queue.push(turn);
        return 'goes on';
      case 'wait-and-retry': {
        if (step.asTold) this.#pausing.hasWaited = true;
        else this.#pausing.retried += 1;
        await pause(step.afterMs, context.signal);
        if (context.signal.aborted) return { ends: callerLeft() };
        this.#queue.push(this.#turnAt(step.place) ?? turn);
        return 'goes on';
      }
    }
  }

  /** Something was shown. Plain text can go on elsewhere where the policy says so; all else ends with an error. */
  async #goOn(no: number, turn: Turn, error: SkeinError, text: string | null): Promise<Onward> {
    const { plan, sink, context, body, order } = this.work;
    const isText = order.operation === 'chat' && text !== null && isPlainText(body);
    const mayGoOn = plan.on_mid_stream_failure === 'continue' && isText && error.row.retry !== 'never';
    const onward = mayGoOn ? await this.#follow(turn, error) : 'nothing left';
    if (text === null || onward !== 'goes on') {
      await sink.breakOff(no, error, context);
      return { ends: error };
    }
    this.#continuation = { text_so_far: text };
    await sink.goOn(this.#attemptNo + 1, `${turn.candidate.vendor} broke off; another model goes on`, context);
    return 'goes on';
  }

  #triedInOrder(): readonly Tried[] {
    return [...this.#tried].sort(([a], [b]) => a - b).map(([place, error]) => ({ place, error }));
  }

  #turnAt(place: number): Turn | null {
    const candidate = this.work.plan.candidates[place];
    return candidate === undefined ? null : { place, candidate, body: this.work.body };
  }

  /** Every candidate has failed: the policy's one named model is tried, once. */
  #lastTurn(): Turn | null {
    const candidate = this.#lastResort;
    this.#lastResort = null;
    if (candidate === null) return null;
    return { place: this.work.plan.candidates.length, candidate, body: this.work.body };
  }

  /** With others left to try, a full or missing worker is passed over at once; the last candidate is waited for. */
  #acquire(candidate: RouteCandidate): Promise<WorkerLease | null> {
    const { pool, queueWaitMs } = this.tools;
    if (this.#candidatesLeft() > 0) return Promise.resolve(pool.tryAcquire(candidate.vendor));
    return pool.acquire(candidate.vendor, Math.min(queueWaitMs, this.#remainingMs()), this.work.context.signal);
  }

  #candidatesLeft(): number {
    return this.#queue.length + (this.#lastResort === null ? 0 : 1);
  }

  #remainingMs(): number {
    return this.work.context.deadline - performance.now();
  }

  #head(candidate: RouteCandidate, attemptNo: number): AnswerHead {
    const degraded = degradedNotice(this.tools.shed());
    return {
      attempt_id: newId('att'),
      attempt_no: attemptNo,
      vendor: candidate.vendor,
      model: candidate.model,
      reason: candidate.reason,
      cache: this.work.cache === 'off' ? 'off' : 'miss',
      notices: [
        ...candidate.notices,
        ...this.#downgradeNotice(candidate),
        ...this.work.notices,
        ...(degraded === null ? [] : [degraded]),
      ],
    };
  }

  /** Who gets another model than the plan put first is told so. */
  #downgradeNotice(candidate: RouteCandidate): string[] {
    const first = this.work.plan.candidates[0];
    const error = this.#tried.get(0);
    if (first === undefined || first === candidate || error === undefined) return [];
    return [
      `${first.vendor}/${first.model} did not answer (${error.code}); ${candidate.vendor}/${candidate.model} does`,
    ];
  }

  #failed(): SkeinError {
    const last = this.#last ?? new SkeinError('unavailable', 'No candidate could be tried');
    const isLate = this.#remainingMs() <= 0;
    return allAttemptsFailed(
      this.attempts,
      isLate ? new SkeinError('deadline_exceeded', last.message, { cause: last }) : last,
    );
  }
}

const judgedElsewhere = { truncated: 'return', invalid: 'return' } as const;

type EndedAttempt = Omit<RunningAttempt<Turn>, 'report'> & { readonly report: AttemptReport };

export const callerLeft = () => new SkeinError('cancelled', 'The caller left');

const noWorker = (vendor: string) =>
  new SkeinError('unavailable', `Every worker of ${vendor} is busy or away`, { retryAfterMs: 1_000 });

/** JSON that breaks off in the middle cannot be gone on with, and of several choices only the first was kept. */
function isPlainText(body: RequestBody): boolean {
  const request = body.json as { response_format?: { type?: unknown } | null; n?: unknown };
  const format = request.response_format?.type ?? 'text';
  return format === 'text' && (request.n ?? 1) === 1;
}
