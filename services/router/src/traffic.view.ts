/**
 * What this router hears of attempts: how long answers are, what is under way, what vendors say is left, how rollouts do.
 * Every router hears every fact, so all come to know the same; what one learned before another started, the other learns
 * anew. Nothing here is waited for, and a lost fact makes an estimate a little worse.
 */
import type { Bus } from '@skein/bus';
import { AttemptFinished, AttemptStarted, type AttemptFinishedFact } from '@skein/contracts/attempt';
import { errorTable } from '@skein/contracts/errors';
import { DeploymentLoads } from './deployment-loads.js';
import { ExpectedOutput } from './expected-output.js';
import { QuotaBook } from './quota-book.js';
import { RollingWindow } from './rolling-window.js';

export class TrafficView {
  readonly expected = new ExpectedOutput();
  readonly loads = new DeploymentLoads();
  readonly quotas = new QuotaBook();
  readonly #windows = new Map<string, RollingWindow>();
  readonly #bus: Bus;
  readonly #stops: (() => void)[] = [];
  #stopStarts: (() => void) | null = null;

  constructor(bus: Bus) {
    this.#bus = bus;
  }

  start(): void {
    this.#stops.push(this.#bus.watchFacts(AttemptFinished, (fact) => this.hear(fact, Date.now())));
  }

  stop(): void {
    for (const stop of this.#stops) stop();
    this.#stopStarts?.();
  }

  /** Starts are heard only where a policy spreads load by what is under way. */
  hearStarts(isNeeded: boolean): void {
    if (isNeeded === (this.#stopStarts !== null)) return;
    this.#stopStarts?.();
    this.#stopStarts = isNeeded
      ? this.#bus.watchFacts(AttemptStarted, ({ vendor, model, attempt_id }) =>
          this.loads.started(`${vendor}/${model}`, attempt_id, Date.now()),
        )
      : null;
  }

  /** Takes one fact in; `now` in ms since the epoch. */
  hear(fact: AttemptFinishedFact, now: number): void {
    const id = `${fact.vendor}/${fact.model}`;
    const isAnswer = fact.outcome === 'finished';
    this.loads.finished(id, fact.attempt_id, isAnswer ? fact.total_ms : null, now);
    if (isAnswer && fact.task !== null && fact.usage !== null) this.expected.hear(fact.task, fact.usage.output);
    if (fact.quota != null) this.quotas.hear(id, fact.key ?? null, fact.quota, now);
    const isError = fact.error !== null && errorTable[fact.error.code].blamesVendor;
    if (!isAnswer && !isError) return;
    this.windowOf(id).add({ isError, totalMs: isAnswer ? fact.total_ms : null, costNanoUsd: fact.cost_nano_usd }, now);
  }

  windowOf(id: string): RollingWindow {
    let window = this.#windows.get(id);
    if (window === undefined) {
      window = new RollingWindow();
      this.#windows.set(id, window);
    }
    return window;
  }
}
