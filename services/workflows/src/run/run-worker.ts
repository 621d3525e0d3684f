import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { BUS, LIFECYCLE, LOGGER, SETTINGS, type Lifecycle } from '@skein/boot';
import type { Bus } from '@skein/bus';
import { WakeRun } from '@skein/contracts/workflows';
import { Postponed, openWorker } from '@skein/queue';
import type { Logger } from '@skein/telemetry';
import type { WorkflowsSettings } from '../settings.js';
import { HeldRunsRepository } from './held-runs.repository.js';
import { RunEngine } from './run-engine.js';
import { nobody } from './run-watcher.js';
import { RunningRuns } from './running-runs.js';
import { WakeQueue } from './wake-queue.js';

/** Beats of a lease: so many may be missed before another runner takes the run. */
const BEATS_PER_LEASE = 5;
const LEAST_POSTPONE_MS = 20;
const LOOK_MS = 50;

/** What goes on by itself in this room: runs nobody waits for, leases, and setting right what a crash left. */
@Injectable()
export class RunWorker implements OnApplicationBootstrap {
  constructor(
    @Inject(BUS) private readonly bus: Bus,
    @Inject(SETTINGS) private readonly settings: WorkflowsSettings,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(LIFECYCLE) private readonly lifecycle: Lifecycle,
    @Inject(HeldRunsRepository) private readonly held: HeldRunsRepository,
    @Inject(RunEngine) private readonly engine: RunEngine,
    @Inject(RunningRuns) private readonly running: RunningRuns,
    @Inject(WakeQueue) private readonly queue: WakeQueue,
  ) {}

  onApplicationBootstrap(): void {
    const { REDIS_URL, WORKFLOWS_CONCURRENCY, WORKFLOWS_LEASE_MS, WORKFLOWS_RECONCILE_MS } = this.settings;
    const worker = openWorker(REDIS_URL, WakeRun, ({ run_id }, { signal }) => this.#run(run_id, signal), {
      concurrency: WORKFLOWS_CONCURRENCY,
      logger: this.logger,
    });
    const stops = [
      repeat(() => this.#renewLeases(), WORKFLOWS_LEASE_MS / BEATS_PER_LEASE, this.#note('leases were not renewed')),
      repeat(() => this.#reconcile(), WORKFLOWS_RECONCILE_MS, this.#note('rows and queue were not compared')),
    ];
    this.lifecycle.onDrain(async (graceMs) => {
      const until = performance.now() + graceMs;
      await worker.close(graceMs);
      // Runs that someone waits for get what is left of the grace; then they are given back and go on elsewhere.
      while (this.running.size > 0 && performance.now() < until)
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      this.running.cutAll('closing');
      await Promise.all(stops.map((stop) => stop()));
    });
  }

  async #run(id: string, signal: AbortSignal): Promise<void> {
    const taken = await this.held.take(id, { owner: this.bus.instance, leaseMs: this.settings.WORKFLOWS_LEASE_MS });
    if (taken.is === 'over') return;
    if (taken.is === 'early') throw new Postponed(Math.max(LEAST_POSTPONE_MS, taken.waitMs));
    const cut = (): void => this.running.cut(id, 'closing');
    const conducting = this.engine.conduct(taken.held, taken.steps, nobody);
    if (signal.aborted) cut();
    signal.addEventListener('abort', cut, { once: true });
    const outcome = await conducting.finally(() => signal.removeEventListener('abort', cut));
    if (outcome.is === 'given back') throw new Error('the process is closing; the run goes on elsewhere');
  }

  async #renewLeases(): Promise<void> {
    const before = this.running.snapshot();
    if (before.length === 0) return;
    const ids = before.map(({ id }) => id);
    const ours = await this.held.renewLeases(this.bus.instance, ids, this.settings.WORKFLOWS_LEASE_MS);
    this.running.cutMissing(before, ours);
  }

  async #reconcile(): Promise<void> {
    const found = await this.held.reconcile(this.settings.WORKFLOWS_RECHECK_MS);
    if (found === null) return;
    if (found.lost.length > 0) this.logger.warn({ runs: found.lost }, 'runners were lost; their runs go on');
    for (const entry of found.waiting) await this.queue.put(entry);
  }

  #note(message: string): (error: unknown) => void {
    return (error) => this.logger.warn({ err: error }, message);
  }
}

/** Does `work` every `everyMs`, one at a time. Returns the way to stop, which waits for the one under way. */
function repeat(work: () => Promise<void>, everyMs: number, onError: (error: unknown) => void): () => Promise<void> {
  let current: Promise<void> | undefined;
  const timer = setInterval(() => {
    current ??= work()
      .catch(onError)
      .finally(() => (current = undefined));
  }, everyMs);
  return async () => {
    clearInterval(timer);
    await current;
  };
}
