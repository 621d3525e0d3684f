import { setTimeout as pause } from 'node:timers/promises';
import { newId, type Bus } from '@skein/bus';
import { SkeinError, toSkeinError } from '@skein/contracts/errors';
import type { AttemptSummary } from '@skein/contracts/orchestrator';
import type { Logger } from '@skein/telemetry';
import type { Ask } from '../ask/ask.js';
import { FALLBACK_STAGE } from '../definition/compile.js';
import { ownInput } from '../definition/inputs.js';
import type { Stage } from '../definition/stage.js';
import { nextSteps, stateOf, type Next, type RunEnd, type Situation, type StartStep } from '../engine/next-steps.js';
import { scopeOf, type Scope } from '../engine/scope.js';
import { keyOf, type StepKey, type StepValue } from '../engine/step.js';
import type { WorkflowsSettings } from '../settings.js';
import { askEmbeddings } from './ask-embeddings.js';
import { askModel } from './ask-model.js';
import { costOf, type BrokenSteps } from './broken-steps.js';
import { callHttp } from './call-http.js';
import { AskFailed, type StepCall } from './complete.js';
import type { DegradedNews } from './degraded-news.js';
import { doStep, type StepWork } from './do-step.js';
import type { HeldRunsRepository, StepEnd } from './held-runs.repository.js';
import { pipelineOfRun } from './pipeline-of-run.js';
import type { Retriever } from './retrieve.js';
import type { RunWatcher } from './run-watcher.js';
import type { HeldRun, KeptStep, Run } from './run.js';
import type { CutReason } from './running-runs.js';

export interface RunTools {
  readonly bus: Bus;
  readonly settings: WorkflowsSettings;
  readonly logger: Logger;
  readonly held: HeldRunsRepository;
  readonly broken: BrokenSteps;
  readonly retriever: Retriever;
  readonly news: DegradedNews;
}

export type ConductOutcome =
  | { readonly is: 'ended'; readonly run: Run; readonly steps: readonly KeptStep[] }
  /** The run is no longer ours: it was called off, or another runner has it. */
  | { readonly is: 'lost' }
  /** This process is closing; the run was given back. */
  | { readonly is: 'given back' };

/** Two minutes: a result that is paid for is not given up because PostgreSQL is away for a while. */
const STORE_TRIES = 240;
const STORE_PAUSE_MS = 500;
/** Steps that were told to stop get so long to say what they had used. */
const STOPPING_MS = 2_500;

/** One run in the hands of this process: asks `nextSteps`, does what it says, writes down what came of it, asks again. */
export class ConductedRun {
  readonly #underWay = new Map<string, { abort: AbortController; ended: Promise<void> }>();
  #steps: KeptStep[] = [];
  #isLost = false;
  #failure: unknown = null;
  #wake = Promise.withResolvers<void>();

  constructor(
    private readonly tools: RunTools,
    private readonly held: HeldRun,
    private readonly watcher: RunWatcher,
    private readonly signal: AbortSignal,
    private readonly traceparent: string | undefined,
  ) {}

  async go(kept: readonly KeptStep[]): Promise<ConductOutcome> {
    const nudge = (): void => this.#wake.resolve();
    this.signal.addEventListener('abort', nudge, { once: true });
    try {
      this.#steps = [...kept];
      await this.#settleBroken();
      for (;;) {
        if (this.#failure !== null) throw this.#failure;
        if (this.#isLost || this.signal.aborted) return await this.#leave();
        const next = nextSteps(this.#situation());
        if (next.end !== null) return await this.#finish(next.end);
        for (const key of next.stop) this.#underWay.get(keyOf(key))?.abort.abort();
        if (next.start.length > 0 && !(await this.#begin(next.start))) return await this.#leave();
        await this.#sleep(next);
      }
    } finally {
      this.signal.removeEventListener('abort', nudge);
      for (const { abort } of this.#underWay.values()) abort.abort();
    }
  }

  #situation(): Situation {
    const { run } = this.held;
    return {
      pipeline: pipelineOfRun(run),
      definition: run.definition,
      inputs: run.inputs,
      runId: run.id,
      workflow: run.workflow,
      records: this.#steps,
      now: Date.now(),
      deadlineAt: run.deadlineAt?.getTime() ?? null,
      budgetNano: run.budgetNano,
      isCancelled: false,
    };
  }

  async #sleep({ wakeAt }: Next): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const due = new Promise<void>((resolve) => {
      if (wakeAt !== null) timer = setTimeout(resolve, Math.max(0, wakeAt - Date.now()));
    });
    await Promise.race([this.#wake.promise, due]);
    clearTimeout(timer);
    this.#wake = Promise.withResolvers<void>();
    if (this.signal.aborted) this.#wake.resolve();
  }

  /** What another runner had under way when it was lost has no end; it gets one, with what the records tell. */
  async #settleBroken(): Promise<void> {
    const broken = this.#steps.filter(({ status }) => status === 'running');
    await Promise.all(
      broken.map(async (step) => {
        const end = await this.tools.broken.endOf(this.held.run, step);
        if (await this.#persist(() => this.tools.held.end(this.held, step, end))) this.#replace(step, end);
        else this.#isLost = true;
      }),
    );
  }

  async #begin(steps: readonly StartStep[]): Promise<boolean> {
    const begun = steps.map((step) => ({ ...step, requestId: newId('req') }));
    if (!(await this.#persist(() => this.tools.held.begin(this.held, begun)))) return false;
    for (const step of begun) {
      const { stage, part, round, try: tries, requestId } = step;
      const record: KeptStep = {
        ...{ stage, part, round, try: tries, requestId },
        epoch: this.held.epoch,
        status: 'running',
        value: null,
        error: null,
        attempts: [],
        costNano: null,
        startedAt: Date.now(),
        endedAt: null,
      };
      this.#steps.push(record);
      this.watcher.onStepStarted(record);
      const abort = new AbortController();
      const ended = this.#carryOut(step, record, abort.signal).catch((error: unknown) => {
        this.#failure ??= error;
      });
      this.#underWay.set(keyOf(step), { abort, ended });
      void ended.finally(() => {
        this.#underWay.delete(keyOf(step));
        this.#wake.resolve();
      });
    }
    return true;
  }

  async #carryOut(step: StartStep, record: KeptStep, stop: AbortSignal): Promise<void> {
    const end = await this.#work(step, record, stop);
    // A process that closes leaves its steps open: whoever takes the run next looks up what they had begun.
    if (this.signal.aborted) return;
    if (await this.#persist(() => this.tools.held.end(this.held, step, end))) this.#replace(record, end);
    else this.#isLost = true;
  }

  /** Does the step; whatever it throws is an end. */
  async #work(step: StartStep, record: KeptStep, stop: AbortSignal): Promise<StepEnd> {
    const attempts: AttemptSummary[] = [];
    const ends = (status: StepEnd['status'], value: StepValue | null, error: SkeinError | null): StepEnd => ({
      status,
      value,
      error: error?.toWire() ?? null,
      attempts,
      costNano: attempts.length === 0 ? 0 : costOf(attempts),
    });
    try {
      const value = await doStep(this.#workOf(step, record, attempts, stop));
      return ends('succeeded', value, null);
    } catch (thrown) {
      if (stop.aborted) return ends('cancelled', null, new SkeinError('cancelled', 'Nobody needed this step any more'));
      if (thrown instanceof AskFailed)
        return ends(thrown.isOurs ? 'lost' : 'failed', null, this.#inBudget(thrown.error, step));
      const error = toSkeinError(thrown);
      if (error.code === 'internal')
        this.tools.logger.error({ err: error, run: this.held.run.id, step: keyOf(step) }, 'a step failed');
      return ends(error.code === 'unavailable' ? 'lost' : 'failed', null, error);
    }
  }

  /** A model that cannot be had for what is left is the budget's fault, and nothing else answers for less. */
  #inBudget(error: SkeinError, { budgetNano }: StartStep): SkeinError {
    if (error.code !== 'no_admissible_model' || budgetNano === null) return error;
    return new SkeinError('budget_exceeded', `what is left of the run's budget does not pay for it: ${error.message}`, {
      cause: error,
    });
  }

  #workOf(step: StartStep, record: KeptStep, attempts: AttemptSummary[], stop: AbortSignal): StepWork {
    const { run } = this.held;
    const situation = this.#situation();
    const { stage, scope } = this.#placeOf(step, situation);
    const until = Math.min(stage.timeoutMs ?? Infinity, (situation.deadlineAt ?? Infinity) - Date.now());
    const deadline = performance.now() + Math.max(1, Math.min(until, this.tools.settings.WORKFLOWS_DEADLINE_MS));
    const signal = AbortSignal.any([stop, this.signal]);
    let asked = 0;
    const calling = async <Answer extends { readonly attempts: readonly AttemptSummary[] }>(
      call: (with_: StepCall) => Promise<Answer>,
    ): Promise<Answer> => {
      asked += 1;
      const requestId = asked === 1 && record.requestId !== null ? record.requestId : newId('req');
      const { bus, logger, news } = this.tools;
      const { traceparent } = this;
      try {
        const answered = await call({
          bus,
          logger,
          news,
          stage,
          run,
          requestId,
          budgetNano: step.budgetNano,
          deadline,
          signal,
          traceparent,
        });
        attempts.push(...answered.attempts);
        return answered;
      } catch (thrown) {
        if (thrown instanceof AskFailed) attempts.push(...thrown.attempts);
        throw thrown;
      }
    };
    const ask = async (question: Ask): Promise<string> =>
      (await calling((call) => askModel(call, question, this.watcher.watch(step)))).text;
    const embed = async (model: string, texts: readonly string[]): Promise<number[][]> =>
      (await calling((call) => askEmbeddings(call, model, texts))).vectors;
    return {
      key: step,
      stage,
      scope,
      situation,
      ask,
      isShed: () => this.tools.news.isShed('verification', performance.now()),
      embed,
      retrieve: (work) => this.tools.retriever.retrieve(work, run.caller.tenant),
      callHttp: (work) =>
        callHttp(
          work,
          this.tools.settings.WORKFLOWS_HTTP_HOSTS,
          AbortSignal.any([signal, AbortSignal.timeout(Math.max(1, deadline - performance.now()))]),
        ),
    };
  }

  #placeOf({ stage: name }: StepKey, situation: Situation): { stage: Stage; scope: Scope } {
    if (name === FALLBACK_STAGE) {
      const input = ownInput(situation.inputs, situation.definition);
      return { stage: fallbackStage(situation), scope: scopeOf(new Map(), situation, input, null) };
    }
    const state = stateOf(situation).stages.find(({ stage }) => stage.name === name);
    if (state === undefined || state.scope === null)
      throw new SkeinError('internal', `stage "${name}" cannot begin yet`);
    return { stage: state.stage, scope: state.scope };
  }

  #replace(record: KeptStep, end: StepEnd): void {
    const ended: KeptStep = { ...record, ...end, endedAt: Date.now() };
    this.#steps = this.#steps.map((step) => (keyOf(step) === keyOf(record) ? ended : step));
    this.watcher.onStepFinished(ended);
  }

  async #finish(end: RunEnd): Promise<ConductOutcome> {
    await this.#stopAll();
    const run = await this.#persist(() => this.tools.held.finish(this.held, end));
    if (run === null) return { is: 'lost' };
    this.tools.logger.info(
      { run: run.id, workflow: run.workflow, status: run.status, code: run.error?.code, degraded: run.degraded },
      'a run ended',
    );
    return { is: 'ended', run, steps: this.#steps };
  }

  async #leave(): Promise<ConductOutcome> {
    const reason = this.signal.reason as CutReason | undefined;
    if (this.#isLost || reason !== 'closing') return { is: 'lost' };
    await this.tools.held.giveBack(this.held);
    return { is: 'given back' };
  }

  async #stopAll(): Promise<void> {
    const open = [...this.#underWay.values()];
    for (const { abort } of open) abort.abort();
    await Promise.race([Promise.all(open.map(({ ended }) => ended)), pause(STOPPING_MS, undefined, { ref: false })]);
  }

  async #persist<Result>(write: () => Promise<Result>): Promise<Result> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await write();
      } catch (error) {
        const isAway = error instanceof SkeinError && error.code === 'unavailable';
        if (!isAway || this.signal.aborted || tries === STORE_TRIES) throw error;
        await pause(STORE_PAUSE_MS);
      }
    }
  }
}

/** The one model that answers when coordination fails as a whole. */
function fallbackStage({ pipeline }: Situation): Stage {
  return {
    name: FALLBACK_STAGE,
    kind: 'llm',
    needs: [],
    inputFrom: [],
    spec: { prompt: '{{ input }}' },
    model: pipeline.fallbackModel ?? 'auto',
    timeoutMs: null,
    retry: 1,
    isOptional: false,
    onFail: null,
  };
}
